"""The engine: answers one call of one service, whatever way the call came.

Checks the call against the service model, lets faults happen, and looks after jobs and endpoints
whose supervisor died. The operations themselves are in one module per service.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciler.local import faults
from reconciler.local.context import Context, Handler
from reconciler.local.database import disk_failures
from reconciler.local.errors import EngineError, NoAnswer, UnknownCall
from reconciler.local.faults import Fault
from reconciler.local.services import (
    ecr,
    endpoint_configs,
    endpoints,
    hosting_lists,
    listing,
    logs,
    models,
    runtime,
    s3,
    s3_buckets,
    s3_uploads,
    search,
    sts,
    tags,
    training,
    update,
)
from reconciler.local.serving import keeping
from reconciler.local.serving.hosting import Hosting
from reconciler.local.spawn import is_supervised, spawn
from reconciler.local.state import State
from reconciler.local.storage import Storage
from reconciler.servicemodel.check import Finding, check, check_answer, summary
from reconciler.servicemodel.load import load

ACCOUNT = "000000000000"
REGION = "us-east-1"

SERVICES: Mapping[str, Mapping[str, Handler]] = {
    "sagemaker": {
        **training.OPERATIONS,
        **update.OPERATIONS,
        **listing.OPERATIONS,
        **models.OPERATIONS,
        **endpoint_configs.OPERATIONS,
        **endpoints.OPERATIONS,
        **hosting_lists.OPERATIONS,
        **search.OPERATIONS,
        **tags.OPERATIONS,
    },
    "sagemaker-runtime": runtime.OPERATIONS,
    "s3": {**s3.OPERATIONS, **s3_buckets.OPERATIONS, **s3_uploads.OPERATIONS},
    "sts": sts.OPERATIONS,
    "ecr": ecr.OPERATIONS,
    "logs": logs.OPERATIONS,
}
"""All that the engine can do, by boto3's name of the service and the operation."""

_INVALID_CODES = {
    "s3": "InvalidRequest",
    "sagemaker-runtime": "ValidationError",
    "ecr": "InvalidParameterException",
    "logs": "InvalidParameterException",
}
"""Error code for a call that does not fit the service model; elsewhere ValidationException."""

_NAMES = ("TrainingJobName", "EndpointName", "EndpointConfigName", "ModelName")
"""Members that name what a call is about, the first that a call has."""

_START_PAUSE = 5.0
"""Seconds that a supervisor has to start and take its lock before another one is tried."""

_FAULTS: Mapping[str, tuple[str, str, int]] = {
    "throttle": ("ThrottlingException", "Rate exceeded", 400),
    "500": ("InternalFailure", "Internal error", 500),
    "503": ("ServiceUnavailable", "Service is unavailable", 503),
    "ResourceLimitExceeded": (
        "ResourceLimitExceeded",
        "The account-level service limit 'instances for training job usage' is 0 Instances, with "
        "current utilization of 0 Instances and a request delta of 1 Instances. Please use AWS "
        "Service Quotas to request an increase for this quota.",
        400,
    ),
    "AccessDenied": ("AccessDeniedException", "User is not authorized to do this", 400),
    "ExpiredToken": (
        "ExpiredTokenException",
        "The security token included in the request is expired",
        400,
    ),
}
"""Code, message and HTTP status of the faults that are answers."""
_S3_FAULTS: Mapping[str, tuple[str, str, int]] = {
    **_FAULTS,
    "throttle": ("SlowDown", "Please reduce your request rate.", 503),
    "500": ("InternalError", "We encountered an internal error. Please try again.", 500),
    "AccessDenied": ("AccessDenied", "Access Denied", 403),
    "ExpiredToken": ("ExpiredToken", "The provided token has expired.", 400),
}


class Engine:
    """A local SageMaker with its S3, in one folder, used by any number of processes."""

    def __init__(
        self, root: Path | str, *, account_id: str = ACCOUNT, region: str = REGION
    ) -> None:
        """Open the folder, and make it when it is new; raises StateError if it cannot be used."""
        folder = Path(root).resolve()
        with disk_failures(folder):
            state = State.open(folder)
            self.context = Context(
                root=folder,
                account_id=account_id,
                region=region,
                state=state,
                storage=Storage.open(folder),
                hosting=Hosting(state.database),
            )

    def close(self) -> None:
        """Close the files; running jobs go on."""
        self.context.state.close()
        self.context.storage.close()

    def handle(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a call as the service would; service and members have boto3's names.

        Raises EngineError with the service's code and message, UnknownCall for what this engine
        does not have, NoAnswer when a fault takes the answer, and StateError when the folder
        cannot be read or written.
        """
        handler = SERVICES.get(service, {}).get(operation)
        if handler is None:
            raise UnknownCall(service, operation)
        with disk_failures(self.context.root):
            return self._handle(handler, service, operation, params)

    def _handle(
        self, handler: Handler, service: str, operation: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        self.recover()
        fault = faults.for_call(self.context.state, operation, _subject(params))
        if fault is not None and fault.kind != "accepted_then_no_answer":
            raise _failure(fault, service)
        model = load(service)
        findings = check(model, operation, params)
        if findings:
            raise EngineError(_INVALID_CODES.get(service, "ValidationException"), summary(findings))
        answer = handler(self.context, params)
        if fault is not None:
            raise NoAnswer(seconds=fault.seconds, timed_out=True)
        _require_true_answer(operation, check_answer(model, operation, answer))
        return answer

    def recover(self) -> None:
        """Give a new supervisor to each job and endpoint that needs one and has none.

        Every call does; raises StateError when the folder cannot be used.
        """
        root, state = self.context.root, self.context.state
        with disk_failures(root):
            for name in state.moving(pause=_START_PAUSE):
                if not is_supervised(root, name) and state.claim_spawn(name, pause=_START_PAUSE):
                    spawn(root, name)
            keeping.keep(root, self.context.hosting)


def _subject(params: Mapping[str, Any]) -> str:
    """What a call is about, for the name patterns of faults."""
    if "Bucket" in params:
        return f"{params['Bucket']}/{params.get('Key', '')}"
    arn = params.get("ResourceArn", "")
    named = (params[member] for member in _NAMES if member in params)
    return str(next(named, str(arn).rpartition("/")[2]))


def _failure(fault: Fault, service: str) -> EngineError | NoAnswer:
    """What a fault that comes before anything is done does to the call."""
    answers = _S3_FAULTS if service == "s3" else _FAULTS
    if fault.kind in answers:
        return EngineError(*answers[fault.kind])
    return NoAnswer(seconds=fault.seconds, timed_out=fault.kind == "hang")


def _require_true_answer(operation: str, findings: tuple[Finding, ...]) -> None:
    """An answer that does not fit the service model is a bug of this engine: say so."""
    if findings:
        raise EngineError(
            "InternalFailure", f"the local engine's answer to {operation}: {summary(findings)}", 500
        )
