"""Messages: what a commit of the lock says was done, and what was seen, of which run."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.plan import Plan
from reconciler.core.ports import Records


def commit_message(verb: str, plan: Plan, before: Records, after: Records) -> str:
    """A headline, a line for each run where there are several, and the digest of a plan that
    changes something. `before` and `after` are the records around the commit."""
    done = {c.physical_name: f"{c.action.value} {c.name} {c.version}" for c in plan.changes}
    seen = {name: told for name, told in _moved(before, after) if name not in done}
    lines = [f"{told}: {name}" for name, told in (done | seen).items()]
    if not lines:
        return "Record what is live"
    verb = verb if done else "Record"
    head = f"{verb} {lines[0] if len(lines) == 1 else f'{len(lines)} changes'}"
    each = ["\n".join(lines)] if len(lines) > 1 else []
    digest = [f"Plan-Digest: {plan.digest}"] if done else []
    return "\n\n".join([head, *each, *digest])


def _moved(before: Records, after: Records) -> Iterator[tuple[str, str]]:
    """Runs whose state is another one: physical name, and `completed churn 7`."""
    for name, record in sorted(after.items()):
        old = before[name].runs if name in before else {}
        for physical_name, run in record.runs.items():
            if physical_name not in old or old[physical_name].state is not run.state:
                yield physical_name, f"{run.state.value} {name} {run.version}"
