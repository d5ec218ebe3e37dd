"""A plan as text: what apply would do, what it leaves alone and why, and what to type next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from reconciler.core.checks import Check, Verdict
from reconciler.core.plan import Action, Change, FieldChange, Note, Plan, Standing
from reconciler.errors import Place
from reconciler.render.compute import bound_text, compute_text
from reconciler.render.inert import inert
from reconciler.render.spending import last_runs_text, month_text, under_way_text
from reconciler.render.theme import Role, Theme
from reconciler.render.values import (
    apply_command,
    counted,
    lines_of,
    revision_text,
    titled,
    value_text,
)

_VERB_WIDTH = 8
_INDENT = " " * (_VERB_WIDTH + 5)
_WHERE = 62
"""Column of the place or the reason beside a title."""

_ROLES: dict[Action, Role] = {
    Action.LAUNCH: "good",
    Action.ADOPT: "change",
    Action.REUSE: "change",
    Action.UPDATE: "warn",
    Action.STOP: "bad",
    Action.DELETE: "bad",
}
_ORDER = (
    Standing.CONFLICT,
    Standing.HELD,
    Standing.FAILED,
    Standing.DRIFTED,
    Standing.STALE,
    Standing.NO_LONGER_APPLICABLE,
    Standing.BEHIND,
    Standing.ORPHANED,
    Standing.DEFERRED,
    Standing.RUNNING,
    Standing.IN_SYNC,
)
"""Most urgent first."""
_ALARMING = frozenset({Standing.CONFLICT, Standing.HELD, Standing.FAILED, Standing.DRIFTED})
_CALM = frozenset(
    {Standing.BEHIND, Standing.ORPHANED, Standing.NO_LONGER_APPLICABLE, Standing.RUNNING}
)


def plan_text(plan: Plan, theme: Theme, *, verbose: bool = False) -> str:
    """The whole plan; `verbose` also lists what is in sync. Problems are not in it.

    A title line, an entry per change and per note, the counts, the digest to approve.
    """
    entries = [_change(change, theme) for change in plan.changes]
    entries += notes_lines(plan.notes, theme, hidden=() if verbose else (Standing.IN_SYNC,))
    paragraphs = [headline(plan, theme)]
    if entries:
        paragraphs.append("\n".join(entries))
    if looked := [line for check in plan.preflight for line in _check(check, theme)]:
        paragraphs.append("\n".join(looked))
    paragraphs.append("\n".join(_ending(plan, theme)))
    return "\n\n".join(paragraphs) + "\n"


def notes_lines(notes: Iterable[Note], theme: Theme, *, hidden: Collection[Standing]) -> list[str]:
    """An entry per note, the most urgent first; notes of a `hidden` standing are left out."""
    shown = [note for note in notes if note.standing not in hidden]
    return [_note(note, theme) for note in sorted(shown, key=lambda n: _ORDER.index(n.standing))]


def headline(plan: Plan, theme: Theme) -> str:
    """Which environment, account and commit a plan is for, and how much there is in it."""
    environment = plan.environment
    engine = (
        "this computer"
        if environment.local
        else theme.joined([f"account {environment.account}", environment.aws_region])
    )
    counts = ", ".join(
        counted(count, _NOUNS.get(kind, kind)) for kind, count in plan.counts.items() if count
    )
    name = theme.paint(inert(environment.name), "strong")
    return theme.joined([name, engine, inert(counts), revision_text(plan.revision)])


_NOUNS = {"TrainingJob": "job", "Model": "model", "Endpoint": "endpoint"}


def _change(change: Change, theme: Theme) -> str:
    action = change.action
    head = f"{action.symbol} {action.value:<{_VERB_WIDTH}} "
    where = change.place.path if change.place else change.why
    explained = change.why if change.place else ""
    lines = [_titled_line(head, _ROLES[action], _version_step(change, theme), where, theme)]
    lines += _fields(change.fields, change.place, theme)
    about = [explained, *(compute_text(call, theme) for call in change.calls)]
    about += _images(change)
    about += [bound_text(change)]
    about += [last_runs_text(change.last_runs)] if change.last_runs else []
    if any(about):
        lines.append(_INDENT + theme.paint(theme.joined([inert(text) for text in about]), "dim"))
    for run in change.under_way:
        lines.append(_INDENT + theme.paint(inert(under_way_text(run)), "warn"))
    return "\n".join(lines)


def _images(change: Change) -> list[str]:
    """The images with their contents; on this computer no image runs."""
    local = change.target is not None and change.target.resource.environment.local
    return [] if local else [image.short for image in change.images if image.digest]


def _version_step(change: Change, theme: Theme) -> str:
    if change.version is None or change.previous_version in (None, change.version):
        return titled(change.kind, change.name, change.version)
    title = titled(change.kind, change.name, change.previous_version)
    return f"{title} {theme.symbols.arrow} {change.version}"


def _titled_line(head: str, role: Role, title: str, beside: str, theme: Theme) -> str:
    """Head and title, and beside them what fits on the line; otherwise below."""
    line = head + title
    painted = theme.paint(head, role) + theme.paint(title, "strong")
    beside = inert(beside)
    if not beside:
        return painted.rstrip()
    if len(line) < _WHERE and _WHERE + len(beside) <= theme.width:
        return painted + " " * (_WHERE - len(line)) + theme.paint(beside, "dim")
    return f"{painted}\n{_INDENT}{theme.paint(beside, 'dim')}"


def _fields(fields: tuple[FieldChange, ...], home: Place | None, theme: Theme) -> Iterator[str]:
    """Rows `path  before → after  :line`, aligned; a pair too long for one line takes two."""
    left = min(max((len(inert(field.path)) for field in fields), default=0), 44) + 4
    width = theme.width - len(_INDENT) - left - 8
    arrow = theme.symbols.arrow
    for field in fields:
        before, after = (
            value_text(field.path, value, absent=theme.symbols.absent)
            for value in (field.before, field.after)
        )
        start = f"{_INDENT}{inert(field.path):<{left}}"
        where = theme.paint(_line_of(field.place, home), "dim")
        both = f"{before} {arrow} {after}"
        if len(both) <= width:
            yield f"{start}{both:<{width}} {where}".rstrip()
        else:
            yield f"{start}{before:<{width}} {where}".rstrip()
            yield f"{_INDENT}{'':<{left - len(arrow) - 1}}{arrow} {after}"


def _line_of(place: Place | None, home: Place | None) -> str:
    """`:14` in the resource's own document, else the path too."""
    if place is None:
        return ""
    own = home is not None and home.path == place.path
    return f":{place.line}" if own else f"{inert(place.path)}:{place.line}"


def _note(note: Note, theme: Theme) -> str:
    sign, role = _sign(note.standing, theme)
    word = {Standing.NO_LONGER_APPLICABLE: "too late"}.get(note.standing, note.standing.value)
    code = f"[{note.code}] " if note.code else ""
    title = titled(note.kind, note.name, note.version)
    head = f"{sign} {word:<{_VERB_WIDTH}} "
    message, *more = lines_of(note.message) or [""]
    lines = [_titled_line(head, role, title, code + message, theme)]
    lines += [_INDENT + theme.paint(line, "dim") for line in more]
    lines += _fields(note.fields, note.place, theme)
    about = [*(compute_text(call, theme) for call in note.calls), bound_text(note)]
    if any(about):
        lines.append(_INDENT + theme.paint(theme.joined([inert(text) for text in about]), "dim"))
    # A row says where a field changed, and from what to what.
    told = tuple(f"{field.path} {how}" for field in note.fields for how in ("moved", "changed in "))
    lines += [_INDENT + inert(cause) for cause in note.causes if not cause.startswith(told)]
    if note.code and note.place:
        lines.append(_INDENT + theme.paint(f"{inert(note.place.path)}:{note.place.line}", "dim"))
    if note.help:
        lines.append(_INDENT + theme.paint(inert(note.help), "dim"))
    return "\n".join(lines)


def _check(check: Check, theme: Theme) -> Iterator[str]:
    """What a launch needs on AWS and was not seen there; nothing for what is well."""
    if check.verdict is Verdict.GOOD:
        return
    role: Role = "bad" if check.verdict is Verdict.BAD else "warn"
    unseen = check.verdict is Verdict.NOT_CHECKED
    head = "- not checked: " if unseen else "! "
    yield theme.paint(f"{head}{check.name}: {inert(check.message)}", "dim" if unseen else role)
    if check.advice:
        yield _INDENT + theme.paint(inert(check.advice), "dim")


def _sign(standing: Standing, theme: Theme) -> tuple[str, Role]:
    if standing in _ALARMING:
        return "!", "bad"
    if standing is Standing.DEFERRED:
        return theme.symbols.wait, "dim"
    if standing in _CALM:
        return theme.symbols.note, "dim"
    return ("=", "dim") if standing is Standing.IN_SYNC else ("!", "warn")


def _ending(plan: Plan, theme: Theme) -> Iterator[str]:
    yield theme.paint(summary(plan), "strong")
    if plan.offline:
        yield "Nobody looked at SageMaker: --offline compares with the lock only."
    if not plan.changes:
        yield "Nothing else to do." if plan.problems else "Nothing to do."
        return
    if plan.month and plan.count(Action.LAUNCH) and (spending := month_text(plan.month)):
        yield f"Spending in {spending}."
    digest = plan.digest[:8]
    yield f"Digest {digest}. Apply exactly this: {apply_command(plan.environment, digest)}"


def summary(plan: Plan) -> str:
    """The counts of a plan in one sentence; zeros are left out, but for launches."""
    told = [f"{plan.count(Action.LAUNCH)} to launch"]
    others = [action for action in Action if action is not Action.LAUNCH]
    told += [f"{plan.count(action)} to {action}" for action in others if plan.count(action)]
    told += [f"{plan.count(s)} {s.value}" for s in _ORDER if plan.count(s)]
    if plan.problems:
        told.append(counted(len(plan.problems), "problem"))
    return f"Plan: {', '.join(told)}."
