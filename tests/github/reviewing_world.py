"""A branch whose changes come by reviewed pull requests, and applies that those bind.

Only people and SageMaker are played: plans, comments, and which of them may speak for a change are
the reconciler's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from reconciler.cli import github
from reconciler.cli.reviewing import Reviews
from reconciler.core.call import Call
from reconciler.core.live import Phase
from reconciler.core.plan import Action, Change, Note, Plan
from reconciler.core.ports import StoredObject
from reconciler.core.progress import advance
from reconciler.core.record import Record, Run, State
from reconciler.reconcile.approval_block import approval_block
from reconciler.reconcile.approving import hold_unapproved
from reconciler.reconcile.asking import about
from reconciler.render.json import dumps, plan_document
from tests.github.reviewed_tree import Edit, Tree
from tests.github.reviewing_host import NOW, Commit, Host, head_of
from tests.support.story import ANSWERS, Story

GATE_FAILED = {"passed": False, "results": {}}


class ReviewedStory(Story):
    """A story with a branch on a host; every apply starts only what was approved."""

    def __init__(self) -> None:
        super().__init__({}, "prod")
        self.tree = Tree()
        self.host = Host()
        self.started: list[Change] = []
        """All that was carried out."""
        self.held: list[Note] = []
        """All that was held because nobody saw it."""
        self.review(lambda tree: tree)

    def copy(self) -> ReviewedStory:
        """The same story up to now, which may go on otherwise."""
        other = ReviewedStory.__new__(ReviewedStory)
        Story.__init__(other, self.files, self.environment)
        other.records, other.live = dict(self.records), dict(self.live)
        other.tree, other.host = self.tree, Host()
        other.host.commits = list(self.host.commits)
        other.host.comments, other.host.pulls = dict(self.host.comments), dict(self.host.pulls)
        other.started, other.held = [], []
        return other

    def review(self, edit: Edit) -> None:
        """Open a pull request, comment its plan, approve it and merge it."""
        number = len(self.host.pulls) + 1
        touched = self._edit(edit)
        if touched:
            self.host.merged(touched, _comment(about(self.plan(), touched), head_of(number)))

    def push(self, edit: Edit) -> bool:
        """Bring an edit to the branch that nobody saw; False where it changes nothing."""
        touched = self._edit(edit)
        self.host.commits.insert(0, Commit(touched, None))
        return bool(touched)

    def _edit(self, edit: Edit) -> frozenset[str]:
        self.tree = edit(self.tree)
        wanted = self.tree.files()
        paths = {*self.files, *wanted}
        changed = {p: wanted.get(p) for p in paths if self.files.get(p) != wanted.get(p)}
        self.write(changed)
        return frozenset(changed)

    def apply(self, ends: str, *, endpoint_ends: str = "completed") -> None:
        """Carry out what was approved; new jobs end so, and deployments as they are told to."""
        host = cast(Any, self.host)
        reviews = Reviews(host, host, self.environment)
        plan = hold_unapproved(self.plan(), reviews.approvals)
        self.held += [note for note in plan.notes if note.code == "E309"]
        self.started += plan.changes
        for name, physical_name in plan.withdrawals:
            self._note_run(name, physical_name, state=State.WITHDRAWN)
        for change in plan.changes:
            end = endpoint_ends if change.kind == "Endpoint" else ends
            self._carry_out(change, plan, end, reviews.who(change))

    def _carry_out(self, change: Change, plan: Plan, ends: str, who: Mapping[str, Any]) -> None:
        name, physical_name = change.name, change.physical_name
        record = self.records.get(name, Record(change.kind, name, self.environment))
        run = record.runs.get(physical_name)
        if change.action is Action.LAUNCH:
            made = replace(self._run(change, plan, ends), who=who)
            made = replace(made, gone=run.gone + 1) if run is not None and run.is_gone else made
            self.records[name] = record.with_run(physical_name, made)
        elif change.action is Action.UPDATE:
            assert change.target is not None
            self._deploy(change.calls, ends)
            values = {"revision": 2, "values": change.target.resource.in_place}
            self._note_run(name, physical_name, in_place=values)
        elif change.action is Action.DELETE:
            assert run is not None
            self.live |= {str(next(iter(call.params.values()))): None for call in change.calls}
            self._note_run(name, physical_name, gone=run.gone + 1)
        elif change.action is Action.STOP:
            seen = self.live[physical_name]
            assert seen is not None
            self.live[physical_name] = replace(seen, phase=Phase.STOPPED)
            self._note_run(name, physical_name, state=State.STOPPED)
        if change.action in ANSWERS and change.version is not None:
            answered = self.records.get(name, record).answering(change.version, physical_name)
            self.records[name] = answered

    def end(self, name: str, ends: str, *, gates: Mapping[str, Any] | None = None) -> None:
        """End the runs of a job that are under way; `gates` is then their verdict."""
        record = self.records.get(name, Record("TrainingJob", name, self.environment))
        for physical_name, run in record.runs.items():
            if run.state is not State.LAUNCHED:
                continue
            ended = self._ended(physical_name, run, ends)
            ended = replace(ended, gates=gates) if gates is not None else ended
            self.records[name] = self.records[name].with_run(physical_name, ended)

    def _ended(self, physical_name: str, run: Run, ends: str) -> Run:
        request = cast(Mapping[str, Any], run.request)
        seen = self._seen("TrainingJob", Call("CreateTrainingJob", request), ends)
        self.live[physical_name] = seen
        completed = ends == "completed"
        artifact = StoredObject(str(seen.artifact_uri), 1, "e") if completed else None
        return advance(run, seen, self.desired().environment, artifact)

    def _note_run(self, name: str, physical_name: str, **values: Any) -> None:
        record = self.records[name]
        run = replace(record.runs[physical_name], **values)
        self.records[name] = record.with_run(physical_name, run)


def _comment(plan: Plan, head: str) -> str | None:
    """What reviewers see of a plan; None where their files move nothing."""
    document = json.loads(dumps(plan_document(plan)))
    if document["problems"] or not github._is_told(document):
        return None
    return approval_block(document, head, NOW)
