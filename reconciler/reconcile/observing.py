"""Observing: look at SageMaker and S3, and join what was seen into the records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.core import ownership
from reconciler.core.adoption import sweep_tags, swept
from reconciler.core.call import Call
from reconciler.core.desired import Desired
from reconciler.core.kind import Kind
from reconciler.core.live import Live, Observation, Phase
from reconciler.core.plan import Note, Standing
from reconciler.core.ports import Cloud, Records, StoredObject
from reconciler.core.progress import advance, wants_a_look
from reconciler.core.record import Record, Run
from reconciler.core.resource import live_name
from reconciler.errors import AccessDenied, ServiceError, Throttled, Unanswered

_LATER = (Throttled, Unanswered)
"""Answers that tell nothing: the same question may be answered the next time."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A run that ended, and whose end is not recorded: S3 did not show its artifact."""

    record: Record
    physical_name: str
    run: Run
    uri: str
    error: ServiceError

    @property
    def ends_later(self) -> bool:
        """Whether the next look may see it, without anybody doing anything."""
        return isinstance(self.error, _LATER)

    @property
    def note(self) -> Note:
        """What a plan says of it."""
        what = "end" if self.run.state.moving else "artifact"
        message = f"it ended, but {self.uri} could not be looked at, so its {what} is not recorded"
        cure = "let the role that asks s3:GetObject it, and s3:ListBucket its bucket"
        return Note(
            standing=Standing.HELD,
            kind=self.record.kind,
            name=self.record.name,
            message=f"{message}: {self.error}",
            version=self.run.version,
            physical_name=self.physical_name,
            code=self.error.code,
            help=cure if isinstance(self.error, AccessDenied) else "the next run looks again",
            digest=self.run.digest,
        )


def tags_at(cloud: Cloud, arn: str) -> dict[str, str]:
    """The tags of anything on SageMaker. Raises ServiceError."""
    answer = cloud.send(Call("ListTags", {"ResourceArn": arn}))
    return {tag["Key"]: tag["Value"] for tag in answer.get("Tags", ())}


@dataclass(frozen=True, slots=True)
class Looker:
    """Looks at things of one environment through the kinds' own calls."""

    cloud: Cloud
    kinds: Mapping[str, Kind]

    def look(self, kind: Kind, name: str, *, tags: bool) -> Observation | None:
        """What is there under a live name; None when the service says that nothing is.

        Raises Throttled or Unanswered when the answer told nothing.
        """
        return self._look(kind, kind.look_live(name), tags=tags)

    def look_at_run(self, kind: Kind, physical_name: str) -> Observation | None:
        """What is there under a run's own name, with its tags."""
        return self._look(kind, kind.look(physical_name), tags=True)

    def _look(self, kind: Kind, call: Call, *, tags: bool) -> Observation | None:
        try:
            seen = kind.observe(self.cloud.send(call))
        except ServiceError as error:
            if kind.is_missing(error):
                return None
            raise
        return replace(seen, tags=tags_at(self.cloud, seen.arn)) if tags else seen

    def observe(self, wanted: Mapping[str, tuple[str, bool]]) -> Live:
        """Look at live names (→ kind, whether tags matter). What could not be learnt is left out:
        not knowing is never a reason to act."""
        live: dict[str, Observation | None] = {}
        for physical_name, (kind, tags) in wanted.items():
            try:
                live[physical_name] = self.look(self.kinds[kind], physical_name, tags=tags)
            except _LATER:
                continue
        return live

    def advanced(
        self, records: Records, live: Live, desired: Desired
    ) -> tuple[dict[str, Record], tuple[Unseen, ...]]:
        """The records with all that was seen of their runs, and the runs whose artifact S3 did not
        show. What is there under the name of an intent counts only if it is what was intended; then
        whoever still wants it does not matter.
        """
        unseen: list[Unseen] = []
        found = {n: self._advanced(record, live, desired, unseen) for n, record in records.items()}
        return found, tuple(unseen)

    def _advanced(
        self, record: Record, live: Live, desired: Desired, unseen: list[Unseen]
    ) -> Record:
        kind, environment = self.kinds[record.kind], desired.environment
        runs = dict(record.runs)
        for physical_name, run in runs.items():
            seen = live.get(live_name(kind, environment, record.name, physical_name))
            if seen is None or not wants_a_look(run, kind):
                continue
            own = kind.of_run(physical_name, seen)
            if run.state.rank > 0 or _is_intended(record.name, run, kind, own, desired):
                own, artifact, error = self.with_artifact(own)
                runs[physical_name] = advance(run, own, environment, artifact)
                if error is not None:
                    uri = str(own.artifact_uri)
                    unseen.append(Unseen(record, physical_name, runs[physical_name], uri, error))
        return replace(record, runs=runs)

    def with_artifact(
        self, seen: Observation
    ) -> tuple[Observation, StoredObject | None, ServiceError | None]:
        """What was seen, what S3 holds of its artifact, and why S3 did not show it.

        A run that completed then counts as one that goes on: `completed` is recorded only after a
        look at its artifact. One that failed or was stopped may have left none, which S3 refuses
        to tell whoever may not list the bucket, and its end is known without.
        """
        try:
            return seen, self.artifact(seen), None
        except ServiceError as error:
            if seen.phase is not Phase.READY and not isinstance(error, _LATER):
                return seen, None, None
            return replace(seen, phase=Phase.PROGRESSING), None, error

    def artifact(self, seen: Observation) -> StoredObject | None:
        """What S3 holds of an ended run's artifact; the URI alone proves nothing.

        Raises ServiceError.
        """
        if seen.phase is Phase.PROGRESSING or seen.artifact_uri is None:
            return None
        return self.cloud.head(seen.artifact_uri)


def _is_intended(name: str, run: Run, kind: Kind, seen: Observation, desired: Desired) -> bool:
    """Whether what is there is the paid run that an intent was written for."""
    tags = seen.tags or {}
    return (
        kind.paid_runs
        and ownership.is_ours(tags, name, desired.environment, desired.revision)
        and tags.get(ownership.DIGEST) == run.digest
        and not kind.same(Call("", run.request or {}), seen)
    )


def sweep(looker: Looker, desired: Desired, recorded: Mapping[str, Any]) -> dict[str, Record]:
    """Records of all that is ours, found by its tags.

    Raises ServiceError when the search is refused: an empty answer and none are not the same.
    """
    tags = sweep_tags(desired.environment, desired.revision)
    found = [
        (kind.name, *looker.with_artifact(seen)[:2])
        for kind in looker.kinds.values()
        for seen in _search(looker, kind, tags)
    ]
    return swept(found, desired.environment, desired.revision, recorded)


def _search(looker: Looker, kind: Kind, tags: Mapping[str, str]) -> Iterator[Observation]:
    call = kind.search(tags, None)
    while call is not None:
        answer = looker.cloud.send(call)
        yield from kind.found(answer)
        token = answer.get("NextToken")
        call = kind.search(tags, token) if token else None
