"""Mutants: the bugs that launchers of paid jobs are known to have, planted one at a time.

Each patches the reconciler, or the store, where the protocol holds the line. Where the code
makes a bug impossible by its shape, the nearest thing is planted, and the docstring says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from random import Random
from typing import Any
from unittest.mock import patch

from reconciler.core import decision, settle
from reconciler.core.call import Call
from reconciler.core.desired import Desired
from reconciler.core.ports import StoredObject
from reconciler.core.record import Record, State
from reconciler.core.resource import Target, digest_of, sha256_of
from reconciler.errors import NameTaken, QuotaExceeded, ServiceError, Throttled, Unanswered
from reconciler.reconcile import applying, carrying, launching, planning
from reconciler.reconcile.launching import Launch, Result
from tests.simulation.evidence import attempt_of, name_of_attempt
from tests.simulation.process import Process
from tests.simulation.reading import read_once
from tests.simulation.store_mutants import STORE_MUTANTS

Mutant = Callable[[], AbstractContextManager[Any]]


class _Cloud:
    """A cloud whose `send` is another one."""

    def __init__(self, cloud: Any, send: Callable[[Any, Call], Mapping[str, Any]]) -> None:
        self._cloud = cloud
        self._send = send

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cloud, name)

    def send(self, call: Call) -> Mapping[str, Any]:
        return self._send(self._cloud, call)


def _sent_again(error: type[ServiceError], rename: Callable[[str], str]) -> Mutant:
    """After an error, Create is sent again under another name."""

    def send(cloud: Any, call: Call) -> Mapping[str, Any]:
        try:
            return dict(cloud.send(call))
        except error:
            name = rename(call.params["TrainingJobName"])
            return dict(cloud.send(replace(call, params={**call.params, "TrainingJobName": name})))

    def create(launch: Launch, cloud: Any, *rest: Any) -> Result:
        return launching.create(launch, _Cloud(cloud, send), *rest)

    return lambda: patch.object(carrying, "create", create)


def _next_attempt(name: str) -> str:
    first, attempt = attempt_of(name)
    return name_of_attempt(first, attempt + 1)


def _counts_as_attempt(error: type[ServiceError]) -> Mutant:
    """An error of Create is recorded as a failed attempt."""

    def create(launch: Launch, cloud: Any, *rest: Any) -> Result:
        caught: list[ServiceError] = []

        def send(inner: Any, call: Call) -> Mapping[str, Any]:
            try:
                return dict(inner.send(call))
            except error as failure:
                caught.append(failure)
                raise

        result = launching.create(launch, _Cloud(cloud, send), *rest)
        if not caught or result.run is None:
            return result
        ended = {"ended": "2000-01-01T00:00:00Z"}
        return replace(
            result, run=replace(result.run, state=State.FAILED, outcome="internal", how=ended)
        )

    return lambda: patch.object(carrying, "create", create)


def naive_random_names() -> AbstractContextManager[Any]:
    """The physical name is made up at each launch."""
    draw = Random(1)

    def physical_name(target: Target, attempt: int = 1) -> str:
        return f"acme-{target.name}-{draw.getrandbits(40):010x}"

    return patch.object(Target, "physical_name", physical_name)


def no_intent() -> AbstractContextManager[Any]:
    """Names are the content, but nothing is written before the launch."""
    prepare = carrying.Carrier.prepare

    def without(carrier: carrying.Carrier) -> dict[str, Record]:
        known = carrier._seen.records
        return {
            name: replace(record, runs=_known_runs(record, known.get(name)))
            for name, record in prepare(carrier).items()
        }

    return patch.object(carrying.Carrier, "prepare", without)


def _known_runs(record: Record, known: Record | None) -> dict[str, Any]:
    """Runs less the intents that are new."""
    return {
        name: run
        for name, run in record.runs.items()
        if run.state is not State.INTENT or (known is not None and name in known.runs)
    }


def create_before_push() -> AbstractContextManager[Any]:
    """Create is sent first, the intent is pushed after it."""
    prepare = carrying.Carrier.prepare

    def eager(carrier: carrying.Carrier) -> dict[str, Record]:
        records = prepare(carrier)
        for launch in carrier._launches:
            try:
                carrier._cloud.send(launch.call)
            except ServiceError:
                continue
        return records

    return patch.object(carrying.Carrier, "prepare", eager)


def not_found_relaunches() -> AbstractContextManager[Any]:
    """A launched run that Describe does not find is launched again as the next attempt."""
    satisfied = decision._satisfied

    def relaunched(case: Any, name: str, run: Any) -> Any:
        if run.state is State.LAUNCHED and name in case.live and case.live[name] is None:
            return decision._launch_or_adopt(case, attempt=run.attempt + 1)
        return satisfied(case, name, run)

    return patch.object(decision, "_satisfied", relaunched)


def push_without_reread() -> AbstractContextManager[Any]:
    """The tip is not read again before Create."""
    return patch.object(launching.Tip, "still_wants", lambda tip, change: True)


def completed_before_head() -> AbstractContextManager[Any]:
    """What Describe says of the artifact is recorded without a look at S3."""

    def believed(looker: Any, seen: Any) -> StoredObject | None:
        return StoredObject(seen.artifact_uri, 10, "etag") if seen.artifact_uri else None

    return patch("reconciler.reconcile.observing.Looker.artifact", believed)


@contextmanager
def stop_without_owner_check() -> Iterator[None]:
    """What is in the lock is stopped, whoever owns what is there now."""

    def unchecked(name: str, record: Record, cloud: Any, context: Any, **_: Any) -> None:
        cloud.send(context.kinds[record.kind].stop(name))

    with (
        patch("reconciler.reconcile.carrying.stop_ours", unchecked),
        patch("reconciler.reconcile.stopping.stop_ours", unchecked),
    ):
        yield


@contextmanager
def stop_on_unreadable() -> Iterator[None]:
    """A document that cannot be read counts as one that is gone."""

    def careless(*arguments: Any, **options: Any) -> Desired:
        return replace(read_once(*arguments, **options), unreadable=False)

    with patch.object(planning, "load", careless), patch.object(launching, "load", careless):
        yield


@contextmanager
def digest_includes_a_default() -> Iterator[None]:
    """The digest holds something that the version of the tool decides."""
    context = Process.context
    newest = ["1"]

    def noted(process: Process, *, version: str) -> Any:
        newest[0] = version
        return context(process, version=version)

    def digest(resource: Any, upstreams: Any) -> str:
        return sha256_of([digest_of(resource, upstreams), newest[0]])

    with patch.object(Process, "context", noted), patch.object(settle, "digest_of", digest):
        yield


def second_plan_apply() -> AbstractContextManager[Any]:
    """An approved plan is applied whatever the plan is by now."""
    one_pass = applying._pass

    def unbound(
        context: Any, cloud: Any, names: Any, journey: Any, approved: str | None
    ) -> planning.View:
        return one_pass(context, cloud, names, journey, None)

    return patch.object(applying, "_pass", unbound)


MUTANTS: dict[str, Mutant] = {
    "naive random names": naive_random_names,
    "ResourceInUse bumps the attempt": _sent_again(NameTaken, _next_attempt),
    "no intent": no_intent,
    "Create before the intent is pushed": create_before_push,
    "new name after a timeout": _sent_again(Unanswered, lambda name: f"{name}-x"),
    "not found, so launched again": not_found_relaunches,
    "text merge of the lock": STORE_MUTANTS["text merge"],
    "force-push": STORE_MUTANTS["force-push"],
    "push without re-read": push_without_reread,
    "completed before HeadObject": completed_before_head,
    "throttle counts as an attempt": _counts_as_attempt(Throttled),
    "quota counts as an attempt": _counts_as_attempt(QuotaExceeded),
    "stop without owner check": stop_without_owner_check,
    "stop on an unreadable document": stop_on_unreadable,
    "event's commit instead of the tip": STORE_MUTANTS["event's commit"],
    "lease with a wall clock": STORE_MUTANTS["lease"],
    "digest includes a default": digest_includes_a_default,
    "lock rewritten from scratch": STORE_MUTANTS["from scratch"],
    "second apply of an approved plan": second_plan_apply,
}
