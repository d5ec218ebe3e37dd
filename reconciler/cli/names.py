"""Names of resources as people type them: a slip is told, not taken for `nothing to do`."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from reconciler.cli.compose import Repository
from reconciler.core.documents import load_documents
from reconciler.core.environment import Environment
from reconciler.core.suggest import did_you_mean
from reconciler.errors import ReconcilerError
from reconciler.kinds import KINDS


class UnknownName(ReconcilerError):
    """There is no resource of that name."""


def unknown_name(name: str, known: Collection[str]) -> UnknownName:
    """The failure for a name that nothing has, with the likeliest one that something has."""
    near = did_you_mean(name, known)
    return UnknownName(
        f"there is no document with the name `{name}`",
        advice=f"did you mean `{near}`?" if near else None,
    )


def not_committed(repository: Repository, names: Sequence[str]) -> tuple[str, ...]:
    """The names among them that have a document in the working tree and none in its commit."""
    if not repository.files.revision.dirty:
        return ()
    here = load_documents(repository.files, KINDS)
    there = load_documents(repository.workspace.commit_files(), KINDS)
    known = {*there.resources, *there.refused}
    return tuple(name for name in names if name in here.resources and name not in known)


def require_known(repository: Repository, environment: Environment, names: Sequence[str]) -> None:
    """Check that each name has a document or a record. Raises UnknownName.

    While a document cannot be read, any name may be its name.
    """
    if not names:
        return
    documents = load_documents(repository.files, KINDS)
    known = {*documents.resources, *documents.refused, *repository.records(environment)}
    for name in names:
        if name not in known and not documents.broken:
            raise unknown_name(name, known)
