"""AwsCloud: `core.ports.Cloud` over plain boto3; also in front of the local engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore import xform_name

from reconciler.adapters import ecr, logs, s3
from reconciler.adapters.aws_clients import Clients
from reconciler.adapters.aws_errors import translated
from reconciler.core.call import Call
from reconciler.core.ports import LogLine, StoredObject

if TYPE_CHECKING:
    import boto3


class AwsCloud:
    """One account and region, as the credentials of a session see it."""

    def __init__(self, session: boto3.Session, *, region: str) -> None:
        self._region = region
        self._session = session
        self._clients = Clients(session, region)

    @property
    def mutating_calls(self) -> int:
        """Requests sent so far that could change something."""
        return self._clients.mutating_calls

    def identity(self) -> tuple[str, str]:
        """Account id of the credentials, and the region. Raises NoCredentials."""
        with translated("GetCallerIdentity"):
            answer = self._clients.get("sts").get_caller_identity()
        return answer["Account"], self._region

    def login_ends_within(self, seconds: int) -> bool:
        """Whether the credentials end so soon and were not renewed; False for fixed keys, which
        tell no end."""
        with translated("login"):
            credentials = self._session.get_credentials()
            if not hasattr(credentials, "refresh_needed"):
                return False
            credentials.get_frozen_credentials()  # renews them, where that is possible
            return bool(credentials.refresh_needed(seconds))

    def send(self, call: Call) -> Mapping[str, Any]:
        """Send one call; one that mutates is sent exactly once. Raises ServiceError.

        Times in the answer are `datetime`s with a time zone, as boto3 gives them.
        """
        client = self._clients.for_operation(call.service, call.operation)
        with translated(call.operation):
            answer: dict[str, Any] = getattr(client, xform_name(call.operation))(**call.params)
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    def put(
        self, uri: str, body: bytes, *, sha256: str, kms_key_id: str | None = None
    ) -> StoredObject:
        """Store an object under a key that its content names; an equal one stays as it is.

        Raises Refused if the key holds other content.
        """
        return s3.put_object(self._clients, uri, body, sha256=sha256, kms_key_id=kms_key_id)

    def head(self, uri: str) -> StoredObject | None:
        """The object; for a URI that ends with `/` the first one below it; None if there is
        none."""
        return s3.head_object(self._clients, uri)

    def sha256(self, uri: str) -> str | None:
        """sha256 (hex) of the whole object, as S3 computed it; None where S3 holds none.

        Raises NotThere when there is no such object.
        """
        return s3.object_sha256(self._clients, uri)

    def image_digest(self, image: str) -> str | None:
        """`sha256:…` of an image in ECR; None where the registry does not let us ask.

        Raises NotThere if the registry has no image of that tag.
        """
        return ecr.image_digest(self._clients, image)

    def log(self, physical_name: str, *, since: int = 0) -> Iterator[LogLine]:
        """Lines of a job's log later than `since` (milliseconds), all hosts by time."""
        return logs.log_lines(self._clients, physical_name, since=since)
