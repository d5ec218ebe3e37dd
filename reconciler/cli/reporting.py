"""What an apply did, told on GitHub: on the pull requests, in the issue, on the commit.

All of it is computed from the lock and the last report, so telling again mends what an earlier run
could not tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from reconciler.adapters.github import GitHubError, GitHubUnanswered
from reconciler.adapters.github_branch import Beat, Branches
from reconciler.adapters.github_pulls import Pulls
from reconciler.adapters.github_words import LONGEST, Words
from reconciler.cli.compose import workflow_run
from reconciler.cli.neighbours import tell_outdated
from reconciler.cli.pull_outcome import Known, pull_request_of
from reconciler.cli.reviewing import Reviews, github_of
from reconciler.core.ports import Records
from reconciler.reconcile.approval_block import found_block
from reconciler.render.inert import inert
from reconciler.render.markdown_outcome import (
    drift_markdown,
    drift_marker,
    drifting,
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

_SWITCHED_OFF = "410"
"""What GitHub answers about the issues of a repository that has none ("Create an issue")."""

_LIMITED = frozenset({"403", "429", "RATE_LIMITED"})
"""What GitHub answers, with words that say so, when too much was asked: going on then is against
its rules ("Rate limits for the REST API")."""


class _Refusals:
    """What GitHub refused so far."""

    def __init__(self) -> None:
        self.first: GitHubError | None = None

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Go on after what is refused within. Raises GitHubUnanswered at a rate limit."""
        try:
            yield
        except GitHubError as error:
            self.first = self.first or error
            if isinstance(error, GitHubUnanswered) and error.type in _LIMITED:
                raise


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
        """Write what differs; a line for each thing that was written.

        What GitHub refuses of one thing keeps no other from being told; the first refusal is
        raised at the end. Raises GitHubError.
        """
        refusals = _Refusals()
        if self.report is not None:
            yield from self._tell_pulls(refusals)
        with refusals.noted():
            for number in tell_outdated(
                self.workspace, self.environment, self.records, self.pulls, self.words
            ):
                yield f"Told on pull request {number} whether its plan is outdated."
        with refusals.noted():
            yield from self._tell_drift()
        with refusals.noted():
            yield from self._beat(whole=refusals.first is None)
        if refusals.first is not None:
            raise refusals.first

    @property
    def _known(self) -> Known:
        return Known(self.records, self.report or {"plan": None, "outcomes": ()})

    def _tell_pulls(self, refusals: _Refusals) -> Iterator[str]:
        """The pull requests that may have to be told something: what was merged since an apply
        last told all, and whose runs move or ended lately."""
        found: dict[int, list[str]] = {number: [] for number in self._numbers()}
        with refusals.noted():
            for commit in self.branches.unreported(self._seen(), self.environment):
                pull = self.pulls.of_commit(commit)
                if pull is not None:
                    found.setdefault(pull.number, []).append(commit)
        held = self._held_by_commit() if any(found.values()) else {}
        for number, commits in sorted(found.items()):
            with refusals.noted():
                if self._tell_pull(number, commits, held):
                    yield f"Told the outcome on pull request {number}."

    def _numbers(self) -> set[int]:
        since = (datetime.now(UTC) - _TOLD_FOR).isoformat()
        runs = (run for record in self.records.values() for run in record.runs.values())
        return {
            number
            for run in runs
            if (number := pull_request_of(run)) is not None
            and (run.state.moving or str((run.how or {}).get("ended", "")) >= since)
        }

    def _tell_pull(
        self, number: int, commits: Sequence[str], held: Mapping[str, Sequence[Mapping[str, Any]]]
    ) -> bool:
        """Turn the comment of a pull request into its outcome; where it has none, only what is
        held is reason to write one. False where nothing was to be written."""
        pull = next(filter(None, map(self.pulls.of_commit, commits)), None)
        body = self.words.comment(number, marker(self.environment))
        rows = self.reviews.approved_on(pull or self.pulls.pull(number))
        brought = [note for commit in commits for note in held.get(commit, ())]
        found = tuple(self._known.outcome(number, rows, brought))
        if not found or (body is None and not any(entry.held for entry in found)):
            return False
        block = found_block(body or "")
        limit = min(LIMIT, LONGEST - len(block or "") - 1)
        outcome = outcome_markdown(self.environment, found, run_url=workflow_run(), limit=limit)
        return self.words.say(number, marker(self.environment),
                              f"{outcome}\n{block}\n" if block else outcome)  # fmt: skip

    def _held_by_commit(self) -> dict[str, list[Mapping[str, Any]]]:
        """The notes on what is held, by the commit that last changed their documents."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        for note in self._known.held:
            commit = self.workspace.last_change(note["place"]["path"]) if note["place"] else None
            if commit is not None:
                found.setdefault(commit, []).append(note)
        return found

    def _seen(self) -> str:
        """The newest commit that the apply saw, or one that differs from it by the lock alone.
        What was merged later waits for the report of a later apply."""
        plan = (self.report or {}).get("plan")
        commit = plan["revision"]["commit"] if plan else None
        changed = self.workspace.changed_since(commit) if commit else None
        if commit is None or changed is None:
            return self.branch
        by_others = any(not path.startswith("locks/") for path in changed)
        return str(commit) if by_others else str(self.workspace.commit_files().revision.commit)

    def _tell_drift(self) -> Iterator[str]:
        if self.report is None:
            return
        notes = self._known.notes
        body = drift_markdown(self.environment, notes, self.report["repaired"])
        title = f"Drift in {self.environment}"
        try:
            if self.words.keep_issue(drift_marker(self.environment), title, body):
                yield "The issue about drift says how it stands now."
        except GitHubError as error:
            if error.type != _SWITCHED_OFF:
                raise
            told = [f"{note['name']}: {note['message']}" for note in drifting(notes)]
            for line in (*told, *self.report["repaired"]):
                yield f"{title} (issues are switched off in this repository): {inert(line)}"

    def _beat(self, *, whole: bool) -> Iterator[str]:
        """`whole` says whether all else could be told."""
        state = Beat.ERROR
        if whole and self.report is not None:
            state = Beat.FAILURE if self.report["failed"] else Beat.SUCCESS
        words = self._words() if whole else f"{self._words()}; GitHub refused to tell all of it"
        if self.branches.beat(self._seen(), self.environment, state=state, words=words,
                              run=workflow_run(), now=datetime.now(UTC)):  # fmt: skip
            yield f"Told on {self.branch}: {words}."

    def _words(self) -> str:
        if self.report is None:
            return "the apply ended without a report"
        done = counted(len(self.report["outcomes"]), "outcome")
        held = len(self._known.held)
        return f"{done}, {held} held" if held else done
