"""Record: what was launched for one resource and what came of it; its text, its join.

One record is one file of the lock, `locks/<environment>/<name>.json`. It only grows: runs are
never dropped, a set field never changes, a state only rises. Two records of one resource are
merged by `join`, a semilattice: any order of any merges gives the same record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from reconciler.errors import ReconcilerError

FORMAT = "sagemaker-gitops/lock/v1"


class State(StrEnum):
    """How far a run has come, in the order in which states rise."""

    INTENT = "intent"
    """Written before the call that costs money."""
    WITHDRAWN = "withdrawn"
    """An intent that is no longer wanted and that SageMaker does not know."""
    REFUSED = "refused"
    """An intent that SageMaker refused. It is not sent again, but looked at: an earlier try whose
    answer was lost may still arrive."""
    LAUNCHED = "launched"
    CONFLICT = "conflict"
    """The name is taken by something that is not ours."""
    FAILED = "failed"
    STOPPED = "stopped"
    COMPLETED = "completed"

    @property
    def rank(self) -> int:
        """0 before the launch, 1 launched, 2 ended."""
        return {"intent": 0, "withdrawn": 0, "refused": 0, "launched": 1}.get(self.value, 2)

    @property
    def ended(self) -> bool:
        """Whether nothing can move any more."""
        return self.rank == 2

    @property
    def moving(self) -> bool:
        """Whether a look at SageMaker can tell something new."""
        return not self.ended


SECTIONS = (
    "state", "turn", "gone", "version", "attempt", "refusal", "reason", "outcome", "gates",
    "artifact", "metrics",
    "digest", "source", "images", "upstreams",
    "who", "how", "request", "in_place", "cost", "recorded",
)  # fmt: skip
"""Keys of a run in the order in which an auditor asks."""


@dataclass(frozen=True, slots=True)
class Run:
    """One thing that was (or is about to be) launched."""

    state: State
    version: int
    """Version it was launched for."""
    attempt: int
    digest: str
    turn: int = 0
    """How often the intent was withdrawn and opened again; orders the two states."""
    gone: int = 0
    """Counts deletions by us and the times it was made again: odd while it is deleted."""
    refusal: str | None = None
    """What SageMaker said when it refused the request. Hostile text."""
    reason: str | None = None
    """FailureReason, or why it is in conflict. Hostile text."""
    outcome: str | None = None
    """Class of the end (`core.live.Outcome`)."""
    gates: Mapping[str, Any] | None = None
    artifact: Mapping[str, Any] | None = None
    """`uri`, `etag`, `size`, `version_id`; `partial: true` when the run did not complete."""
    metrics: Mapping[str, str] | None = None
    """Final values, as text."""
    source: Mapping[str, Any] | None = None
    """From what: `repository`, `commit`, `dirty`, `document`, `documents` (path → blob id),
    `own` and `resolved` (values of the container's environment as fingerprints), `origins`,
    `code` (per source: manifest digest, URI, sha256, folders)."""
    images: Sequence[Mapping[str, Any]] | None = None
    """Per image: `reference` as written, `digest` or null where no registry told it."""
    upstreams: Mapping[str, Any] | None = None
    """Per reference: `name`, `digest`, `run`, `output`."""
    who: Mapping[str, Any] | None = None
    """`author` of the commit, what the host tells of its pull request, `stopped_by`."""
    how: Mapping[str, Any] | None = None
    """`arn`, `account`, `region`, `role`, `instances`, `created`, `started`, `ended`, seconds."""
    request: Mapping[str, Any] | None = None
    """The CreateTrainingJob request, values of the container's environment left out."""
    in_place: Mapping[str, Any] | None = None
    """`revision` (counts the updates) and `values` of what can change without a launch."""
    cost: Mapping[str, Any] | None = None
    """`billable_seconds`; `amount` in US dollars, `unknown` without prices; and `instances` and
    `hourly` prices, from which the amount follows."""
    recorded: Mapping[str, Any] | None = None
    """By which version of the reconciler and, where known, which workflow run."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Fields of a newer minor format: kept as they are."""

    @property
    def is_gone(self) -> bool:
        """Whether we deleted it (models and endpoint configurations that nothing uses)."""
        return self.gone % 2 == 1

    @property
    def seconds(self) -> float | None:
        """How long it ran: the seconds of training that SageMaker tells, else from its start (else
        creation) to its end; None where the record does not know."""
        how = self.how or {}
        told = how.get("training_seconds")
        if isinstance(told, int | float):
            return told
        start, end = how.get("started") or how.get("created"), how.get("ended")
        if not isinstance(start, str) or not isinstance(end, str):
            return None
        try:
            return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
        except (ValueError, TypeError):
            return None  # no reconciler wrote that; what else is known is told all the same

    @property
    def end(self) -> str:
        """How it ended, in one line that may hold hostile text: `failed: no such column`."""
        why = self.reason or (self.refusal if self.state is State.REFUSED else None)
        return self.state.value + (f": {why}" if why else "")

    def data(self) -> dict[str, Any]:
        """Plain form, keys in the auditor's order, nothing that is not set."""
        known = {key: getattr(self, key) for key in SECTIONS}
        known["state"] = self.state.value
        unset = {"turn": 0, "gone": 0}
        said = {k: v for k, v in known.items() if v is not None and unset.get(k) != v}
        return said | dict(self.extra)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Run:
        """Read the plain form; unknown keys go to `extra`."""
        known = {key: data[key] for key in SECTIONS if key in data}
        known["state"] = State(known["state"])
        return cls(**known, extra={k: v for k, v in data.items() if k not in SECTIONS})


@dataclass(frozen=True, slots=True)
class Record:
    """All runs of one resource in one environment."""

    kind: str
    name: str
    environment: str
    versions: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    """Version → physical name → a count that rises: the highest one answers the version."""
    runs: Mapping[str, Run] = field(default_factory=dict)
    """Physical name → run."""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def run_of_version(self, version: int) -> str | None:
        """Physical name of the run that answers a version."""
        names = self.versions.get(version)
        return max(names, key=lambda name: (names[name], name)) if names else None

    def runs_of_digest(self, digest: str) -> dict[str, Run]:
        """Runs of one content, by rising attempt."""
        found = [(name, run) for name, run in self.runs.items() if run.digest == digest]
        return dict(sorted(found, key=lambda pair: (pair[1].attempt, pair[0])))

    def last_run(self) -> tuple[str, Run] | None:
        """The run that answers the highest version that has one."""
        for version in sorted(self.versions, reverse=True):
            name = self.run_of_version(version)
            if name is not None and name in self.runs:
                return name, self.runs[name]
        return None

    def with_run(self, physical_name: str, run: Run) -> Record:
        """The record with a run added or replaced."""
        return replace(self, runs={**self.runs, physical_name: run})

    def answering(self, version: int, physical_name: str) -> Record:
        """The record in which a version is answered by a run; itself if it already is."""
        if self.run_of_version(version) == physical_name:
            return self
        names = self.versions.get(version, {})
        count = max(names.values(), default=0) + 1
        return replace(self, versions={**self.versions, version: {**names, physical_name: count}})


class LockError(ReconcilerError):
    """A record of the lock cannot be read; `path` is that of its file."""

    exit_status = 5

    def __init__(self, message: str, path: str, *, advice: str) -> None:
        super().__init__(message, advice=advice)
        self.path = path


class NewerLock(LockError):
    """The lock was written by a newer format than this version reads."""

    code = "E217"


class UnreadableLock(LockError):
    """A record of the lock is not what the reconciler writes."""

    code = "E218"

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            f"{path} is not a record of the lock: {why}",
            path,
            advice=f"restore it: git checkout HEAD -- {path}; if it was committed like this, take"
            f" an earlier version: git log -- {path}. Do not remove it: reconciler explain E218",
        )


def dumps(record: Record) -> str:
    """The text of a record: fixed key order, two spaces, a newline at the end."""
    data = {
        "format": FORMAT,
        "kind": record.kind,
        "name": record.name,
        "environment": record.environment,
        "versions": {
            str(version): dict(sorted(names.items(), key=lambda pair: (pair[1], pair[0])))
            for version, names in sorted(record.versions.items())
        },
        "runs": {
            name: run.data()
            for name, run in sorted(
                record.runs.items(), key=lambda pair: (pair[1].version, pair[1].attempt, pair[0])
            )
        },
        **record.extra,
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


_KNOWN = frozenset({"format", "kind", "name", "environment", "versions", "runs"})


def loads(text: str, path: str) -> Record:
    """Read a record; `path` names it in errors.

    Raises NewerLock for a newer format, UnreadableLock for anything that is not a record.
    """
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise NewerLock(
                f"{path} has format {data['format']!r}, this version reads {FORMAT!r}",
                path,
                advice="install the version of sagemaker-gitops that wrote it, or a newer one",
            )
        return Record(
            kind=data["kind"],
            name=data["name"],
            environment=data["environment"],
            versions={int(v): dict(names) for v, names in data["versions"].items()},
            runs={name: Run.from_data(run) for name, run in data["runs"].items()},
            extra={key: value for key, value in data.items() if key not in _KNOWN},
        )
    except json.JSONDecodeError as error:
        raise UnreadableLock(path, f"it is not JSON from line {error.lineno} on") from error
    except KeyError as error:
        raise UnreadableLock(path, f"`{error.args[0]}` is missing") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise UnreadableLock(path, "a field has another form than the reconciler writes") from error
