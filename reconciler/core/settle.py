"""Settle: references become the runs they mean, and resources become targets with a digest."""

from __future__ import annotations

import graphlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.core.desired import Desired
from reconciler.core.gates import failed, gates_failed
from reconciler.core.kind import Reference
from reconciler.core.merge import dotted
from reconciler.core.nodes import place_of
from reconciler.core.ports import Records
from reconciler.core.record import Record, Run, State
from reconciler.core.resource import Resource, Target, Upstream, digest_of, sha256_of
from reconciler.core.suggest import did_you_mean
from reconciler.errors import Place, Problem


@dataclass(frozen=True, slots=True)
class Settled:
    """Targets in an order in which upstream comes first, and what could not be settled."""

    targets: Mapping[str, Target]
    problems: tuple[Problem, ...]
    unsound: frozenset[str]
    """Names whose references are wrong, or lead to a document that is."""


def settle(
    desired: Desired, records: Records, elsewhere: Mapping[str, Records] | None = None
) -> Settled:
    """Fill in references. `elsewhere` holds the locks of other environments that are named."""
    order, problems = _order(desired)
    unsound = set(desired.unsound) | (desired.resources.keys() - set(order))
    targets: dict[str, Target] = {}
    for name in order:
        resource = desired.resources[name]
        found: list[Upstream] = []
        for reference in resource.references:
            result = _Lookup(desired, records, elsewhere or {}, targets, unsound).find(
                resource, reference
            )
            if isinstance(result, Upstream):
                found.append(result)
            else:
                unsound.add(name)
                problems += [result] if result else []
        if name not in unsound:
            digests = {dotted(upstream.reference.path): upstream.digest for upstream in found}
            digest, paths = digest_of(resource, digests), _paths(resource, found, targets)
            targets[name] = Target(resource, digest, tuple(found), paths)
    return Settled(targets, tuple(problems), frozenset(unsound))


def _paths(
    resource: Resource, upstreams: Iterable[Upstream], targets: Mapping[str, Target]
) -> tuple[str, ...]:
    """What a resource follows from in the repository, the nearest first."""
    paths = [resource.document, *(layer.path for layer in reversed(resource.layers))]
    paths += [folder for manifest in resource.manifests for folder in manifest.source.folders]
    for reference in (upstream.reference for upstream in upstreams):
        if reference.environment in (None, resource.environment.name):
            paths += targets[reference.name].paths
    return tuple(dict.fromkeys(paths))


def _order(desired: Desired) -> tuple[list[str], list[Problem]]:
    """Names, upstream first; those on a cycle, or behind one, are left out (E204)."""
    graph = {
        name: {
            reference.name
            for reference in resource.references
            if reference.environment in (None, desired.environment.name)
            and reference.name in desired.resources
        }
        for name, resource in sorted(desired.resources.items())
    }
    problems: list[Problem] = []
    while True:
        try:
            return list(graphlib.TopologicalSorter(graph).static_order()), problems
        except graphlib.CycleError as error:
            cycle = error.args[1]
            problems.append(_cycle(desired, cycle))
            for name in cycle:
                graph.pop(name, None)
            graph = {name: needs - set(cycle) for name, needs in graph.items()}


def _cycle(desired: Desired, cycle: list[str]) -> Problem:
    # graphlib lists a cycle from the needed to the needing; people read it the other way.
    steps = list(itertools.pairwise(reversed(cycle)))
    places = [_place_of_reference(desired.resources[a], b) for a, b in steps]
    return Problem(
        "E204",
        "these jobs wait for each other: " + " → ".join(reversed(cycle)),
        places[0],
        "take one of the references out",
        tuple(
            (f"`{a}` needs `{b}`", place)
            for (a, b), place in zip(steps[1:], places[1:], strict=True)
        ),
    )


def _place_of_reference(resource: Resource, job: str) -> Place:
    path = next(r.path for r in resource.references if r.name == job)
    return place_of(resource.merged, path)


@dataclass(frozen=True, slots=True)
class _Lookup:
    desired: Desired
    records: Records
    elsewhere: Mapping[str, Records]
    targets: Mapping[str, Target]
    unsound: set[str]

    def find(self, resource: Resource, reference: Reference) -> Upstream | Problem | None:
        """The run a reference means; a problem; or None where the cause is told elsewhere."""
        here = self.desired.environment.name
        if reference.environment not in (None, here):
            return self._recorded(
                resource, reference, self.elsewhere.get(reference.environment, {})
            )
        if reference.name in self.unsound:
            return None
        found = self.desired.resources.get(reference.name)
        if found is None or found.kind.name != reference.kind:
            return self._unknown(resource, reference)
        target = self.targets[reference.name]
        if reference.newest and reference.version is None:
            return _newest(reference, self.records.get(reference.name), target.resource)
        if reference.version in (None, target.resource.version):
            record = self.records.get(reference.name)
            return _upstream(reference, effective_digest(target, record), record)
        return self._recorded(resource, reference, self.records)

    def _recorded(
        self, resource: Resource, reference: Reference, records: Records
    ) -> Upstream | Problem:
        """A version that must be in a lock already."""
        record = records.get(reference.name)
        run = record and _run_of(record, reference.version)
        if record and run:
            return _upstream(reference, run.digest, record)
        where = f" in `{reference.environment}`" if reference.environment else ""
        wanted = f"version {reference.version} of `{reference.name}`"
        versions = ", ".join(str(version) for version in sorted(record.versions)) if record else ""
        return Problem(
            "E203",
            f"{wanted if reference.version else f'`{reference.name}`'} is not recorded{where}",
            place_of(resource.merged, (*reference.path, "version")),
            f"recorded versions: {versions}" if versions else "it was never launched there",
        )

    def _unknown(self, resource: Resource, reference: Reference) -> Problem:
        place = place_of(resource.merged, (*reference.path, reference.key))
        here = self.desired.environment.name
        if reference.name in self.desired.elsewhere:
            return Problem(
                "E212",
                f"`{reference.name}` does not belong to the environment `{here}`",
                place,
                f"add `{here}: {{}}` to its `environments:`, or read another environment's"
                f" output: {{{reference.key}: {reference.name}, environment: …}}",
            )
        resources = self.desired.resources
        named = [name for name, found in resources.items() if found.kind.name == reference.kind]
        guess = did_you_mean(reference.name, named)
        help_text = f"did you mean `{guess}`?" if guess else None
        if self.desired.unreadable:
            help_text = "a document could not be read: is it in that one?"
        return Problem("E203", f"there is no {reference.kind} `{reference.name}`", place, help_text)


def effective_digest(target: Target, record: Record | None) -> str:
    """Digest of the run that a document resolves to now.

    That is its own, unless its version is answered by other content already and new content is
    launched only by a new version: then nobody launches the new content (stale, held, behind).
    """
    resource = target.resource
    if record is None:
        return target.digest
    version = resource.version if resource.pinned is None else resource.pinned
    answer = _run_of(record, version)
    if answer is None:
        return target.digest
    moves = resource.launches_on_change or record.runs_of_digest(target.digest)
    return target.digest if moves and version == resource.version else answer.digest


def _run_of(record: Record, version: int | None) -> Run | None:
    """The run that answers a version, or (None) the highest version that has one."""
    if version is None:
        last = record.last_run()
        return last[1] if last else None
    name = record.run_of_version(version)
    return record.runs.get(name) if name else None


def _newest(reference: Reference, record: Record | None, resource: Resource) -> Upstream:
    """The newest completed run whose gates did not fail; and why a newer one is passed over.

    Versions above the one that is asked for now do not count: they were reverted, or wait.
    """
    wanted = resource.version if resource.pinned is None else resource.pinned
    passed_over: str | None = None
    for version, name, run in _newest_first(record) if record else ():
        if version > wanted or run.state.rank == 0:
            continue
        if record and output_of(run, reference, name) is not None:
            return replace(_upstream(reference, run.digest, record), passed_over=passed_over)
        passed_over = passed_over or _waits_for(f"{reference.name} {version}", run, reference)
    waits_for = passed_over or f"{reference.name} was not launched yet"
    return Upstream(reference, sha256_of([reference.name]), None, None, waits_for)


def _newest_first(record: Record) -> Iterator[tuple[int, str, Run]]:
    """Runs by falling version; of one version the run that answers it first, then earlier ones."""
    for version, names in sorted(record.versions.items(), reverse=True):
        for name in sorted(names, key=lambda name: (names[name], name), reverse=True):
            if name in record.runs:
                yield version, name, record.runs[name]


def _upstream(reference: Reference, digest: str, record: Record | None) -> Upstream:
    runs = record.runs_of_digest(digest) if record else {}
    live = [
        (name, run)
        for name, run in runs.items()
        if run.state is not State.WITHDRAWN and not run.is_gone
    ]
    for name, run in reversed(live):
        output = output_of(run, reference, name)
        if output is not None:
            return Upstream(reference, digest, name, output)
    if not live:
        waits_for = f"{reference.name} was not launched yet"
        if reference.output == "name":
            waits_for = f"{reference.name} was not created yet"
        return Upstream(reference, digest, None, None, waits_for)
    name, run = live[-1]
    return Upstream(reference, digest, name, None, _waits_for(reference.name, run, reference))


def output_of(run: Run, reference: Reference, physical_name: str | None) -> str | None:
    """What others may build on: the artifact's URI, or the physical name; None as long as it is
    not there."""
    if reference.output == "name":
        return physical_name if run.state is State.COMPLETED and not run.is_gone else None
    return usable_artifact(run)


def usable_artifact(run: Run) -> str | None:
    """URI of the artifact that others may build on: completed, there, its gates not failed."""
    if run.state is not State.COMPLETED or not run.artifact or run.artifact.get("partial"):
        return None
    return None if failed(run.gates) else str(run.artifact["uri"])


def _waits_for(what: str, run: Run, reference: Reference) -> str:
    if run.state is State.COMPLETED:
        if not failed(run.gates):
            return f"the artifact of {what} is missing: run it again (reconciler rerun {what})"
        return f"{what}: {gates_failed(run.gates)}"
    if run.state.ended or run.state is State.REFUSED:
        return f"{what} {run.end}"
    return f"{what} is being created" if reference.output == "name" else f"{what} is running"
