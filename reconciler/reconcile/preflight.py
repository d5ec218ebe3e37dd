"""Preflight: what launches need on AWS, looked up while they are only planned.

It informs and decides nothing: what is missing today may be there when the plan is applied. What
the role of the plan may not look at is told as not checked. Roles and inputs are looked up here;
keys, networks and quotas have modules of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.core.call import Call
from reconciler.core.checks import Check, Verdict
from reconciler.core.plan import Action, Change
from reconciler.core.ports import Cloud
from reconciler.core.record import Record
from reconciler.errors import AccessDenied, NotThere, Refused, ServiceError
from reconciler.reconcile.preflight_keys import key_checks, keys_of
from reconciler.reconcile.preflight_network import Network, network_checks, network_of
from reconciler.reconcile.preflight_quotas import most_instances, quota_checks

_SERVICE = "sagemaker.amazonaws.com"
_MOST_INPUTS = 50
"""Inputs that are looked up: a plan of hundreds of jobs must not take minutes."""


def preflight(
    changes: Sequence[Change], cloud: Cloud, records: Iterable[Record] = ()
) -> tuple[Check, ...]:
    """What all launches need, each thing once, in the order: roles, inputs, keys, networks, quotas.
    `records` tell which of our runs use up quotas already. Raises no ServiceError."""
    launches = [change for change in changes if change.action is Action.LAUNCH]
    found = [*_role_checks(cloud, launches), *_input_checks(cloud, launches)]
    found += key_checks(cloud, (key for change in launches for key in keys_of(change)))
    found += network_checks(cloud, _networks(launches))
    found += quota_checks(cloud, launches, records)
    return tuple(found)


def _jobs(launches: Sequence[Change]) -> list[Change]:
    return [change for change in launches if change.kind == "TrainingJob"]


def _role_checks(cloud: Cloud, launches: Sequence[Change]) -> Iterator[Check]:
    roles = (call.params.get("RoleArn") for change in _jobs(launches) for call in change.calls)
    for arn in dict.fromkeys(roles):
        if arn:
            yield role_check(cloud, str(arn))


def _input_checks(cloud: Cloud, launches: Sequence[Change]) -> Iterator[Check]:
    inputs = list(dict.fromkeys(uri for change in _jobs(launches) for uri in _inputs(change)))
    for uri in inputs[:_MOST_INPUTS]:
        yield _input_check(cloud, uri)
    if len(inputs) > _MOST_INPUTS:
        message = f"{len(inputs) - _MOST_INPUTS} more than are looked up"
        yield Check("inputs", Verdict.NOT_CHECKED, message)


def _networks(launches: Sequence[Change]) -> dict[Network, int]:
    """The networks of launches, each with the training instances of the largest one in it."""
    networks: dict[Network, int] = {}
    for call in (call for change in launches for call in change.calls):
        if network := network_of(call.params):
            networks[network] = max(networks.get(network, 0), most_instances(call.params))
    return networks


def role_check(cloud: Cloud, arn: str) -> Check:
    """Whether an execution role is there and lets SageMaker in. Raises no ServiceError."""
    name = arn.rpartition("/")[2]
    try:
        answer = cloud.send(Call("GetRole", {"RoleName": name}, service="iam"))
    except AccessDenied:
        return Check("role", Verdict.NOT_CHECKED, f"iam:GetRole on {name} is not allowed")
    except ServiceError as error:
        if error.error_code == "NoSuchEntity":
            return Check("role", Verdict.BAD, f"there is no role {name}", "create it, or name it")
        known = Verdict.BAD if isinstance(error, Refused) else Verdict.NOT_CHECKED
        return Check("role", known, str(error), error.advice)
    return _judged(answer.get("Role", {}), arn)


def _judged(role: Mapping[str, Any], arn: str) -> Check:
    """Whether a role is the one that is named, and lets SageMaker in."""
    name = arn.rpartition("/")[2]
    if role.get("Arn") != arn:
        return Check("role", Verdict.BAD, f"{name} is {role.get('Arn')}, not {arn}")
    if not _trusts_sagemaker(role.get("AssumeRolePolicyDocument")):
        advice = f"let {_SERVICE} assume it"
        return Check("role", Verdict.BAD, f"{name} does not trust SageMaker", advice)
    return Check("role", Verdict.GOOD, name)


def _trusts_sagemaker(policy: Any) -> bool:
    """Whether a trust policy lets the service in; boto3 gives it as a map."""
    statements = policy.get("Statement", []) if isinstance(policy, dict) else []
    for statement in [statements] if isinstance(statements, dict) else statements:
        services = statement.get("Principal", {})
        named = services.get("Service", []) if isinstance(services, dict) else []
        allowed = statement.get("Effect") == "Allow"
        if allowed and _SERVICE in ([named] if isinstance(named, str) else named):
            return True
    return False


def _inputs(change: Change) -> Iterator[str]:
    """S3 URIs that a job reads, less what the launch itself uploads and what a run left."""
    assert change.target is not None
    environment = change.target.resource.environment
    ours = tuple(environment.uri(manifest.key) for manifest in change.uploads)
    made = {upstream.output for upstream in change.target.upstreams}
    for call in change.calls:
        for channel in call.params.get("InputDataConfig") or ():
            source = (channel.get("DataSource") or {}).get("S3DataSource") or {}
            uri = source.get("S3Uri")
            if uri and uri not in made and not uri.startswith(ours):
                yield uri


def _input_check(cloud: Cloud, uri: str) -> Check:
    """Whether an object begins with a URI, as SageMaker reads a prefix (botocore: S3DataType)."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    listing = Call("ListObjectsV2", {"Bucket": bucket, "Prefix": prefix, "MaxKeys": 1}, "s3")
    try:
        answer = cloud.send(listing)
    except AccessDenied:
        return Check("input", Verdict.NOT_CHECKED, f"{uri}: s3:ListBucket is not allowed")
    except NotThere:
        return Check("input", Verdict.BAD, f"{uri}: there is no bucket {bucket}")
    except ServiceError as error:
        return Check("input", Verdict.NOT_CHECKED, f"{uri}: {error}")
    if answer.get("KeyCount"):
        return Check("input", Verdict.GOOD, uri)
    advice = "the job would fail as soon as it starts: put the data there first"
    return Check("input", Verdict.WARNING, f"there is nothing at {uri}", advice)
