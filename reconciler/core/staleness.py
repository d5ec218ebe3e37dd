"""Staleness: what moved in a resource whose version did not, and who moved it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from reconciler.core.building import content_with
from reconciler.core.diff import compare
from reconciler.core.merge import dotted, origins
from reconciler.core.plan import FieldChange
from reconciler.core.record import Run
from reconciler.core.redact import fingerprints
from reconciler.core.resource import Target
from reconciler.errors import Place


def field_changes(run: Run | None, target: Target) -> tuple[FieldChange, ...]:
    """Fields of the document that differ from those the run was launched with; none for no run."""
    if run is None:
        return ()
    before = (run.source or {}).get("resolved", {})
    after = fingerprints(target.resource.content)
    changes = compare(before, after, places=origins(target.resource.merged))
    shown = target.resource.kind.shown
    return (
        *(
            replace(c, before=shown(c.path, c.before), after=shown(c.path, c.after))
            for c in changes
        ),
        *_source_changes(run, target),
    )


def own_document_moved(run: Run, target: Target) -> bool:
    """Whether the document itself asks for something else than when the run was launched.

    Asked so: would the document of that day, put into today's resolution, give today's content?
    """
    own = (run.source or {}).get("own")
    if own is None:
        return True
    return content_with(target.resource, own) != fingerprints(target.resource.content)


def causes(run: Run, target: Target) -> tuple[str, ...]:
    """What moved outside the document, each with its file and line where there is one."""
    return tuple(dict.fromkeys(_causes(run, target)))


def _causes(run: Run, target: Target) -> Iterator[str]:
    before: Mapping[str, str] = (run.source or {}).get("documents", {})
    now = {layer.path: layer.blob for layer in target.resource.layers if layer.role != "document"}
    moved = [path for path, blob in now.items() if before.get(path) != blob]
    for change in field_changes(run, target):
        if change.path.startswith(("code", "data:", "input ")):
            yield f"{change.path} moved"
        elif change.place:
            yield f"{change.path} changed in {_short(change.place)}"
        else:  # a value that is no longer inherited has no place
            yield f"{change.path} went away" + (f" in {', '.join(moved)}" if moved else "")
    for path in before.keys() - now.keys() - {target.resource.document}:
        yield f"{path} is no longer inherited"


def _short(place: Place) -> str:
    return f"{place.path}:{place.line}"


def _source_changes(run: Run, target: Target) -> Iterator[FieldChange]:
    """Uploads and upstream runs that moved; they have no field in the document."""
    before: Mapping[str, Any] = (run.source or {}).get("uploads", {})
    for manifest in target.resource.manifests:
        path = dotted(manifest.source.path)
        recorded = before.get(path, {}).get("digest")
        if recorded is not None and recorded != manifest.digest:
            label = "code" if manifest.source.form == "tar" else "data"
            folders = ", ".join(manifest.source.folders)
            yield FieldChange(f"{label}: {folders}", recorded[:10], manifest.digest[:10])
    upstreams: Mapping[str, Any] = run.upstreams or {}
    for upstream in target.upstreams:
        recorded = upstreams.get(dotted(upstream.reference.path), {}).get("digest")
        if recorded is not None and recorded != upstream.digest:
            yield FieldChange(
                f"input {upstream.reference.name}", recorded[:10], upstream.digest[:10]
            )
