"""What an apply did, told on GitHub: on the pull requests, in the issue, on the commit.

All of it is computed from the lock and the last report, so telling again mends what an earlier run
could not tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from reconciler.adapters.github_branch import Branches
from reconciler.adapters.github_pulls import Pull, Pulls
from reconciler.adapters.github_words import LONGEST, Words
from reconciler.cli.compose import workflow_run
from reconciler.cli.neighbours import tell_outdated
from reconciler.cli.reviewing import Reviews, github_of
from reconciler.core.ports import Records
from reconciler.core.record import Record, Run, State
from reconciler.core.spending import attempts_at, spent
from reconciler.reconcile.approval_block import found_block
from reconciler.render.markdown_outcome import (
    OutcomeEntry,
    drift_markdown,
    drift_marker,
    outcome_markdown,
)
from reconciler.render.markdown_plan import LIMIT, marker
from reconciler.render.values import counted

if TYPE_CHECKING:
    from reconciler.adapters.workspace import Workspace
    from reconciler.cli.compose import Repository
    from reconciler.core.environment import Environment

_TOLD_FOR = timedelta(days=7)
"""How long after its end a run's pull request is still looked at: the next run tells it."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """One report on its way to GitHub."""

    environment: str
    records: Records
    report: Mapping[str, Any] | None
    """`reconciler/report/v1`; None where the apply ended without one."""
    branch: str
    branches: Branches
    pulls: Pulls
    words: Words
    reviews: Reviews
    workspace: Workspace

    @classmethod
    def of(
        cls,
        repository: Repository,
        environment: Environment,
        branch: str | None,
        report: Mapping[str, Any] | None,
    ) -> Reporter:
        """Reads the lock of the checkout."""
        github = github_of(repository.workspace)
        branches = Branches(github)
        documents = branch or branches.default_branch()
        pulls, words = Pulls(github, documents), Words(github)
        return cls(
            environment.name,
            repository.records(environment),
            report,
            documents,
            branches,
            pulls,
            words,
            Reviews(pulls, words, environment.name),
            repository.workspace,
        )

    def tell(self) -> Iterator[str]:
        """Write what differs; a line for each thing that was written. Raises GitHubError."""
        for pull in self._pulls():
            if self._tell_pull(pull):
                yield f"Told the outcome on pull request {pull.number}."
        for number in tell_outdated(
            self.workspace, self.environment, self.records, self.pulls, self.words
        ):
            yield f"Told on pull request {number} whether its plan is outdated."
        if self._tell_drift():
            yield "The issue about drift says how it stands now."
        good = self.report is not None and not self.report["failed"]
        now = datetime.now(UTC)
        if self.branches.beat(self.branch, self.environment, good=good, words=self._words(),
                              run=workflow_run(), now=now):  # fmt: skip
            yield f"Told on the tip of {self.branch}: {self._words()}."

    def _pulls(self) -> Iterator[Pull]:
        """The pull requests that may have to be told something: what was merged since an apply
        last succeeded, and whose runs move or ended lately."""
        found: dict[int, Pull] = {}
        for commit in self.branches.unreported(self.branch, self.environment):
            pull = self.pulls.of_commit(commit)
            if pull is not None:
                found[pull.number] = pull
        for number in self._numbers():
            if number not in found:
                found[number] = self.pulls.pull(number)
        yield from (found[number] for number in sorted(found))

    def _numbers(self) -> set[int]:
        since = (datetime.now(UTC) - _TOLD_FOR).isoformat()
        runs = (run for record in self.records.values() for run in record.runs.values())
        return {
            number
            for run in runs
            if (number := _pull_request(run)) is not None
            and (run.state.moving or str((run.how or {}).get("ended", "")) >= since)
        }

    def _tell_pull(self, pull: Pull) -> bool:
        """Turn the comment of a pull request into its outcome; False where there is no comment,
        or it says so already."""
        body = self.words.comment(pull.number, marker(self.environment))
        found = tuple(self._found(pull))
        if body is None or not found or self.report is None:
            return False
        block = found_block(body)
        limit = min(LIMIT, LONGEST - len(block or "") - 1)
        outcome = outcome_markdown(self.environment, found, run_url=workflow_run(), limit=limit)
        return self.words.say(pull.number, marker(self.environment),
                              f"{outcome}\n{block}\n" if block else outcome)  # fmt: skip

    def _found(self, pull: Pull) -> Iterator[OutcomeEntry]:
        """What became of all that the plan on a pull request showed, or that ran for it."""
        approved = self.reviews.approved_on(pull)
        bounds = {row.name: row.cost_bound for row in approved}
        versions = {row.name: row.version for row in approved}
        for name in sorted({*versions, *self._names_of(pull)}):
            record = self.records.get(name)
            run, version = _run_of(record, pull, versions.get(name))
            note = self._note(name)
            held = note is not None and bool(note["code"])
            if run is None and note is None and not self._messages(name):
                continue
            yield OutcomeEntry(
                name,
                version,
                run=run,
                message="; ".join(self._messages(name, note if held or run is None else None)),
                held=held,
                cost_bound=bounds.get(name),
                spent=spent(attempts_at(record, run)) if record and run else None,
            )

    def _names_of(self, pull: Pull) -> Iterator[str]:
        """Names whose runs were launched for a pull request."""
        for name, record in self.records.items():
            if any(_pull_request(run) == pull.number for run in record.runs.values()):
                yield name

    def _note(self, name: str) -> Mapping[str, Any] | None:
        return next((note for note in self._notes() if note["name"] == name), None)

    def _notes(self) -> Sequence[Mapping[str, Any]]:
        plan = (self.report or {}).get("plan")
        return plan["notes"] if plan else ()

    def _messages(self, name: str, note: Mapping[str, Any] | None = None) -> Iterable[str]:
        """What is to be said beside the run: why it is held, what failed without an end."""
        if note is not None:
            number = f"{note['code']}: " if note["code"] else ""
            return [f"{number}{note['message']}"]
        rows = (self.report or {}).get("outcomes", ())
        return [
            row["message"] for row in rows
            if row["name"] == name and row["state"] in (None, State.INTENT.value)
        ]  # fmt: skip

    def _tell_drift(self) -> bool:
        if self.report is None:
            return False
        body = drift_markdown(self.environment, self._notes(), self.report["repaired"])
        title = f"Drift in {self.environment}"
        return self.words.keep_issue(drift_marker(self.environment), title, body)

    def _words(self) -> str:
        if self.report is None:
            return "the apply ended without a report"
        done = counted(len(self.report["outcomes"]), "outcome")
        held = sum(bool(note["code"]) for note in self._notes())
        return f"{done}, {held} held" if held else done


def _pull_request(run: Run) -> int | None:
    number = (run.who or {}).get("pull_request")
    return number if isinstance(number, int) else None


def _run_of(
    record: Record | None, pull: Pull, version: int | None
) -> tuple[Run | None, int | None]:
    """The run that a pull request is about, and its version: the one that answers the version
    of its plan, else the last one that was launched for it."""
    if record is None:
        return None, version
    if version is not None and version in record.versions:
        name = record.run_of_version(version)
        return (record.runs[name] if name else None), version
    asked = [run for run in record.runs.values() if _pull_request(run) == pull.number]
    last = max(asked, key=lambda run: (run.version, run.attempt), default=None)
    return last, last.version if last else version
