"""Reading documents, each content once: what takes real reconcilers milliseconds at each look.

Only pure functions are memoised, by all that they are given; schedules share what they read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any
from unittest.mock import patch

from reconciler.core import building, documents
from reconciler.core.call import Call
from reconciler.core.desired import Desired, load
from reconciler.core.documents import Documents, Parsed
from reconciler.core.environment import Environment
from reconciler.core.files import Files
from reconciler.core.kind import Kind
from reconciler.core.requests import problems_of
from reconciler.core.resource import FileEntry, Resource, digest_of
from reconciler.errors import Problem
from reconciler.kinds import KINDS
from reconciler.kinds.training_job.kind import TrainingJob
from reconciler.kinds.training_job.spec import TrainingJobSpec
from tests.simulation.documents import NAME, Tree, TreeFiles, files_of, revision

_parse = documents._parse
_build = building.build_resource
_digest = digest_of
_terms_of = Resource.terms.fget  # type: ignore[attr-defined]
_in_place = TrainingJob.in_place_values
_parsed: dict[tuple[str, str], Parsed] = {}
_built: dict[tuple[str, str, str], Resource] = {}
_digests: dict[tuple[int, tuple[tuple[str, str], ...]], str] = {}
_in_places: dict[int, dict[str, Any]] = {}
_terms: dict[int, str] = {}
_problems: dict[int, list[Problem]] = {}


@contextmanager
def memoised() -> Iterator[None]:
    """Documents are read once for each content."""
    with (
        patch("reconciler.reconcile.planning.load", read_once),
        patch("reconciler.reconcile.launching.load", read_once),
        patch("reconciler.core.documents._parse", _parse_once),
        patch("reconciler.core.desired.build_resource", _build_once),
        patch("reconciler.core.settle.digest_of", _digest_once),
        patch("reconciler.core.planner.problems_of", _problems_once),
        patch.object(TrainingJob, "in_place_values", _in_place_once),
        patch.object(Resource, "terms", property(_terms_once)),
    ):
        yield


def desired_of(tree: Tree, number: int = 0) -> Desired:
    """What the documents of a commit ask for."""
    return replace(_desired(tree), revision=revision(number))


def read_once(
    files: Files, environment: str, kinds: Mapping[str, Kind], *, tried: Sequence[str] = ()
) -> Desired:
    """`core.desired.load` for trees of the simulation."""
    assert isinstance(files, TreeFiles) and environment == NAME
    return replace(_desired(files.tree), revision=files.revision)


@cache
def _desired(tree: Tree) -> Desired:
    return load(files_of(tree), NAME, KINDS)


def _parse_once(entry: FileEntry, text: bytes, kinds: Mapping[str, Kind]) -> Parsed:
    key = entry.path, entry.blob
    if key not in _parsed:
        _parsed[key] = _parse(entry, text, kinds)
    return _parsed[key]


def _build_once(
    document: Parsed,
    parsed: Documents,
    files: Files,
    environment: Environment,
    kinds: Mapping[str, Kind],
) -> Resource:
    """Besides the document only the environment's differs between trees."""
    key = document.path, document.blob, parsed.environment_documents[environment.name].blob
    if key not in _built:
        _built[key] = _build(document, parsed, files, environment, kinds)
    return _built[key]


def _digest_once(resource: Resource, upstreams: Mapping[str, str]) -> str:
    """`_built` keeps every resource, so that its id names it."""
    key = id(resource), tuple(upstreams.items())
    if key not in _digests:
        _digests[key] = _digest(resource, upstreams)
    return _digests[key]


def _problems_once(call: Call, resource: Resource) -> list[Problem]:
    """Requests for one resource differ in names, inputs and tags, which are all well here."""
    if id(resource) not in _problems:
        _problems[id(resource)] = list(problems_of(call, resource))
    return _problems[id(resource)]


def _in_place_once(kind: TrainingJob, spec: TrainingJobSpec) -> dict[str, Any]:
    """A spec lives as long as its resource."""
    if id(spec) not in _in_places:
        _in_places[id(spec)] = _in_place(kind, spec)
    return dict(_in_places[id(spec)])


def _terms_once(resource: Resource) -> str:
    """Those of a resource that was built once."""
    if id(resource) not in _terms:
        assert _terms_of is not None
        _terms[id(resource)] = _terms_of(resource)
    return _terms[id(resource)]
