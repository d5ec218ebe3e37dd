"""Logs: the lines that a run wrote, all or the last ones, once or until it ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.core.ports import Cloud, LogLine
from reconciler.core.record import Run, State
from reconciler.errors import ReconcilerError
from reconciler.reconcile.context import Context
from reconciler.reconcile.looking import run_of
from reconciler.reconcile.observing import Looker
from reconciler.reconcile.planning import read

_LATE_MS = 60_000
"""How much later than another's a line may be delivered: each host's agent sends when it likes."""
_BACK_MS = (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
"""How far back the last lines are looked for, before all is read."""
_Wants = Callable[[LogLine], bool]
_NEVER_STARTED = (State.INTENT, State.WITHDRAWN, State.REFUSED, State.CONFLICT)


class NoLog(ReconcilerError):
    """The run never started on SageMaker, so it has no log."""


class UnknownHost(ReconcilerError):
    """No host of that name wrote a line into the log."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines of a log are asked for."""

    since: int = 0
    """Milliseconds since 1970."""
    tail: int | None = None
    """Only so many, the last ones."""
    host: str | None = None
    matches: Callable[[str], object] | None = None
    """Whether a text is asked for, by its truth."""

    def wants(self, line: LogLine) -> bool:
        """Whether a line is asked for."""
        return self.host in (None, line.host) and (
            self.matches is None or bool(self.matches(line.text))
        )


@dataclass(slots=True)
class _Log:
    """A log that is read again and again, each line given once."""

    cloud: Cloud
    physical_name: str
    hosts: set[str] = field(default_factory=set)
    newest: int = 0
    told: set[str] = field(default_factory=set)
    order: deque[tuple[int, str]] = field(default_factory=deque)
    """What is in `told` with its time, to forget what no later answer can hold."""

    def lines(self, since: int) -> Iterator[LogLine]:
        """The lines from `since` (milliseconds) on that were not given before."""
        for line in self.cloud.log(self.physical_name, since=since):
            if line.event_id not in self.told:
                self._remember(line)
                yield line

    def last(
        self,
        count: int,
        *,
        end: str,
        since: int = 0,
        wants: Callable[[LogLine], bool] | None = None,
    ) -> list[LogLine]:
        """The last lines that are wanted, looked for back from `end` (ISO 8601)."""
        until = int(datetime.fromisoformat(end).timestamp() * 1000)
        for start in (*(until - back for back in _BACK_MS), since):
            self.told.clear()
            self.order.clear()
            found = deque(filter(wants, self.lines(max(start, since))), maxlen=count)
            if len(found) == count or start <= since:
                break
        return list(found)

    def require(self, asked: Asked) -> None:
        """Raise UnknownHost where the whole log was read, and the host wrote none of its lines."""
        if asked.since == 0 and asked.host and self.hosts and asked.host not in self.hosts:
            raise UnknownHost(
                f"host {asked.host} wrote no line of this log",
                advice=f"there is: {', '.join(sorted(self.hosts))}",
            )

    def _remember(self, line: LogLine) -> None:
        self.hosts.add(line.host)
        self.newest = max(self.newest, line.at)
        self.told.add(line.event_id)
        self.order.append((line.at, line.event_id))
        while self.order[0][0] < self.newest - _LATE_MS:
            self.told.discard(self.order.popleft()[1])


def logs(
    context: Context,
    name: str,
    version: int | None = None,
    *,
    asked: Asked = Asked(),
    follow: bool = False,
) -> Iterator[LogLine]:
    """Lines of a run's log, oldest first.

    With `follow`, goes on until the run has ended or a signal came. Raises UnknownHost when the
    log, read from its beginning, has lines but none of the host that is asked for.
    """
    physical_name, record, run = run_of(context, name, version)
    if run.state in _NEVER_STARTED:
        raise NoLog(
            f"there is no log of {name}@{run.version}: it never started ({run.end})",
            advice=f"see: reconciler plan {name} -e {context.environment}",
        )
    _, desired = read(context, names=[name])
    cloud = context.checked_cloud(desired.environment)
    log = _Log(cloud, physical_name)
    looker = Looker(cloud, context.kinds)
    since = asked.since
    while True:
        # Look first: lines written before the end are then all there.
        seen = looker.look(context.kinds[record.kind], physical_name, tags=False)
        if asked.tail is not None and not log.newest:
            end = _end(run, context)
            yield from log.last(asked.tail, end=end, since=since, wants=asked.wants)
        else:
            yield from filter(asked.wants, log.lines(since))
        ended = run.state.ended or seen is None or seen.outcome is not None
        if not follow or ended or context.clock.interrupted():
            break
        since = max(since, log.newest - _LATE_MS)
        context.clock.sleep(min(context.poll_seconds, 2.0))
    log.require(asked)


def last_lines(context: Context, cloud: Cloud, name: str, run: Run, count: int) -> list[LogLine]:
    """The end of the log of the run of that physical name."""
    return _Log(cloud, name).last(count, end=_end(run, context))


def _end(run: Run, context: Context) -> str:
    return str((run.how or {}).get("ended") or context.clock.now())
