"""Why a job did not end well, in the words of SageMaker's FailureReason.

The word before the colon says who can mend it: `ClientError` the request or its data,
`AlgorithmError` the training code, `CapacityError` and `InternalServerError` a later try.
"""

from __future__ import annotations

from collections.abc import Iterable

REASON_LIMIT = 1024
"""Characters of a FailureReason (DescribeTrainingJob in the service model)."""
_COMMAND_LIMIT = 200
NO_CAPACITY = (
    "CapacityError: Unable to provision requested ML compute capacity. "
    "Please retry using a different ML instance type."
)


class JobFailed(Exception):
    """The job ends as Failed; `str()` is its FailureReason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason[:REASON_LIMIT])


class JobStopped(Exception):
    """Somebody asked to stop the job before it trained."""


def client_error(message: str) -> JobFailed:
    """The request, or the data it names, cannot be used."""
    return JobFailed(f"ClientError: {message}")


def internal_error(message: str) -> JobFailed:
    """Not the fault of the request or the code."""
    return JobFailed(f"InternalServerError: {message}")


def reported_by_code(text: str, exit_code: int) -> str:
    """The reason from what the code wrote to `/opt/ml/output/failure`."""
    suffix = f", exit code: {exit_code}"
    return _limited("AlgorithmError: ", text.strip(), suffix, keep_end=False)


def of_command(command: str, exit_code: int, last_lines: Iterable[str]) -> str:
    """The reason that AWS's toolkit gives for a script that failed: its command, exit status and
    last lines, as many as fit."""
    if len(command) > _COMMAND_LIMIT:
        command = command[: _COMMAND_LIMIT - 1] + "…"
    prefix = f'AlgorithmError: ExecuteUserScriptError:\nExitCode {exit_code}\nErrorMessage "'
    suffix = f'"\nCommand "{command}", exit code: {exit_code}'
    return _limited(prefix, "\n".join(last_lines).strip(), suffix, keep_end=True)


def _limited(prefix: str, text: str, suffix: str, *, keep_end: bool) -> str:
    room = REASON_LIMIT - len(prefix) - len(suffix)
    return prefix + (text[-room:] if keep_end else text[:room]) + suffix
