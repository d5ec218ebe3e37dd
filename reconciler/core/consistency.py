"""Consistency: whether a file of the lock is what the reconciler writes and agrees with itself.

The parts of a record say the same thing more than once (the digest is in the physical name, in a
tag of the request and beside the run), so that whoever edits one of them contradicts the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core import ownership
from reconciler.core.environment import Environment
from reconciler.core.evidence import AuditFinding, Witness
from reconciler.core.gates import verdict
from reconciler.core.kind import Kind
from reconciler.core.lock import path_of
from reconciler.core.pricing import recomputed
from reconciler.core.record import Record, Run, State, UnreadableLock, dumps, loads

_OUTCOMES = {
    State.COMPLETED: ("done",),
    State.FAILED: ("capacity", "internal", "algorithm", "client"),
    State.STOPPED: ("stopped", "capacity"),
}
_RESULTS = ("outcome", "artifact", "metrics", "gates", "cost")
"""Sections that only an ended run has."""

_MAPS = (
    *("gates", "artifact", "metrics", "source", "upstreams"),
    *("who", "how", "request", "in_place", "cost", "recorded"),
)


def read_file(path: str, content: bytes) -> tuple[Record | None, tuple[AuditFinding, ...]]:
    """The record in a file of the lock, and what is wrong with the file.

    None for what cannot be understood. Raises NewerLock for a newer format.
    """
    text = content.decode("utf-8", "replace")
    try:
        record = loads(text, path)
    except UnreadableLock as error:
        return None, (AuditFinding(path, Witness.RECORD, str(error)),)
    wrong = list(_wrong_types(record))
    if wrong:
        return None, tuple(AuditFinding(path, Witness.RECORD, what) for what in wrong)
    if path != path_of(record.environment, record.name):
        told = f"it holds the record of {record.name} in {record.environment}"
        return record, (AuditFinding(path, Witness.RECORD, told),)
    if dumps(record) != text:
        told = "it is not the text that the reconciler writes: keys twice, or in another order"
        return record, (AuditFinding(path, Witness.RECORD, told),)
    return record, ()


def _wrong_types(record: Record) -> Iterator[str]:
    """Values that no reconciler writes and that nothing else here could work with."""
    texts: tuple[object, ...] = (record.kind, record.name, record.environment)
    if not all(isinstance(text, str) for text in texts):
        yield "kind, name and environment are not all text"
    for version, names in record.versions.items():
        if version < 1 or not all(_is_count(count) for count in names.values()):
            yield f"version {version} is not a version with counts of runs"
    for name, run in record.runs.items():
        yield from _wrong_types_of_run(name, run)


def _wrong_types_of_run(name: str, run: Run) -> Iterator[str]:
    digest: object = run.digest
    if not (_is_count(run.version) and _is_count(run.attempt) and isinstance(digest, str)):
        yield f"run {name} lacks a version, an attempt or a digest"
    if not _is_count(run.turn + 1 if isinstance(run.turn, int) else None):
        yield f"run {name}: turn is no number from 0"
    for section in _MAPS:
        if not isinstance(getattr(run, section), Mapping | None):
            yield f"run {name}: {section} is no map"
    if not isinstance(run.images, list | None) or not all(map(_is_image, run.images or ())):
        yield f"run {name}: images is no list of references and digests"
    if not _is_count((run.in_place or {"revision": 1}).get("revision")):
        yield f"run {name}: in_place has no revision"


def _is_image(image: object) -> bool:
    if not isinstance(image, Mapping) or image.keys() != {"reference", "digest"}:
        return False
    return isinstance(image["reference"], str) and isinstance(image["digest"], str | None)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and value >= 1


def inconsistencies(
    record: Record, kinds: Mapping[str, Kind], environment: Environment | None
) -> Iterator[tuple[str | None, str]]:
    """Where a record contradicts itself: physical name (None: the record) and what is wrong.

    `environment` is the document of its environment, None if there is none any more.
    """
    if record.kind not in kinds:
        yield None, f"there is no kind {record.kind}"
        return
    for version, names in record.versions.items():
        for name in names:
            if name not in record.runs:
                yield None, f"version {version} is answered by {name}, of which there is no run"
    for name, run in record.runs.items():
        if name not in record.versions.get(run.version, {}):
            yield name, f"version {run.version}, for which it was launched, does not name it"
        for what in (
            *_misnamed(record, name, run),
            *_misstated(run),
            *_request_differs(record, name, run, kinds[record.kind]),
            *_misplaced(name, run, environment),
        ):
            yield name, what


def _misnamed(record: Record, name: str, run: Run) -> Iterator[str]:
    again = f"-r{run.attempt}" if run.attempt > 1 else ""
    if not name.endswith(f"{record.name}-{run.digest[:10]}{again}"):
        yield "its name is not that of its digest and attempt"


def _misstated(run: Run) -> Iterator[str]:
    """State and results that do not go together."""
    if not run.state.ended:
        early = [section for section in _RESULTS if getattr(run, section) is not None]
        if early:
            yield f"it is {run.state} and has {', '.join(early)} already"
    elif run.outcome not in _OUTCOMES.get(run.state, (None,)):
        yield f"it is {run.state}, its outcome is {run.outcome or 'not recorded'}"
    if run.state.rank > 0 and not (run.how or {}).get("arn") and not _never_accepted(run):
        yield f"it is {run.state} and has no ARN"
    if run.artifact and bool(run.artifact.get("partial")) is (run.state is State.COMPLETED):
        yield f"it is {run.state}, its artifact is {_whole(run.artifact)}"
    gates = (run.source or {}).get("gates")
    due = verdict(gates, run.metrics or {}) if gates and run.state is State.COMPLETED else None
    if run.gates != due:
        yield "its gates do not follow from its metrics"
    if run.cost is not None and run.cost.get("amount") != recomputed(run.cost):
        yield "its amount does not follow from its seconds, instances and prices"


def _never_accepted(run: Run) -> bool:
    """Whether SageMaker refused the request, or had something of that name."""
    return run.state in (State.REFUSED, State.CONFLICT)


def _whole(artifact: Mapping[str, Any]) -> str:
    return "partial" if artifact.get("partial") else "not marked as partial"


def _request_differs(record: Record, name: str, run: Run, kind: Kind) -> Iterator[str]:
    """What the recorded request says otherwise than the run."""
    if run.request is None:
        return
    for member, value in kind.look(name).params.items():
        if run.request.get(member) != value:
            yield f"request.{member} is {run.request.get(member)}"
    tags = {tag.get("Key"): tag.get("Value") for tag in run.request.get("Tags", [])}
    wanted = {
        ownership.NAME: record.name,
        ownership.ENVIRONMENT: record.environment,
        ownership.VERSION: str(run.version),
        ownership.DIGEST: run.digest,
    }
    for key, value in wanted.items():
        if tags.get(key) != value:
            yield f"tag {key} of its request is {tags.get(key)}, not {value}"
    output = (run.request.get("OutputDataConfig") or {}).get("S3OutputPath")
    uri = (run.artifact or {}).get("uri")
    if output and uri is not None and not str(uri).startswith(f"{output.rstrip('/')}/{name}/"):
        yield f"its artifact {uri} is not below its own output {output}"


def _misplaced(name: str, run: Run, environment: Environment | None) -> Iterator[str]:
    how = run.how or {}
    arn = str(how.get("arn", ""))
    if not arn:
        return
    place = f":{how.get('region')}:{how.get('account')}:"
    if place not in arn or not arn.endswith(f"/{name}"):
        yield f"its ARN {arn} is not that of {name} in {how.get('account')} {how.get('region')}"
    if environment is None:
        return
    there = (environment.account, environment.aws_region)
    if (how.get("account"), how.get("region")) != there:
        yield f"it ran in {how.get('account')} {how.get('region')}, not in {there[0]} {there[1]}"
