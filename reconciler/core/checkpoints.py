"""Checkpoints: a path that a job of other content writes to is not used for a launch.

SageMaker restores whatever lies under the path before the script starts (developer guide,
checkpoints), so a job would go on from the state of another one. The default path holds name and
digest; this is about paths that documents write themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.core.fields import get
from reconciler.core.plan import Action, Change, Note, Standing
from reconciler.core.record import Record, State


def keep_apart(
    changes: Sequence[Change], records: Mapping[str, Record]
) -> tuple[list[Change], list[Note]]:
    """The changes that may be carried out, and a note (E228) for each launch whose checkpoint path
    belongs to other content: of a recorded run, or of another launch of the same plan."""
    paths = [_launch_path(change) for change in changes]
    planned = (
        (path, change.digest, change.name)
        for path, change in zip(paths, changes, strict=True)
        if path
    )
    owners: dict[str, list[tuple[str, str]]] = {}
    for place, digest, who in (*_recorded(records), *planned):
        owners.setdefault(place, []).append((digest, who))
    kept: list[Change] = []
    held: list[Note] = []
    for path, change in zip(paths, changes, strict=True):
        others = (who for digest, who in owners.get(path or "", ()) if digest != change.digest)
        owner = next(others, None)
        if path and owner:
            held.append(_held(change, path, owner))
        else:
            kept.append(change)
    return kept, held


def _recorded(records: Mapping[str, Record]) -> Iterator[tuple[str, str, str]]:
    """Path, digest and physical name of every recorded run that may have written checkpoints."""
    for record in records.values():
        for name, run in record.runs.items():
            path = _path(run.request or {})
            if path and run.state.rank and run.state is not State.CONFLICT:
                yield path, run.digest, name


def _launch_path(change: Change) -> str | None:
    return _path(change.calls[0].params) if change.action is Action.LAUNCH else None


def _path(request: Mapping[str, Any]) -> str | None:
    uri = get(request, ("CheckpointConfig", "S3Uri"))
    return str(uri).rstrip("/") if uri else None


def _held(change: Change, path: str, owner: str) -> Note:
    return Note(
        standing=Standing.HELD,
        kind=change.kind,
        name=change.name,
        message=f"the checkpoints of {owner} lie at {path}, and it would start from them",
        version=change.version,
        physical_name=change.physical_name,
        code="E228",
        fields=change.fields,
        place=change.place,
        paths=change.paths,
        help="give it a path of its own, or remove `checkpoint.s3_uri`: the default is one",
    )
