"""Validate: every document in every environment, without network, the requests included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from reconciler.core.desired import Desired, resolve
from reconciler.core.documents import load_documents
from reconciler.core.files import Files
from reconciler.core.kind import Kind
from reconciler.core.launching import request
from reconciler.core.lock import named_elsewhere
from reconciler.core.plan import Note
from reconciler.core.planner import make_plan
from reconciler.core.record import Record
from reconciler.core.requests import problems_of
from reconciler.core.resource import Target
from reconciler.core.settle import settle
from reconciler.errors import InvalidDocuments, Problem

GUARDS = frozenset({"E201", "E209", "E228"})
"""Numbers of the notes of a plan that a document is wrong about."""


def validate(
    files: Files, kinds: Mapping[str, Kind], locks: Mapping[str, Mapping[str, Record]]
) -> tuple[Problem, ...]:
    """All problems of all documents. `locks` holds the records by environment, for the guard on
    versions; an environment without a lock has nothing to guard."""
    documents = load_documents(files, kinds)
    problems: list[Problem] = list(documents.problems)
    for name in documents.environments:
        try:
            desired = resolve(documents, files, name, kinds)
        except InvalidDocuments as error:
            problems.extend(error.problems)
            continue
        problems.extend(desired.problems)
        problems.extend(_in_environment(desired, files, kinds, locks.get(name, {})))
    return tuple(dict.fromkeys(problems))


def _in_environment(
    desired: Desired, files: Files, kinds: Mapping[str, Kind], records: Mapping[str, Record]
) -> Iterator[Problem]:
    elsewhere = named_elsewhere(desired, files)
    settled = settle(desired, records, elsewhere)
    yield from settled.problems
    for target in settled.targets.values():
        call = request(_with_stand_ins(target), target.physical_name(), desired.revision)
        yield from problems_of(call, target.resource)
    plan = make_plan(desired, records, {}, kinds, offline=True, elsewhere=elsewhere)
    yield from (_guarded(note) for note in plan.notes if note.code in GUARDS)


def _guarded(note: Note) -> Problem:
    return Problem(str(note.code), f"`{note.name}`: {note.message}", note.place, note.help)


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
