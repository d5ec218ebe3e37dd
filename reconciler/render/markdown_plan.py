"""A plan as the comment on a pull request: `plan -o md`.

One comment per environment, found again by its hidden marker. It keeps below GitHub's 65,536
characters by leaving out whole parts: diffs first, then the graph, rows of the table last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from reconciler.core.checks import Check, Verdict
from reconciler.core.plan import Action, Change, Note, Plan, Standing
from reconciler.core.pricing import amount_in, dollars
from reconciler.core.resource import Revision
from reconciler.core.units import format_duration
from reconciler.errors import Problem
from reconciler.render.markdown import code, fenced, link, literal, prose, source_url
from reconciler.render.markdown_entries import Entry, entries, instance_seconds, sign_of
from reconciler.render.markdown_fit import Section, fit, paragraph
from reconciler.render.markdown_lineage import lineage
from reconciler.render.spending import month_text
from reconciler.render.values import apply_command, counted, shorten

LIMIT = 60_000
"""Bytes of a comment; GitHub takes 65,536 characters."""

_ROWS_OPEN = 25
_LONGEST = 500
_HEADER = "| | resource | why | compute and bound |\n|---|---|---|---|\n"
_MEANINGS: dict[Action | Standing, str] = {
    Action.LAUNCH: "starts a run, which costs money; earlier runs stay recorded",
    Action.ADOPT: "records a run that is there already and is ours",
    Action.REUSE: "lets the version point at a run of the same content; nothing is sent",
    Action.UPDATE: "changes a live thing in place; no new run",
    Action.STOP: "stops a run; SageMaker gives it 120 s to save",
    Action.DELETE: "deletes what nothing uses any more; never a training job",
    Standing.CONFLICT: "its name is taken by something that is not ours; nothing is done",
    Standing.HELD: "refused by a rule or a limit; nothing is done",
    Standing.FAILED: "its run failed or was stopped, and is not tried again by itself",
    Standing.DRIFTED: "SageMaker does not hold what is recorded, and git did not ask for it",
    Standing.STALE: "what it builds on moved; no run until its version is raised",
    Standing.BEHIND: "this environment pins an older version",
    Standing.ORPHANED: "its document is gone; the run is left alone",
    Standing.DEFERRED: "waits for another's output, then goes on by itself",
    Standing.NO_LONGER_APPLICABLE: "the state of the run does not allow this change any more",
    Standing.RUNNING: "its run goes on",
    Standing.IN_SYNC: "nothing to do",
}


def marker(environment: str) -> str:
    """The hidden first line by which the comment of an environment is found again."""
    return f"<!-- reconciler:plan:{environment} -->"


def plan_markdown(
    plan: Plan, *, limit: int = LIMIT, run_url: str | None = None, now: datetime | None = None
) -> str:
    """The comment, in at most `limit` bytes of UTF-8; below 8,000 there may be no room for it.
    `run_url` is the address of the workflow run that made the plan, `now` when that was."""
    found = entries(plan)
    rows = tuple(entry.row(brief=False) for entry in found[:_ROWS_OPEN])
    rest = tuple(entry.row(brief=True) for entry in found[_ROWS_OPEN:])
    sections = [
        paragraph(_head(plan, run_url, now)),
        _problems(plan),
        Section(rows, before=_HEADER, noun="row", rank=1),
        Section(
            rest,
            before=f"<details>\n<summary>{counted(len(rest), 'more row')}</summary>\n\n{_HEADER}",
            after="\n\n</details>",
            noun="row",
            rank=2,
        ),
        _diffs(found, limit),
        _graph(plan),
        _preflight(plan),
        paragraph("\n\n".join(_ending(plan, found))),
    ]
    return fit(sections, limit)


def _head(plan: Plan, run_url: str | None, now: datetime | None) -> str:
    environment = plan.environment
    where = (
        "this computer"
        if environment.local
        else f"account {code(environment.account)} · {code(environment.aws_region)}"
    )
    made = [_commit(plan.revision), f"plan digest {code(plan.digest[:8])}"]
    made += [f"{now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"] if now else []
    made += [f"[workflow run]({run_url})"] if run_url else []
    lines = [
        marker(environment.name),
        f"### Plan for {code(environment.name)} · {where}",
        " · ".join(made),
        f"**{_verdict(plan)}**",
        _bound(plan),
    ]
    if plan.offline:
        lines.append("Nobody looked at SageMaker: this compares with the lock only.")
    return "\n\n".join(line for line in lines if line)


def _commit(revision: Revision) -> str:
    """The commit that was planned, or which one on top of which."""
    if revision.merged:
        base, head = (code(commit[:12]) for commit in revision.merged)
        commit = f"Commit {head} on top of {base}"
    else:
        commit = f"Commit {code(revision.commit[:12])}" if revision.commit else "No commit yet"
    changed = ", with uncommitted changes" if revision.dirty else ""
    # The name only: an address is nobody's business on a pull request.
    name = (revision.author or "").partition("<")[0].strip()
    return f"{commit}{changed} by {literal(shorten(name))}" if name else f"{commit}{changed}"


def _verdict(plan: Plan) -> str:
    kinds: tuple[Action | Standing, ...] = (*Action, *Standing)
    told = [f"{sign_of(k)} {plan.count(k)} {k.value}" for k in kinds if plan.count(k)]
    if plan.problems:
        told.insert(0, f"✗ {counted(len(plan.problems), 'problem')}")
    if not plan.changes and not plan.problems:
        told.insert(0, "Nothing to do")
    return " · ".join(told)


def _bound(plan: Plan) -> str:
    """The longest time and the highest cost of all launches together; a price is never guessed."""
    launches: list[Change | Note] = [
        c for c in plan.changes if c.action is Action.LAUNCH and c.kind == "TrainingJob"
    ]
    waiting = (note for note in plan.notes if note.standing is Standing.DEFERRED)
    later = [note for note in waiting if note.calls and note.kind == "TrainingJob"]
    launches += later
    if not launches:
        return ""
    times = [instance_seconds(change) for change in launches]
    known = [seconds for seconds in times if seconds is not None]
    costs = [amount_in(change.cost_bound) for change in launches if change.cost_bound]
    told = [f"At most {format_duration(sum(known))} of instance time"] if known else []
    told += [f"at most {dollars(sum(costs, Decimal(0)))}"] if costs else []
    told += [f"{_launches(len(times) - len(known))} without a bound"] if None in times else []
    told += [f"{len(later)} of {_launches(len(times))} later"] if later else []
    unpriced = len(launches) - len(costs)
    told += [f"{_launches(unpriced)} not priced: `prices` names no price"] if unpriced else []
    told += [month] if plan.month and (month := month_text(plan.month)) else []
    text = " · ".join(told) + "."
    return text[0].upper() + text[1:]


def _launches(count: int) -> str:
    return counted(count, "launch", "launches")


def _diffs(found: Sequence[Entry], limit: int) -> Section:
    """Blocks to unfold; none is made for which there cannot be room."""
    items: list[str] = []
    size = 0
    for entry in found:
        if size > limit:
            break
        text = entry.details
        size += len(text)
        items += [text] if text else []
    return Section(
        tuple(items),
        before="#### Changes in full\n\n",
        between="\n\n",
        noun="diff",
        rank=4,
        unmade=len(found) - len(items) if size > limit else 0,
    )


def _problems(plan: Plan) -> Section:
    items = tuple(_problem(problem, plan) for problem in plan.problems)
    return Section(
        items,
        before="#### Problems\n\nNothing is done about these documents until they are mended.\n\n",
        noun="problem",
    )


def _problem(problem: Problem, plan: Plan) -> str:
    where = ""
    if problem.place:
        url = source_url(plan.revision, problem.place)
        where = link(code(shorten(str(problem.place))), url) + " "
    cure = f"\n  {prose(shorten(problem.help, _LONGEST))}" if problem.help else ""
    return f"- {where}**{problem.code}** {prose(shorten(problem.message, _LONGEST))}{cure}"


def _graph(plan: Plan) -> Section:
    drawn = lineage(plan)
    return Section(
        (drawn,) if drawn else (),
        before="#### What builds on what\n\n",
        noun="graph",
        rank=3,
    )


def _preflight(plan: Plan) -> Section:
    """What launches need on AWS: what is not well first, and how much is."""
    order = (Verdict.BAD, Verdict.WARNING, Verdict.NOT_CHECKED)
    told = [check for verdict in order for check in plan.preflight if check.verdict is verdict]
    well = len(plan.preflight) - len(told)
    items = [_check(check) for check in told]
    items += [f"- ✓ {counted(well, 'check')} came out well"] if well else []
    return Section(tuple(items), before="#### Looked up on AWS\n\n", noun="check", rank=2)


def _check(check: Check) -> str:
    sign = {Verdict.BAD: "✗", Verdict.WARNING: "⚠"}.get(check.verdict, "–")
    word = ", not checked" if check.verdict is Verdict.NOT_CHECKED else ""
    cure = f"\n  {prose(shorten(check.advice, _LONGEST))}" if check.advice else ""
    return f"- {sign} {check.name}{word}: {prose(shorten(check.message, _LONGEST))}{cure}"


def _ending(plan: Plan, found: Sequence[Entry]) -> Iterator[str]:
    environment = plan.environment.name
    if plan.changes:
        yield "#### After the merge"
        yield "\n".join(
            (
                "- The newest commit is applied, in the order of what builds on what.",
                f"- Each run is recorded in {code(f'locks/{environment}/')}, before it starts and"
                " after it ended.",
                f"- To stop one: {code(f'reconciler stop NAME -e {environment}')}. One that"
                f" failed: change it, or {code('reconciler rerun NAME')}.",
            )
        )
    present = dict.fromkeys(entry.kind_of for entry in found)
    if present:
        meanings = "\n".join(f"- {kind.value}: {_MEANINGS[kind]}" for kind in present)
        yield f"<details>\n<summary>What the words mean</summary>\n\n{meanings}\n\n</details>"
    yield "The same on your computer:"
    yield fenced(list(_commands(plan)), "sh")


def _commands(plan: Plan) -> Iterator[str]:
    offline = " --offline" if plan.offline else ""
    yield f"reconciler plan -e {plan.environment.name}{offline}"
    if plan.changes:
        yield apply_command(plan.environment, plan.digest)
