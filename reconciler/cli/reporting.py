"""What an apply did, told on GitHub: on the pull requests, in the issue, on the commit.

All of it is computed from the lock and the last report, so telling again mends what an earlier run
could not tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from reconciler.adapters.github_branch import Branches
from reconciler.adapters.github_pulls import Pull, Pulls
from reconciler.adapters.github_words import LONGEST, Words
from reconciler.cli.compose import workflow_run
from reconciler.cli.neighbours import tell_outdated
from reconciler.cli.pull_outcome import Known, pull_request_of
from reconciler.cli.reviewing import Reviews, github_of
from reconciler.core.ports import Records
from reconciler.reconcile.approval_block import found_block
from reconciler.render.markdown_outcome import drift_markdown, drift_marker, outcome_markdown
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
            if (number := pull_request_of(run)) is not None
            and (run.state.moving or str((run.how or {}).get("ended", "")) >= since)
        }

    @property
    def _known(self) -> Known:
        return Known(self.records, self.report or {"plan": None, "outcomes": ()})

    def _tell_pull(self, pull: Pull) -> bool:
        """Turn the comment of a pull request into its outcome; False where there is no comment,
        or it says so already."""
        body = self.words.comment(pull.number, marker(self.environment))
        rows = self.reviews.approved_on(pull)
        found = tuple(self._known.outcome(pull.number, rows, ()))
        if body is None or not found or self.report is None:
            return False
        block = found_block(body)
        limit = min(LIMIT, LONGEST - len(block or "") - 1)
        outcome = outcome_markdown(self.environment, found, run_url=workflow_run(), limit=limit)
        return self.words.say(pull.number, marker(self.environment),
                              f"{outcome}\n{block}\n" if block else outcome)  # fmt: skip

    def _tell_drift(self) -> bool:
        if self.report is None:
            return False
        body = drift_markdown(self.environment, self._known.notes, self.report["repaired"])
        title = f"Drift in {self.environment}"
        return self.words.keep_issue(drift_marker(self.environment), title, body)

    def _words(self) -> str:
        if self.report is None:
            return "the apply ended without a report"
        done = counted(len(self.report["outcomes"]), "outcome")
        held = len(self._known.held)
        return f"{done}, {held} held" if held else done
