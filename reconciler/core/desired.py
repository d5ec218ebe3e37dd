"""Desired: what should exist in one environment, read from the documents of one revision.

documents → membership → layers merged, nearer wins → spec checked → resources. References stay
open here; `core/settle.py` fills them in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.building import NOT_INHERITED, build_resource, without
from reconciler.core.documents import Documents, Parsed, body_problems, load_documents
from reconciler.core.environment import Environment
from reconciler.core.files import Files
from reconciler.core.kind import Kind
from reconciler.core.membership import belongs
from reconciler.core.nodes import MapNode, place_of
from reconciler.core.resource import Resource, Revision
from reconciler.core.suggest import did_you_mean
from reconciler.errors import InvalidDocuments, Problem, ReconcilerError


class UnknownEnvironment(ReconcilerError):
    """There is no environment of that name."""

    exit_status = 2


@dataclass(frozen=True, slots=True)
class Desired:
    """All resources of one environment at one revision."""

    environment: Environment
    revision: Revision
    resources: Mapping[str, Resource]
    """Sound ones, by name."""
    problems: tuple[Problem, ...]
    found_for: Mapping[Problem, frozenset[str]]
    """Paths of the documents that a problem was found for; it may stand in what they inherit."""
    unsound: frozenset[str]
    """Names whose documents are wrong: nothing is done about them, and nothing stopped."""
    elsewhere: frozenset[str]
    """Names that have a document, but do not belong to this environment."""
    unreadable: bool
    """Whether any document could not be read: an absent name may be one of those."""
    texts: Mapping[str, bytes]
    """Content of every document, for error messages."""


def load(
    files: Files, environment: str, kinds: Mapping[str, Kind], *, tried: Sequence[str] = ()
) -> Desired:
    """Read what should exist in an environment.

    `tried` names resources that are wanted although they do not belong to it (local engine only).
    Raises UnknownEnvironment, or InvalidDocuments when the environment's own document is wrong.
    """
    documents = load_documents(files, kinds)
    return resolve(documents, files, environment, kinds, tried=tried)


def resolve(
    documents: Documents,
    files: Files,
    environment: str,
    kinds: Mapping[str, Kind],
    *,
    tried: Sequence[str] = (),
) -> Desired:
    """`load`, for documents that were read before."""
    target = _environment(documents, environment)
    problems = [*documents.problems, *shared_problems(documents, kinds)]
    found_for: dict[Problem, set[str]] = {problem: set() for problem in problems}
    resources: dict[str, Resource] = {}
    unsound = set(documents.refused)
    elsewhere: set[str] = set()
    for name, document in documents.resources.items():
        try:
            if not belongs(document, target, documents) and not (target.local and name in tried):
                elsewhere.add(name)
                continue
            resources[name] = build_resource(document, documents, files, target, kinds)
        except InvalidDocuments as error:
            for problem in error.problems:
                found_for.setdefault(problem, set()).add(document.path)
            unsound.add(name)
    return Desired(
        environment=target,
        revision=documents.revision,
        resources=resources,
        problems=tuple(found_for),
        found_for={problem: frozenset(paths) for problem, paths in found_for.items()},
        unsound=frozenset(unsound),
        elsewhere=frozenset(elsewhere),
        unreadable=bool(documents.broken),
        texts=documents.texts,
    )


def _environment(documents: Documents, name: str) -> Environment:
    if name in documents.environments:
        return documents.environments[name]
    path = f"environments/{name}.yaml"
    wrong = tuple(p for p in documents.problems if p.place and p.place.path == path)
    if wrong:
        raise InvalidDocuments(wrong)
    known = ", ".join(documents.environments) or "none"
    guess = did_you_mean(name, documents.environments)
    raise UnknownEnvironment(
        f"there is no environment `{name}`",
        advice=f"did you mean `{guess}`?"
        if guess
        else f"known environments: {known}; {path} makes one",
    )


def shared_problems(documents: Documents, kinds: Mapping[str, Kind]) -> list[Problem]:
    """Problems of defaults and runtimes, whether or not a resource inherits them."""
    models = [kind.spec for kind in kinds.values()]
    aws_names = {name: key for kind in kinds.values() for name, key in kind.aws_names.items()}
    problems: list[Problem] = []
    for document in [*documents.defaults.values(), *documents.runtimes.values()]:
        own = NOT_INHERITED - ({"name"} if document.kind == "Runtime" else set())
        for key in own - {"environments"}:
            if key in document.node.entries:
                problems.append(_only_in_documents(document, key))
        bodies = [without(document.node, {*own, "environments", "name"})]
        blocks = document.node.entries.get("environments")
        if blocks and isinstance(blocks.node, MapNode):
            bodies += [
                entry.node for entry in blocks.node.entries.values()
                if isinstance(entry.node, MapNode)
            ]  # fmt: skip
        for body in bodies:
            problems.extend(body_problems(body, models, aws_names))
    return problems


def _only_in_documents(document: Parsed, key: str) -> Problem:
    return Problem(
        "E101",
        f"`{key}` cannot be inherited",
        place_of(document.node, (key,), key=True),
        f"write it in the document of each job; {document.kind} documents hold what jobs share",
    )
