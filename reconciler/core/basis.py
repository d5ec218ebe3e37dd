"""Basis: what a plan was made from, as far as others may move it before the plan is merged.

The comment on a pull request carries it, so that whoever knows today's branch and lock can tell
that the plan is outdated without making it again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.record import Record
from reconciler.core.resource import sha256_of

_DIGITS = 8
"""Of a digest: enough to see that a record moved, and short enough for hundreds of them."""


Items = Sequence[tuple[str, Iterable[str]]]
"""Names of resources, each with the paths that it follows from."""


@dataclass(frozen=True, slots=True)
class Basis:
    """Files and records that a plan follows from."""

    paths: tuple[str, ...]
    """Documents, what they inherit, folders of code and data."""
    records: Mapping[str, str]
    """Name → digits of how its runs stood; empty where there was no record."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What of a basis is not as it was."""

    paths: tuple[str, ...]
    names: tuple[str, ...]
    """Resources whose records moved."""

    def __bool__(self) -> bool:
        return bool(self.paths or self.names)


def basis_of(environment: str, items: Items, records: Mapping[str, Record]) -> Basis:
    """The basis of a plan about items that was made from `records`."""
    return _basis(environment, items, {name: _digest(records.get(name)) for name, _ in items})


def narrowed(basis: Basis, environment: str, items: Items) -> Basis:
    """The part of a basis that some of its items, or others, follow from."""
    known = [(name, paths) for name, paths in items if name in basis.records]
    return _basis(environment, known, basis.records)


def _basis(environment: str, items: Items, digests: Mapping[str, str]) -> Basis:
    own = [document_of(environment)] if items else []
    paths = dict.fromkeys([*own, *(path for _, followed in items for path in followed)])
    return Basis(tuple(paths), {name: digests[name] for name in sorted({n for n, _ in items})})


def document_of(environment: str) -> str:
    """The document that everything in an environment follows from."""
    return f"environments/{environment}.yaml"


def moved(basis: Basis, changed: Iterable[str], records: Mapping[str, Record]) -> Moved:
    """What moved, by the paths of all files that differ since and the records of today."""
    known = frozenset(basis.paths)
    names = (n for n, digest in basis.records.items() if _digest(records.get(n)) != digest)
    return Moved(tuple(path for path in changed if _follows(known, path)), tuple(names))


def _follows(known: Collection[str], path: str) -> bool:
    """Whether a file is in a basis, or in one of its folders; a new `_defaults.yaml` is where a
    document lies beside or below it."""
    parts = path.split("/")
    if any("/".join(parts[:depth]) in known for depth in range(1, len(parts) + 1)):
        return True
    folder = path.removesuffix("_defaults.yaml")
    return folder != path and any(other.startswith(folder) for other in known)


def _digest(record: Record | None) -> str:
    """Of what a plan decides by. What was seen before it was recorded counts as recorded: words,
    times and costs that come with the record are left out."""
    if record is None:
        return ""
    versions = {str(version): dict(names) for version, names in record.versions.items()}
    runs = {
        name: [run.state.value, str((run.artifact or {}).get("uri", ""))]
        for name, run in record.runs.items()
    }
    return sha256_of([versions, runs])[:_DIGITS]
