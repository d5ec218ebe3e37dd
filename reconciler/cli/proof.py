"""The proof that `promote` asks for: the locks say that a version completed, and with what."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.cli.compose import Repository
from reconciler.core.desired import resolve
from reconciler.core.documents import Documents, Parsed
from reconciler.core.environment import Environment
from reconciler.core.lock import named_elsewhere
from reconciler.core.membership import belongs
from reconciler.core.promotion import unproven
from reconciler.core.settle import settle
from reconciler.errors import ReconcilerError
from reconciler.kinds import KINDS


class NotProven(ReconcilerError):
    """No lock says that the version completed, so it is not promoted."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version of a document that an environment shall take."""

    repository: Repository
    documents: Documents
    document: Parsed
    version: int

    @property
    def name(self) -> str:
        """Name of the resource."""
        return str(self.document.name)

    @property
    def members(self) -> list[Environment]:
        """The environments that the document belongs to now."""
        known = self.documents.environments.values()
        return [member for member in known if belongs(self.document, member, self.documents)]

    def missing_in(self, member: Environment) -> str | None:
        """What keeps an environment from proving the document's version; None if it does."""
        files = self.repository.files
        desired = resolve(self.documents, files, member.name, KINDS)
        records = self.repository.records(member)
        targets = settle(desired, records, named_elsewhere(desired, files)).targets
        if self.name not in targets:
            return "the document is wrong there: reconciler validate"
        return unproven(self.version, records.get(self.name), targets[self.name])


def require_proof(candidate: Candidate, environment: Environment, current: int) -> None:
    """Check in the locks that an environment may take a version. Raises NotProven.

    `current` is the document's version. Only that can still be launched from the document; an
    older one must have completed in the environment itself.
    """
    name, version = candidate.name, candidate.version
    if version > current:
        raise NotProven(f"{candidate.document.path} is at {current}: there is no version {version}")
    if version < current:
        missing = unproven(version, candidate.repository.records(environment).get(name))
        if missing is not None:
            raise NotProven(
                f"{environment.name} cannot go back to {name} {version}: {missing}",
                advice=f"the document is at {current}: only that can still be launched",
            )
        return
    others = [member for member in candidate.members if member.name != environment.name]
    missing_in = {member.name: candidate.missing_in(member) for member in others}
    if None in missing_in.values():
        return
    told = "; ".join(f"{where}: {why}" for where, why in missing_in.items())
    raise NotProven(
        f"{name} {version} has not completed outside {environment.name}: "
        + (told or "it belongs to no other environment"),
        advice=f"run it there first: reconciler apply {name} -e {others[0].name}"
        if others
        else f"name another environment in {candidate.document.path}, and run it there first",
    )
