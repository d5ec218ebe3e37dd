"""What an audit found, as text and as JSON: a line each, with its file and what differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from reconciler.core.evidence import AuditFinding
from reconciler.render.inert import inert
from reconciler.render.theme import Theme
from reconciler.render.values import counted, shorten

_LONGEST = 400
_COMMIT = 10


class AuditRows(Protocol):
    """What an audit found (`reconcile.auditing.Audit`)."""

    @property
    def findings(self) -> Sequence[AuditFinding]: ...
    @property
    def put_right(self) -> Sequence[AuditFinding]: ...
    @property
    def unproven(self) -> Sequence[AuditFinding]: ...
    @property
    def files(self) -> int: ...
    @property
    def proven(self) -> int: ...
    @property
    def unwatched(self) -> Sequence[str]: ...


def audit_text(audit: AuditRows, theme: Theme, *, online: bool) -> str:
    """A line per finding, a line per run that nobody could say anything about, and the sum."""
    lines = list(_lines(audit, theme))
    lines.append(_sum(audit, theme, online=online))
    return "\n".join(lines) + "\n"


def audit_document(audit: AuditRows, *, online: bool) -> dict[str, Any]:
    """`reconciler/audit/v1`."""
    return {
        "format": "reconciler/audit/v1",
        "online": online,
        "files": audit.files,
        "proven": audit.proven,
        "findings": [_data(finding) for finding in audit.findings],
        "put_right": [{**_data(f), "put_right": f.put_right} for f in audit.put_right],
        "unproven": [_data(finding) for finding in audit.unproven],
        "unwatched": list(audit.unwatched),
    }


def _lines(audit: AuditRows, theme: Theme) -> Iterator[str]:
    for finding in audit.put_right:
        right = (finding.put_right or "")[:_COMMIT]
        yield theme.paint(theme.symbols.good, "good") + f" {_line(finding)}: put right by {right}"
    for finding in audit.findings:
        yield theme.paint(theme.symbols.bad, "bad") + f" {_line(finding)}"
    for finding in audit.unproven:
        yield theme.paint(theme.symbols.wait, "warn") + f" {_line(finding)}: could not be proved"


def _line(finding: AuditFinding) -> str:
    where = [finding.path]
    where += [f"commit {finding.commit[:_COMMIT]}"] if finding.commit else []
    where += [finding.run] if finding.run else []
    return ": ".join(inert(shorten(part, _LONGEST)) for part in (*where, finding.message))


def _sum(audit: AuditRows, theme: Theme, *, online: bool) -> str:
    checked = counted(audit.files, "record")
    if online:
        proven = counted(audit.proven, "run")
        checked += f", {proven} proven by SageMaker and S3"
        if audit.unproven:
            checked += f", {len(audit.unproven)} without an answer"
    if audit.put_right:
        checked += f", {counted(len(audit.put_right), 'finding')} of the past put right"
    if audit.findings:
        found = counted(len(audit.findings), "finding")
        return theme.paint(f"{found} in {checked}.", "bad")
    sign = theme.paint(theme.symbols.good, "good")
    more = "" if online else " --online asks SageMaker and S3 too."
    if audit.unwatched:
        names = ", ".join(map(inert, audit.unwatched))
        told = f"people commit the lock of {names}, so who changed it was not checked"
        return f"{sign} No record contradicts itself: {checked}; {told}.{more}"
    return f"{sign} Nothing speaks against the lock: {checked}.{more}"


def _data(finding: AuditFinding) -> dict[str, Any]:
    return {
        "path": finding.path,
        "witness": finding.witness.value,
        "message": finding.message,
        "run": finding.run,
        "commit": finding.commit,
    }
