"""Carrying out the changes of one pass: first what goes into the lock, then the calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.core.gates import against_previous
from reconciler.core.plan import Action, Change
from reconciler.core.ports import Cloud
from reconciler.core.record import Record, Run, State
from reconciler.errors import ServiceError
from reconciler.reconcile.context import Context, OutcomeLine
from reconciler.reconcile.events import EventType
from reconciler.reconcile.launching import Launch, Result, Tip, adopt, create, prepare, upload
from reconciler.reconcile.observing import Looker
from reconciler.reconcile.planning import View
from reconciler.reconcile.stopping import NothingToStop, NotOurs, delete_ours, stop_ours
from reconciler.reconcile.verifying import OtherContent, verify

SHORTEST_LOGIN = 600
"""Seconds that credentials must still be good for before anything new is launched."""


class Carrier:
    """The changes of one pass on their way from plan to record."""

    def __init__(self, context: Context, cloud: Cloud, seen: View, names: tuple[str, ...]) -> None:
        self._context = context
        self._cloud = cloud
        self._seen = seen
        self._revision = seen.plan.revision
        self._tip = Tip(context, names)
        self._launches: list[Launch] = []
        self._results: list[Result] = []
        self._untold: list[tuple[EventType, Result]] = []

    def prepare(self) -> dict[str, Record]:
        """The records with all that must be in the lock before any call: what was seen, intents,
        adopted runs, versions that point at runs, withdrawn intents."""
        records = dict(self._seen.records)
        for name, physical_name in self._seen.plan.withdrawals:
            run = records[name].runs[physical_name]
            withdrawn = replace(run, state=State.WITHDRAWN)
            records[name] = records[name].with_run(physical_name, withdrawn)
        for change in self._seen.plan.changes:
            records[change.name] = self._prepared(change, self._record(records, change))
        return records

    def _record(self, records: Mapping[str, Record], change: Change) -> Record:
        environment = self._seen.plan.environment.name
        return records.get(change.name) or Record(change.kind, change.name, environment)

    def _prepared(self, change: Change, record: Record) -> Record:
        recorded = record.runs.get(change.physical_name)
        version = change.version
        if change.action is Action.LAUNCH:
            launch = prepare(change, self._revision, self._context, recorded)
            if recorded is None:
                launch = replace(launch, run=against_previous(launch.run, record))
            self._launches.append(launch)
            record = record.with_run(change.physical_name, launch.run)
        elif change.action is Action.ADOPT:
            record = self._adopted(change, record, recorded)
        elif change.action is not Action.REUSE:
            return record
        else:
            self._done(change, recorded, change.why, EventType.REUSED)
        return record if version is None else record.answering(version, change.physical_name)

    def _adopted(self, change: Change, record: Record, recorded: Run | None) -> Record:
        looker = Looker(self._cloud, self._context.kinds)
        assert change.target is not None
        kind = change.target.resource.kind
        seen = looker.look(kind, change.target.live_name if kind.stable else change.physical_name,
                           tags=True)  # fmt: skip
        if seen is None:
            self._results.append(Result(change, recorded, "it is gone again", ok=False))
            return record
        run = adopt(
            change,
            kind.of_run(change.physical_name, seen),
            looker,
            revision=self._revision,
            context=self._context,
            recorded=recorded,
        )
        self._done(change, run, "adopted", EventType.ADOPTED)
        record = record.with_run(change.physical_name, run)
        return record.answering(run.version, change.physical_name)

    def _done(self, change: Change, run: Run | None, message: str, event: EventType) -> None:
        result = Result(change, run, message)
        self._results.append(result)
        self._untold.append((event, result))

    def _tell(self) -> None:
        """Tell what was done, once it is true: what `prepare` did, after the lock has it."""
        for event, result in self._untold:
            change = result.change
            self._context.tell(
                event,
                change.name,
                version=change.version,
                message=result.message,
                physical_name=change.physical_name,
            )
        self._untold.clear()

    def carry_out(self) -> None:
        """Send the calls, one change after the other; a failure is an outcome, and the rest goes
        on. Ends early when a signal came: what is left keeps its intent."""
        self._tell()
        for launch in self._launches:
            if self._context.clock.interrupted():
                return
            self._launch(launch)
        for change in self._seen.plan.changes:
            if self._context.clock.interrupted():
                return
            if change.action in (Action.UPDATE, Action.STOP, Action.DELETE):
                self._send(change)
                self._tell()

    def _launch(self, launch: Launch) -> None:
        change = launch.change
        if self._cloud.login_ends_within(SHORTEST_LOGIN):
            message = "the credentials end in less than 10 minutes; the next run launches it"
            self._results.append(Result(change, launch.run, message, ok=False))
            return
        try:
            upload(change, self._seen.snapshot.files, self._cloud)
            if not self._tip.still_wants(change):
                message = "the tip no longer asks for it; not launched"
                self._results.append(Result(change, launch.run, message))
                return
            unverified = verify(change, self._cloud)
            result = create(launch, self._cloud, self._context, self._revision)
            if result.ok and unverified:
                result = replace(result, message=f"{result.message}; {unverified}")
        except OtherContent as error:
            result = Result(change, launch.run, f"{error}; nothing was created", ok=False)
        except ServiceError as error:
            result = Result(change, launch.run, f"{error}; the intent stays, try again", ok=False)
        self._results.append(result)
        if not result.ok:
            self._context.tell(EventType.FAILED, change.name, version=change.version,
                               message=result.message)  # fmt: skip

    def _send(self, change: Change) -> None:
        record = self._seen.records[change.name]
        run = record.runs[change.physical_name]
        try:
            if change.action is Action.STOP:
                stop_ours(
                    change.physical_name,
                    record,
                    self._cloud,
                    self._context,
                    environment=self._seen.plan.environment,
                    revision=self._revision,
                    unless=lambda: not self._tip.still_without(change.name),
                )
                self._done(change, run, "asked to stop", EventType.STOPPED)
                return
            if change.action is Action.DELETE:
                what = delete_ours(change, record, self._cloud, self._context, self._seen.plan)
                self._done(change, replace(run, gone=run.gone + 1), what, EventType.DELETED)
                return
            for call in change.calls:
                self._cloud.send(call)
        except (ServiceError, NothingToStop, NotOurs) as error:
            self._results.append(Result(change, run, str(error), ok=False))
            return
        self._done(change, _updated(change, run), "updated", EventType.UPDATED)

    def results_joined(self, lock: Mapping[str, Record]) -> dict[str, Record]:
        """The records with the outcomes of the calls that were sent."""
        records: dict[str, Record] = {}
        for result in self._results:
            if result.run is not None:
                name = result.change.name
                record = records.get(name) or lock[name]
                record = record.with_run(result.change.physical_name, result.run)
                if result.change.action is Action.UPDATE and result.change.version is not None:
                    record = record.answering(result.change.version, result.change.physical_name)
                records[name] = record
        return records

    def lines(self) -> list[OutcomeLine]:
        """What became of each change that was tried."""
        return [
            OutcomeLine(
                name=result.change.name,
                kind=result.change.kind,
                version=result.change.version,
                physical_name=result.change.physical_name,
                state=result.run.state if result.run else None,
                message=result.message,
                ok=result.ok,
                run=result.run,
            )
            for result in self._results
        ]


def _updated(change: Change, run: Run) -> Run:
    """The run with its in-place values as the document says them now."""
    assert change.target is not None
    values = change.target.resource.in_place
    if values == (run.in_place or {}).get("values"):
        return run
    revision = (run.in_place or {}).get("revision", 0) + 1
    return replace(run, in_place={"revision": revision, "values": values})
