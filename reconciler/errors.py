"""What can go wrong, in one tree.

ReconcilerError                     every failure that is not a bug; knows its exit status
├── InvalidDocuments                numbered problems in what people wrote (exit 1)
├── WrongPlace                      the login is not the environment's account or region (exit 4)
├── NoCredentials                   no credentials, or AWS refused them (exit 4)
├── LockUnwritable                  the lock cannot be written: nothing may be launched (exit 5)
├── PlanChanged                     the plan is no longer the approved one (exit 5)
├── StillRunning                    `--timeout` passed (exit 8)
├── Interrupted                     a signal came; jobs go on (exit 130)
└── ServiceError                    an AWS service answered with an error, or not at all (exit 1)
    ├── NotThere                    what was asked for does not exist
    ├── NameTaken                   something of that name exists already
    ├── Throttled                   too many requests; nothing was done
    ├── QuotaExceeded               a limit of the account; nothing was done
    ├── AccessDenied                IAM refused
    ├── Refused                     the request is invalid, or not possible in this state
    ├── NotReady                    refused, but it heals by itself: new permissions spread
    └── Unanswered                  no answer, or a 5xx: the service may or may not have done it

A `Problem` is one mistake in one document: a number (`reconciler explain E103`), a place, a cure.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of one line of a document of the repository."""

    path: str
    """Path from the root of the repository, with forward slashes."""
    line: int
    """Line, counted from 1."""
    column: int
    """Column of the first character, counted from 1."""
    width: int = 1
    """Number of characters to underline."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: its number, what is wrong, where, and what to write instead."""

    code: str
    """Number of the rule, such as `E103`; `core/catalogue.py` explains each."""
    message: str
    place: Place | None = None
    help: str | None = None
    related: tuple[tuple[str, Place], ...] = ()
    """Other places that matter, each with a note: `("first defined here", place)`."""

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}error[{self.code}]: {self.message}"


class ReconcilerError(Exception):
    """A failure that a person can act on. `str()` says what happened; `advice` what to do."""

    exit_status = 1
    code: str | None = None
    """Number in the catalogue, where there is one."""

    def __init__(self, message: str, *, advice: str | None = None) -> None:
        super().__init__(message)
        self.advice = advice


class InvalidDocuments(ReconcilerError):
    """One or more documents are wrong; carries every problem that was found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class WrongPlace(ReconcilerError):
    """The credentials belong to another account or region than the environment names."""

    exit_status = 4
    code = "E307"


class NoCredentials(ReconcilerError):
    """There are no credentials, they expired, or AWS does not accept them."""

    exit_status = 4
    code = "E301"


class LockUnwritable(ReconcilerError):
    """The lock cannot be written, so nothing may be launched."""

    exit_status = 5
    code = "E308"


class PlanChanged(ReconcilerError):
    """What would be done now is not what was approved."""

    exit_status = 5
    code = "E309"


class StillRunning(ReconcilerError):
    """The time given with `--timeout` passed; the jobs go on."""

    exit_status = 8


class Interrupted(ReconcilerError):
    """A signal asked to stop; the current call was finished and recorded, jobs go on."""

    exit_status = 130


class ServiceError(ReconcilerError):
    """An AWS service did not do what was asked.

    `operation` is the API's name (`CreateTrainingJob`), `error_code` and `detail` are the
    service's own words. `detail` may hold text from a container: treat it as hostile.
    """

    def __init__(self, operation: str, error_code: str, detail: str) -> None:
        super().__init__(f"{operation}: {error_code}: {detail}")
        self.operation = operation
        self.error_code = error_code
        self.detail = detail


class NotThere(ServiceError):
    """What was asked for does not exist (or is not visible yet)."""


class NameTaken(ServiceError):
    """Something of that name exists already, perhaps by an earlier try of our own."""


class Throttled(ServiceError):
    """Too many requests; the service did nothing."""

    code = "E305"


class QuotaExceeded(ServiceError):
    """A limit of the account is reached; the service did nothing."""

    code = "E302"


class AccessDenied(ServiceError):
    """IAM does not allow the call."""

    code = "E306"


class Refused(ServiceError):
    """The service says that the request is invalid, or not possible in this state."""

    code = "E310"


class NotReady(ServiceError):
    """The service refuses what it will accept later: roles and policies take time to spread."""

    code = "E313"


class Unanswered(ServiceError):
    """No answer came, or a 5xx: only a look can tell whether the service did it."""

    code = "E311"
