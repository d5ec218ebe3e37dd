"""What a plan says about one resource, as a row of a table and as a block to unfold.

Stands between `core/plan.py` and `render/markdown_plan.py`, which puts the comment together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.core.images import Image
from reconciler.core.plan import Action, Change, FieldChange, Note, Plan, Standing
from reconciler.core.resource import Revision
from reconciler.errors import Place
from reconciler.render.compute import bound_text, compute_text
from reconciler.render.inert import inert
from reconciler.render.markdown import code, fenced, html_code, link, prose, source_url
from reconciler.render.spending import last_runs_text, under_way_text
from reconciler.render.theme import Theme
from reconciler.render.values import counted, shorten, value_text

_RISK: tuple[Action | Standing, ...] = (
    Standing.CONFLICT,
    Action.DELETE,
    Action.STOP,
    Action.LAUNCH,
    Standing.HELD,
    Action.UPDATE,
    Standing.FAILED,
    Standing.DRIFTED,
    Standing.STALE,
    Standing.NO_LONGER_APPLICABLE,
    Standing.ORPHANED,
    Standing.BEHIND,
    Standing.DEFERRED,
    Action.ADOPT,
    Action.REUSE,
)
"""What a reviewer should see first. In sync and running are counted only."""

_LONGEST = 300
"""Characters of a message: a reason of SageMaker's may have 1,024."""
_FIELDS_NAMED = 2
_FIELDS_SHOWN = 100
_PATH_WIDTH = 44
_THEME = Theme()


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource that a reviewer should look at."""

    decided: Change | Note
    revision: Revision
    is_of_another: bool = False
    """Whether the pull request that is commented on is not about it."""

    def row(self, *, brief: bool) -> str:
        """Its row in the table. A brief one names no changed field, no earlier run and has no link:
        hundreds of them fit into a comment."""
        why = self._why(named=0 if brief else _FIELDS_NAMED)
        compute = self._compute(looks_back=not brief)
        cells = (f"{self.sign} {self.word}", self._title(linked=not brief), why, compute)
        return f"| {' | '.join(cells)} |"

    @property
    def kind_of(self) -> Action | Standing:
        """What is done, or why nothing is."""
        decided = self.decided
        return decided.action if isinstance(decided, Change) else decided.standing

    @property
    def sign(self) -> str:
        """The sign that people see before it."""
        return sign_of(self.kind_of)

    @property
    def word(self) -> str:
        """The action or the standing in a word."""
        return self.kind_of.value

    @property
    def details(self) -> str:
        """A block to unfold: what changes, from what, what to do. Empty if there is no more to
        say."""
        parts = [*self._diff(), *self._facts()]
        if not parts:
            return ""
        summary = f"{self.sign} {html_code(shorten(self.decided.name))} {self.word}"
        body = "\n\n".join(parts)
        return f"<details>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"

    def _title(self, *, linked: bool) -> str:
        """Name and version, linked to the document at the commit."""
        url = source_url(self.revision, self.decided.place) if linked else None
        name = link(code(shorten(self.decided.name)), url)
        kind = "" if self.decided.kind == "TrainingJob" else f"{code(self.decided.kind)} "
        return f"{kind}{name}{self._versions()}"

    def _versions(self) -> str:
        decided = self.decided
        if decided.version is None:
            return ""
        before = decided.previous_version if isinstance(decided, Change) else None
        moved = before is not None and before != decided.version
        return f" {before} → {decided.version}" if moved else f" {decided.version}"

    def _why(self, *, named: int) -> str:
        """Why it is done, or left alone; `named` fields are named."""
        decided = self.decided
        other = ["not of this pull request"] if self.is_of_another else []
        if isinstance(decided, Note):
            number = f"{decided.code}: " if decided.code else ""
            return "; ".join([number + prose(shorten(decided.message, _LONGEST)), *other])
        going = [f"version {run.version} keeps running" for run in decided.under_way[:1]]
        texts = (self._news(named), self._explained(), *going, *other)
        return "; ".join(text for text in texts if text)

    def _compute(self, *, looks_back: bool) -> str:
        """Instances, their longest time, the most that they cost, and what the last runs cost."""
        decided = self.decided
        texts = [*(compute_text(call, _THEME) for call in decided.calls), bound_text(decided)]
        last = decided.last_runs if isinstance(decided, Change) and looks_back else None
        texts += [last_runs_text(last)] if last else []
        return code("; ".join(text for text in texts if text))

    def _news(self, named: int) -> str:
        """What is new in a launch."""
        decided = self.decided
        if not isinstance(decided, Change) or decided.action is not Action.LAUNCH:
            return ""
        if decided.previous_version is None:
            return "new"
        texts = [code(shorten(field.path)) for field in decided.fields[:named]]
        left = len(decided.fields) - len(texts)
        texts += [f"{left} more" if texts else counted(left, "field")] if left else []
        return f"changed: {', '.join(texts)}" if texts else ""

    def _explained(self) -> str:
        why = self.decided.why if isinstance(self.decided, Change) else ""
        return prose(shorten(why, _LONGEST))

    def _diff(self) -> Iterator[str]:
        decided = self.decided
        if decided.fields:
            yield f"**{self._meaning()}**"
            yield fenced(list(_field_lines(decided.fields, decided.place)))
        elif self.kind_of is Action.UPDATE and decided.kind == "TrainingJob":
            yield "**Metadata only**: no new run."

    def _meaning(self) -> str:
        if isinstance(self.decided, Note) and not self.decided.calls:
            return "What moved"
        return "Changes training" if self.decided.kind == "TrainingJob" else "Changes"

    def _facts(self) -> Iterator[str]:
        decided = self.decided
        facts = _facts_of_note(decided) if isinstance(decided, Note) else _facts_of_change(decided)
        lines = [f"- {fact}" for fact in facts]
        if lines:
            yield "\n".join(lines)


def entries(plan: Plan) -> list[Entry]:
    """What a reviewer should look at, the riskiest first; launches by their longest time."""
    found = [
        Entry(one, plan.revision, plan.asked is not None and one.name not in plan.asked)
        for one in plan.decided
        if isinstance(one, Change) or one.standing in _RISK
    ]
    return sorted(found, key=lambda entry: (_RISK.index(entry.kind_of), -_seconds_of(entry)))


def sign_of(kind_of: Action | Standing) -> str:
    """The sign of an action or a standing."""
    if isinstance(kind_of, Action):
        return kind_of.symbol
    symbols = _THEME.symbols
    signs = {
        Standing.IN_SYNC: "=",
        Standing.RUNNING: symbols.note,
        Standing.DEFERRED: symbols.wait,
        Standing.BEHIND: symbols.note,
        Standing.ORPHANED: symbols.note,
    }
    return signs.get(kind_of, "!")


def instance_seconds(change: Change | Note) -> int | None:
    """Most seconds that a launch, now or later, may take, times its instances; None where its
    request sets no bound."""
    total = 0
    for call in change.calls:
        resources = call.params.get("ResourceConfig")
        seconds = call.params.get("StoppingCondition", {}).get("MaxRuntimeInSeconds")
        if isinstance(resources, Mapping) and isinstance(seconds, int):
            total += seconds * _instances(resources)
    return total or None


def _instances(resources: Mapping[str, Any]) -> int:
    """All instances of a request; of alternatives the most."""
    groups = resources.get("InstanceGroups") or [resources]
    together = sum(_count(group) for group in groups)
    return max([together, *map(_count, resources.get("InstancePreferences") or ())])


def _count(part: Mapping[str, Any]) -> int:
    return int(part.get("InstanceCount", 1))


def _seconds_of(entry: Entry) -> int:
    return instance_seconds(entry.decided) or 0


def _field_lines(fields: tuple[FieldChange, ...], home: Place | None) -> Iterator[str]:
    shown = fields[:_FIELDS_SHOWN]
    width = min(max(len(inert(field.path)) for field in shown), _PATH_WIDTH)
    for field in shown:
        before, after = (
            value_text(field.path, value, absent=_THEME.symbols.absent)
            for value in (field.before, field.after)
        )
        where = f"  ({_where(field.place, home)})" if field.place else ""
        yield f"{shorten(field.path, 200):<{width}}  {before} → {after}{where}"
    if len(fields) > len(shown):
        yield f"… and {counted(len(fields) - len(shown), 'more field')}"


def _where(place: Place, home: Place | None) -> str:
    """The line in the resource's own document, or file and line of what it inherits from."""
    own = home is not None and home.path == place.path
    return f"line {place.line}" if own else f"from {place.path}:{place.line}"


def _facts_of_note(note: Note) -> Iterator[str]:
    yield from (prose(shorten(cause, _LONGEST)) for cause in note.causes)
    if note.code and note.place:
        yield f"at {code(str(note.place))}"
    if note.help:
        yield prose(shorten(note.help, _LONGEST))


def _facts_of_change(change: Change) -> Iterator[str]:
    yield f"on SageMaker: {code(change.physical_name)}"
    if change.calls:
        yield f"sends: {', '.join(code(call.operation) for call in change.calls)}"
    yield from (_image_fact(image) for image in change.images)
    roles = dict.fromkeys(call.params.get("RoleArn") for call in change.calls)
    yield from (f"role: {code(shorten(role, _LONGEST))}" for role in roles if isinstance(role, str))
    for run in change.under_way:
        where = f" -e {change.target.resource.environment.name}" if change.target else ""
        stop = f"reconciler stop {change.name}@{run.version}{where}"
        yield f"{prose(shorten(under_way_text(run), _LONGEST))}; to stop it: {code(stop)}"
    for upload in change.uploads:
        folders = ", ".join(code(shorten(folder)) for folder in upload.source.folders)
        yield f"uploads: {folders} ({counted(len(upload.entries), 'file')})"
    for upstream in change.target.upstreams if change.target else ():
        taken = code(shorten(upstream.output or upstream.physical_name or "", _LONGEST))
        yield f"builds on {code(upstream.reference.name)}: {taken}"


def _image_fact(image: Image) -> str:
    """An image, and the content that its tag stood for when the plan was made."""
    name, _, written = image.reference.partition("@")
    content = written or image.digest
    told = f" at {code(content)}" if content else ", found when it is launched"
    return f"image: {code(shorten(name, _LONGEST))}{told}"
