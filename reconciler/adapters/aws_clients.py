"""Clients of boto3: made when first used, with the retries that each call may have."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from reconciler.adapters.aws_errors import translated, translation
from reconciler.errors import ReconcilerError

_ATTEMPTS = {"ec2": 3, "kms": 3, "service-quotas": 3}
"""For a read, 8 elsewhere. What these services answer is only told: nobody waits minutes for one
that is out of reach."""
_READS = ("BatchGet", "Describe", "Filter", "Get", "Head", "List", "Search")


def open_session(region: str) -> boto3.Session:
    """A session with the credentials that boto3 finds. Raises NoCredentials for a profile that
    does not exist."""
    try:
        return boto3.Session(region_name=region)
    except BotoCoreError as error:
        raise translation("login", error) from error


def fixed_session(region: str) -> boto3.Session:
    """A session for an engine of one's own. Its credentials are fixed: requests are signed before
    anybody answers them, and a new computer has none."""
    return boto3.Session(
        aws_access_key_id="local", aws_secret_access_key="local", region_name=region
    )


def mutates(operation: str) -> bool:
    """Whether an operation could change something: everything that is not known to read."""
    return not operation.startswith(_READS)


class Clients:
    """The clients of one session and region. Counts what could change something."""

    def __init__(self, session: boto3.Session, region: str) -> None:
        self._session = session
        self._region = region
        self.mutating_calls = 0
        """Requests sent so far that could change something, repeated ones included."""
        # An instance's own cache: a class-wide one would keep every instance alive.
        self.get = cache(self._make)

    def for_operation(self, service: str, operation: str) -> Any:
        """The client for an operation; one that mutates is sent exactly once.

        botocore's own retry of a Create that was accepted but not answered comes back as
        ResourceInUse (measured with botocore 1.44), which hides that the job is ours.
        """
        return self.get(service, once=mutates(operation))

    def _make(self, service: str, *, once: bool = False, region: str | None = None) -> Any:
        attempts = 1 if once else _ATTEMPTS.get(service, 8)
        config = Config(
            retries={"mode": "standard", "total_max_attempts": attempts},
            connect_timeout=10,
            read_timeout=30 if once else 60,
            user_agent_extra="sagemaker-gitops",
            s3={"addressing_style": "path"} if _own_endpoint() else None,
        )
        try:
            with translated(f"connect to {service}"):
                client = self._session.client(
                    service, region_name=region or self._region, config=config
                )
        except ValueError as error:
            # The one error of a setting that botocore does not raise as its own.
            raise ReconcilerError(
                f"connect to {service}: {error}", advice="correct AWS_ENDPOINT_URL"
            ) from error
        client.meta.events.register("request-created", self._count)
        return client

    def _count(self, operation_name: str, **_: object) -> None:
        if mutates(operation_name):
            self.mutating_calls += 1


def _own_endpoint() -> bool:
    """Whether S3 is somewhere else than at AWS, where no bucket has a host name of its own."""
    if os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return False
    return any(os.environ.get(name) for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"))
