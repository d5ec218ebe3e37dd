"""The journey of audit: hold the lock against its commits, itself, SageMaker and S3. Read-only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from reconciler.core.consistency import inconsistencies, read_file
from reconciler.core.environment import Environment
from reconciler.core.evidence import (
    MALFORMED,
    AuditFinding,
    Version,
    Witness,
    contradictions,
    foreign_touches,
    losses,
    service_contradictions,
    settled,
    wants_proof,
    written_by_us,
)
from reconciler.core.kind import Kind
from reconciler.core.ports import Cloud
from reconciler.core.record import Record
from reconciler.core.repair import Touch, of_path
from reconciler.core.resource import Revision, live_name
from reconciler.errors import ServiceError
from reconciler.reconcile.observing import Looker


class LockHistory(Protocol):
    """The commits of the checkout that touched the lock."""

    def touches(self, environment: str) -> Sequence[Touch]:
        """Every commit that wrote or removed a file of an environment's lock, newest first."""

    def mainline(self, environment: str) -> frozenset[str]:
        """Commits among them along first parents: each has the files that the one before left."""

    def contents(self, blobs: Iterable[str]) -> Mapping[str, bytes]:
        """What was written, by git's id."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found about some files of the lock."""

    findings: tuple[AuditFinding, ...] = ()
    """What speaks against the lock as it is."""
    put_right: tuple[AuditFinding, ...] = ()
    """What did, until a later commit of the reconciler's bytes."""
    unproven: tuple[AuditFinding, ...] = ()
    """Runs about which SageMaker or S3 gave no answer: neither proven nor refuted."""
    files: int = 0
    """How many files there are."""
    proven: int = 0
    """How many runs SageMaker and S3 confirmed."""
    unwatched: tuple[str, ...] = ()
    """Environments of which nobody can tell who may have changed the lock: people commit it."""

    def __add__(self, other: Audit) -> Audit:
        return Audit(
            (*self.findings, *other.findings),
            (*self.put_right, *other.put_right),
            (*self.unproven, *other.unproven),
            self.files + other.files,
            self.proven + other.proven,
            (*self.unwatched, *other.unwatched),
        )


@dataclass(frozen=True, slots=True)
class Auditor:
    """Audits the lock of one environment."""

    name: str
    environment: Environment | None
    """Its document; None if there is none any more."""
    kinds: Mapping[str, Kind]
    history: LockHistory
    paths: tuple[str, ...] = ()
    """Files and folders to look at; none means all."""

    def audit(self, contents: Mapping[str, bytes]) -> tuple[Audit, dict[str, Record]]:
        """Hold files of the lock against their commits and themselves.

        `contents` are the files as they lie in the working tree. Also gives the records that can
        be read, by path. Raises NewerLock for a newer format.
        """
        contents = {path: content for path, content in contents.items() if self._wants(path)}
        touches = [touch for touch in self.history.touches(self.name) if self._wants(touch.path)]
        pushed = self._is_pushed(touches)
        findings = list(foreign_touches(touches)) if pushed else []
        records: dict[str, Record] = {}
        for path, content in contents.items():
            record, wrong = read_file(path, content)
            findings += wrong
            if record is None:
                continue
            try:
                told = list(inconsistencies(record, self.kinds, self.environment))
                records[path] = record
            except MALFORMED as error:
                told = [(None, f"it holds what the reconciler does not write ({error})")]
            findings += (AuditFinding(path, Witness.RECORD, what, run=run) for run, what in told)
        versions: dict[str, list[Version]] = {}
        findings += self._losses(touches, contents, records, versions)
        order = {touch.commit: rank for rank, touch in enumerate(reversed(touches))}
        judged = [settled(finding, versions.get(finding.path, ()), order) for finding in findings]
        audit = Audit(
            findings=tuple(finding for finding in judged if not finding.put_right),
            put_right=tuple(finding for finding in judged if finding.put_right),
            files=len(contents),
            unwatched=() if pushed or not touches else (self.name,),
        )
        return audit, records

    def _is_pushed(self, touches: Iterable[Touch]) -> bool:
        """Whether the reconciler commits this lock. That of a local engine it writes into the
        working tree; who commits it then is nobody's business."""
        is_local = self.environment is not None and self.environment.local
        return not is_local or any(touch.ours for touch in touches)

    def _wants(self, path: str) -> bool:
        return not self.paths or any(f"{path}/".startswith(f"{wanted}/") for wanted in self.paths)

    def _losses(
        self,
        touches: Sequence[Touch],
        contents: Mapping[str, bytes],
        records: Mapping[str, Record],
        versions_of: dict[str, list[Version]],
    ) -> Iterator[AuditFinding]:
        """What the history of each file speaks against; also gives the versions of each."""
        mainline = self.history.mainline(self.name)
        written = written_by_us(touches)
        by_path = of_path(touch for touch in touches if touch.commit in mainline)
        for path in sorted({*by_path, *contents}):
            group = by_path.get(path, [])
            versions, unreadable = self._versions(group[::-1], written)
            yield from unreadable
            if contents.get(path) != self._committed(group):
                yield from self._uncommitted(path)
                if path in records or path not in contents:
                    versions.append(Version(None, records.get(path), ours=False))
            versions_of[path] = versions
            yield from losses(path, versions)

    def _versions(
        self, touches: Iterable[Touch], written: Collection[tuple[str, str | None]]
    ) -> tuple[list[Version], list[AuditFinding]]:
        """The versions of a file in the order of their commits, and what nobody can read."""
        versions: list[Version] = []
        unreadable: list[AuditFinding] = []
        for touch in touches:
            record = None
            if touch.blob is not None:
                content = self.history.contents([touch.blob])[touch.blob]
                record, wrong = read_file(touch.path, content)
                if record is None:
                    unreadable += (replace(finding, commit=touch.commit) for finding in wrong)
                    continue
            ours = (touch.path, touch.blob) in written
            versions.append(Version(touch.commit, record, ours))
        return versions, unreadable

    def _committed(self, touches: Sequence[Touch]) -> bytes | None:
        """What the newest of the commits of one file left; None where there is no file."""
        blob = touches[0].blob if touches else None
        return self.history.contents([blob])[blob] if blob else None

    def _uncommitted(self, path: str) -> Iterator[AuditFinding]:
        """A file that differs from its last commit; on the local engine that is how it is, since
        the reconciler writes the working tree."""
        if self.environment is None or not self.environment.local:
            told = "it is not as the last commit left it, and the reconciler writes no checkout"
            yield AuditFinding(path, Witness.AUTHOR, told)


def prove(
    records: Mapping[str, Record],
    cloud: Cloud,
    kinds: Mapping[str, Kind],
    *,
    environment: Environment,
    revision: Revision,
) -> Audit:
    """Hold every launched run of some records (by path) against SageMaker and S3.

    A look that is refused, throttled or not answered refutes nothing.
    """
    looker = Looker(cloud, kinds)
    total = Audit()
    for path, record in records.items():
        if record.kind not in kinds:
            continue
        for name in (name for name, run in record.runs.items() if wants_proof(run)):
            total += _proof(path, record, name, looker, environment=environment, revision=revision)
    return total


def _proof(
    path: str,
    record: Record,
    name: str,
    looker: Looker,
    *,
    environment: Environment,
    revision: Revision,
) -> Audit:
    kind = looker.kinds[record.kind]
    live = live_name(kind, environment, record.name, name)
    serves = kind.stable and record.last_run() == (name, record.runs[name])
    try:
        seen = looker.look_at_run(kind, name)
        stored = looker.artifact(seen) if seen is not None else None
        served = looker.look(kind, live, tags=False) if serves else None
    except ServiceError as error:
        return Audit(unproven=(AuditFinding(path, Witness.LIVE, str(error), run=name),))
    try:
        found = list(
            contradictions(
                record, name, seen, stored, kind=kind, environment=environment, revision=revision
            )
        )
        found += service_contradictions(record, live, served, kind) if serves else ()
    except MALFORMED as error:
        found = [f"it holds what the reconciler does not write ({error})"]
    findings = tuple(AuditFinding(path, Witness.LIVE, what, run=name) for what in found)
    return Audit(findings, proven=0 if findings else 1)
