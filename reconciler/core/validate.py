"""Validate: every document in every environment, without network, the requests included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.core.collisions import collisions
from reconciler.core.desired import Desired, resolve, shared_problems
from reconciler.core.documents import Documents, load_documents
from reconciler.core.files import Files
from reconciler.core.kind import Kind
from reconciler.core.launching import request
from reconciler.core.lock import named_elsewhere
from reconciler.core.planner import make_plan
from reconciler.core.record import LockError, Record
from reconciler.core.requests import problems_of
from reconciler.core.resource import Target
from reconciler.core.settle import settle
from reconciler.core.whose import with_whose
from reconciler.errors import Place, Problem

GUARDS = frozenset({"E201", "E209", "E228"})
"""Numbers of the notes of a plan that a document is wrong about."""


@dataclass(frozen=True, slots=True)
class Found:
    """A problem, and the documents that it was found for."""

    problem: Problem
    documents: frozenset[str]
    """Their paths: the place may be in what they inherit. Empty where it is about no resource."""


def validate(
    files: Files, kinds: Mapping[str, Kind], locks: Mapping[str, Mapping[str, Record]]
) -> tuple[Problem, ...]:
    """All problems of all documents. `locks` holds the records by environment, for the guard on
    versions; an environment without a lock has nothing to guard."""
    return tuple(found.problem for found in find_problems(files, kinds, locks))


def find_problems(
    files: Files, kinds: Mapping[str, Kind], locks: Mapping[str, Mapping[str, Record]]
) -> tuple[Found, ...]:
    """`validate`, with the documents that each problem was found for."""
    documents = load_documents(files, kinds)
    found: dict[Problem, dict[str, frozenset[str]]] = {p: {} for p in documents.problems}
    if not documents.environments and documents.resources and not documents.environment_problems:
        found[_NO_ENVIRONMENT] = {}
    belongs_to: dict[str, frozenset[str]] = {}
    wanted = {name: resolve(documents, files, name, kinds) for name in documents.environments}
    for name, desired in wanted.items():
        for resource, document in documents.resources.items():
            if resource not in desired.elsewhere:
                belongs_to[document.path] = belongs_to.get(document.path, _NONE) | {name}
        for problem, paths in _in_environment(
            documents, desired, files, kinds, locks.get(name, {})
        ):
            by_environment = found.setdefault(problem, {})
            by_environment[name] = by_environment.get(name, _NONE) | paths
    for problem, path in collisions(wanted.values()):
        found[problem] = {name: frozenset({path}) for name in belongs_to[path]}
    of_all = frozenset((*documents.problems, *shared_problems(documents, kinds)))
    return tuple(
        Found(
            problem if problem in of_all else with_whose(problem, found_in, belongs_to, documents),
            _NONE.union(*found_in.values()),
        )
        for problem, found_in in found.items()
    )


def of_lock(error: LockError) -> Problem:
    """A record that cannot be read, as a problem at its file."""
    return Problem(str(error.code), str(error), Place(error.path, 1, 1), error.advice)


_NONE: frozenset[str] = frozenset()
_NO_ENVIRONMENT = Problem(
    "E219",
    "there is no environment, so no document of a job is checked",
    help="write one, such as environments/local.yaml with `engine: local`",
)


def _in_environment(
    documents: Documents,
    desired: Desired,
    files: Files,
    kinds: Mapping[str, Kind],
    records: Mapping[str, Record],
) -> Iterator[tuple[Problem, frozenset[str]]]:
    """Problems in one environment, each with the paths of the documents it was found for."""
    yield from desired.found_for.items()
    try:
        elsewhere = named_elsewhere(desired, files)
    except LockError as error:
        elsewhere = {}
        yield of_lock(error), _NONE
    settled = settle(desired, records, elsewhere)
    for problem in settled.problems:
        yield problem, _inheriting(problem, desired, settled.unsound)
    for target in settled.targets.values():
        call = request(_with_stand_ins(target), target.physical_name(), desired.revision)
        for problem in problems_of(call, target.resource):
            yield problem, frozenset({target.resource.document})
    plan = make_plan(desired, records, {}, kinds, offline=True, elsewhere=elsewhere)
    where = f" in `{desired.environment.name}`" if len(documents.environments) > 1 else ""
    for note in plan.notes:
        if note.code in GUARDS:
            message = f"`{note.name}`{where}: {note.message}"
            yield Problem(note.code, message, note.place, note.help), _NONE


def _inheriting(problem: Problem, desired: Desired, unsound: frozenset[str]) -> frozenset[str]:
    """Unsound documents that have the line of a problem from a document that they inherit."""
    return frozenset(
        resource.document
        for name, resource in desired.resources.items()
        if name in unsound
        and problem.place
        and any(layer.path == problem.place.path for layer in resource.layers)
    )


def _with_stand_ins(target: Target) -> Target:
    """The target as if every input it waits for were there, to check the rest of the request."""
    environment = target.resource.environment
    stand_ins = {
        "artifact": environment.uri("jobs", "upstream", "output", "model.tar.gz"),
        "name": f"{environment.name_prefix}upstream-{'0' * 10}",
    }
    upstreams = tuple(
        upstream
        if upstream.output
        else replace(upstream, output=stand_ins[upstream.reference.output])
        for upstream in target.upstreams
    )
    return replace(target, upstreams=upstreams)
