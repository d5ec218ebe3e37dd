"""Keys of KMS that launches encrypt with, looked up while they are only planned.

A key that is gone or disabled fails a job only after its instances have started.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.core.call import Call
from reconciler.core.checks import Check, Verdict
from reconciler.core.plan import Change
from reconciler.core.ports import Cloud
from reconciler.errors import AccessDenied, ReconcilerError, Refused

_MOST_KEYS = 20
"""Keys that are looked up: each is a call of its own."""
_PLACES = (
    ("OutputDataConfig", "KmsKeyId"),
    ("ResourceConfig", "VolumeKmsKeyId"),
    ("KmsKeyId",),
    ("DataCaptureConfig", "KmsKeyId"),
    ("AsyncInferenceConfig", "OutputConfig", "KmsKeyId"),
    ("ProductionVariants", "CoreDumpConfig", "KmsKeyId"),
    ("ShadowProductionVariants", "CoreDumpConfig", "KmsKeyId"),
)
"""Members of the requests that name a key; lists on the way are walked through."""
_OF_AWS = "alias/aws/"
"""Of a service's own key. To describe one that was never used creates it (botocore: DescribeKey),
and a plan creates nothing."""
_NO_KEY = frozenset({"NotFoundException", "InvalidArnException", "ParamValidation"})
_USABLE = frozenset({"Enabled", "Creating", "Updating"})
"""States that are no obstacle, or pass by themselves (botocore: KeyState)."""


def keys_of(change: Change) -> Iterator[str]:
    """The keys that a launch names, and the one that its uploads are encrypted with."""
    for call in change.calls:
        for place in _PLACES:
            yield from _texts(call.params, place)
    if change.uploads and change.target:
        uploaded_with = change.target.resource.environment.kms_key_id
        yield from [uploaded_with] if uploaded_with else []


def key_checks(cloud: Cloud, keys: Iterable[str]) -> Iterator[Check]:
    """Whether each key is there and can encrypt; each is asked for once. Raises no error."""
    wanted = [key for key in dict.fromkeys(keys) if _OF_AWS not in key]
    seen = 0
    try:
        for key in wanted[:_MOST_KEYS]:
            yield _key_check(cloud, key)
            seen += 1
    except ReconcilerError as error:
        # Whoever did not answer for one key would be waited for again for each.
        yield Check("key", Verdict.NOT_CHECKED, f"{wanted[seen]}: {error}", error.advice)
        seen += 1
    if seen < len(wanted):
        yield Check("key", Verdict.NOT_CHECKED, f"{len(wanted) - seen} more were not looked up")


def _key_check(cloud: Cloud, key: str) -> Check:
    try:
        answer = cloud.send(Call("DescribeKey", {"KeyId": key}, service="kms"))
    except AccessDenied:
        return Check("key", Verdict.NOT_CHECKED, f"{key}: kms:DescribeKey is not allowed")
    except Refused as error:
        if error.error_code not in _NO_KEY:
            raise
        advice = "name a key of this region, or create it"
        return Check("key", Verdict.BAD, f"there is no key {key}", advice)
    return _judged(key, answer.get("KeyMetadata", {}))


def _judged(key: str, metadata: Mapping[str, Any]) -> Check:
    """Whether a key can encrypt volumes and objects: both take symmetric ones only (botocore:
    CopyImage.KmsKeyId of EC2, Encryption.KMSKeyId of S3)."""
    state, usage = metadata.get("KeyState"), metadata.get("KeyUsage")
    if state not in _USABLE:
        return Check("key", Verdict.BAD, f"{key} is {state}", "enable it, or name another one")
    if (usage, metadata.get("KeySpec")) != ("ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT"):
        message = f"{key} is for {usage}, with {metadata.get('KeySpec')}"
        return Check("key", Verdict.BAD, message, "name a symmetric key for encryption")
    return Check("key", Verdict.GOOD, key)


def _texts(value: Any, place: tuple[str, ...]) -> Iterator[str]:
    """The texts at a place in a request."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item, place)
    elif place and isinstance(value, Mapping):
        yield from _texts(value.get(place[0]), place[1:])
    elif not place and isinstance(value, str) and value:
        yield value
