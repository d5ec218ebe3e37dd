"""Invariants of what was launched and stopped: I1-I7, I16-I18, I20, I21, I24, I25.

Each check is one sentence and yields what contradicts it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.launching import request
from reconciler.core.live import Outcome
from reconciler.core.ownership import DIGEST, is_ours
from reconciler.core.record import Record, Run, State
from reconciler.core.redact import without_environment
from tests.simulation.documents import revision
from tests.simulation.evidence import Evidence, Launch, attempt_of, name_of_attempt
from tests.simulation.reading import desired_of
from tests.simulation.remote import Commit
from tests.simulation.sent import Sent

LONGEST_TIP_AGE = 60.0
ALLOWED = {
    *("CreateTrainingJob", "StopTrainingJob", "UpdateTrainingJob", "AddTags", "DeleteTags"),
}


def one_launch_per_name(story: Evidence) -> Iterator[str]:
    """I1: each name is launched at most once."""
    for name, count in Counter(launch.job.name for launch in story.launches).items():
        if count > 1:
            yield f"{name} was launched {count} times"


def one_live_job_per_intent(story: Evidence) -> Iterator[str]:
    """I2: of one name and digest at most one job is alive at any time."""
    for index, launch in enumerate(story.launches):
        for other in story.launches[:index]:
            if other.key == launch.key and other.job.live(launch.job.created):
                yield f"{launch.job.name} was launched while {other.job.name} was alive"


def attempt_after_failure(story: Evidence) -> Iterator[str]:
    """I3: attempt a+1 comes only after attempt a ended in a retryable way, and the lock said so."""
    for launch in story.launches:
        first, attempt = attempt_of(launch.job.name)
        if attempt == 1:
            continue
        earlier = name_of_attempt(first, attempt - 1)
        runs = [story.run(commit, earlier) for commit in story.before(launch.sent.order)]
        if not any(run is not None and _retryable(run) for run in runs):
            yield f"{launch.job.name} was sent before the failure of {earlier} was recorded"
        if not _failed(story, earlier, launch.sent.at):
            yield f"{launch.job.name} was sent, but {earlier} had no retryable failure"
        allowed = max(_allowed(story, launch), default=1)
        if attempt > allowed:
            yield f"{launch.job.name} was sent, but {allowed} attempts are allowed"


def _retryable(run: Run) -> bool:
    ended = run.state in (State.FAILED, State.STOPPED)
    return ended and run.outcome is not None and Outcome(run.outcome).retryable


def _failed(story: Evidence, physical_name: str, at: float) -> bool:
    """Whether a job really failed in a retryable way by then."""
    return any(
        not launch.job.live(at) and launch.job.final().retryable
        for launch in story.launches
        if launch.job.name == physical_name
    )


def _allowed(story: Evidence, launch: Launch) -> Iterator[int]:
    for commit in _intents(story, launch):
        target = story.target(_documents(story, commit), commit, launch.name)
        retry = getattr(target.resource.spec, "retry", None) if target else None
        yield getattr(retry, "max_attempts", None) or 1


def completed_is_final(story: Evidence) -> Iterator[str]:
    """I4, I25: what completed is never launched again, after reverts too."""
    for launch in story.launches:
        for commit in story.before(launch.sent.order):
            record = story.records(commit).get(launch.name)
            runs = record.runs_of_digest(launch.digest) if record else {}
            if any(run.state is State.COMPLETED for run in runs.values()):
                yield f"{launch.job.name} was launched, but commit {commit.index} had it completed"
                break


def _intents(story: Evidence, launch: Launch) -> Iterator[Commit]:
    """Commits from before the call left that hold its intent."""
    for commit in story.before(launch.sent.order):
        run = story.run(commit, launch.job.name)
        if commit.by_reconciler and run is not None and run.state is State.INTENT:
            yield commit


def _documents(story: Evidence, commit: Commit) -> Commit:
    """The documents that a commit stands on: with two branches those that its writer had read."""
    return story.history[commit.read] if story.world.remote.separate else commit


def intent_before_money(story: Evidence) -> Iterator[str]:
    """I5: before each launch its intent was on the branch, on a tip that wanted it."""
    for launch in story.launches:
        if not any(
            story.wants(_documents(story, commit), commit, launch.key)
            for commit in _intents(story, launch)
        ):
            yield f"{launch.job.name} was launched without an intent on a tip that wanted it"


def bounded_staleness(story: Evidence) -> Iterator[str]:
    """I6: at most a minute before each Create left, its sender read a tip that wanted it."""
    for launch in story.launches:
        recent = [
            index for at, index in launch.sent.reads if launch.sent.at - at <= LONGEST_TIP_AGE
        ]
        if not any(_wanted_then(story, index, launch) for index in recent):
            yield f"{launch.job.name} was sent more than {LONGEST_TIP_AGE:.0f} s after a look"


def _wanted_then(story: Evidence, index: int, launch: Launch) -> bool:
    read = story.history[index]
    locks = [read]
    if story.world.remote.separate:  # the lock is fetched after the documents
        locks = [commit for commit in story.before(launch.sent.order) if commit.index >= index]
    return any(story.wants(read, lock, launch.key) for lock in locks)


def request_as_intended(story: Evidence) -> Iterator[str]:
    """I7: what was accepted is what the intent said, and what its documents render to."""
    for launch in story.launches:
        commits = list(_intents(story, launch))
        sent = without_environment(launch.sent.params)
        intents = [story.run(commit, launch.job.name) for commit in commits]
        if not any(run is not None and run.request == sent for run in intents):
            yield f"{launch.job.name} was not sent as its intent said"
        for commit in commits[:1]:
            documents = _documents(story, commit)
            target = story.target(documents, commit, launch.name)
            if target is not None and target.digest == launch.digest:
                rendered = request(target, launch.job.name, revision(documents.index)).params
                if _settled(rendered) != _settled(launch.sent.params):
                    yield f"{launch.job.name} is not what its documents render to"


def _settled(params: Mapping[str, Any]) -> dict[str, Any]:
    """A request less what is known late: the image's digest, and tags."""
    algorithm = {**params["AlgorithmSpecification"], "TrainingImage": ""}
    kept = {key: value for key, value in params.items() if key != "Tags"}
    return {**kept, "AlgorithmSpecification": algorithm}


def stops_only_what_is_ours(story: Evidence) -> Iterator[str]:
    """I17: what is stopped is in the lock, was just seen with our tags and digest, and somebody
    named it or its document is gone."""
    for sent in _stops(story):
        commit = story.history[sent.reads[-1][1]]
        desired = desired_of(commit.tree, commit.index)
        record = _record_of(story, sent)
        if record is None:
            yield f"{sent.name} was stopped, but is not in the lock"
            continue
        ours = is_ours(sent.tags, record.name, desired.environment, desired.revision)
        if not ours or (sent.tags or {}).get(DIGEST) != record.runs[sent.name].digest:
            yield f"{sent.name} was stopped, but was not seen to be ours"
        if sent.asked != record.name and record.name in desired.resources:
            yield f"{sent.name} was stopped, but its document is there"


def _record_of(story: Evidence, sent: Sent) -> Record | None:
    """The newest record that its sender can have seen a run in."""
    records = (
        record
        for commit in reversed(list(story.before(sent.order)))
        for record in story.records(commit).values()
    )
    return next((record for record in records if sent.name in record.runs), None)


def unreadable_is_not_absent(story: Evidence) -> Iterator[str]:
    """I20, I24: nothing is stopped while a document cannot be read, or has a twin."""
    for sent in _stops(story):
        commit = story.history[sent.reads[-1][1]]
        desired = desired_of(commit.tree, commit.index)
        twins = any(name in sent.name for name in desired.unsound)
        if sent.asked is None and (desired.unreadable or twins):
            yield f"{sent.name} was stopped while a document could not be read"


def stops_by_a_fresh_look(story: Evidence) -> Iterator[str]:
    """I6 for stops: at most a minute before, a tip was read that did not want the job."""
    for sent in _stops(story):
        if sent.asked is None and sent.at - sent.reads[-1][0] > LONGEST_TIP_AGE:
            yield f"{sent.name} was stopped {sent.at - sent.reads[-1][0]:.0f} s after a look"


def _stops(story: Evidence) -> Iterator[Sent]:
    return (sent for sent in story.world.sent if sent.operation == "StopTrainingJob")


def never_deletes(story: Evidence) -> Iterator[str]:
    """I18: nothing is ever deleted."""
    for sent in story.world.sent:
        if sent.operation not in ALLOWED:
            yield f"{sent.process} sent {sent.operation}"


def approved_plans_only(story: Evidence) -> Iterator[str]:
    """I21: an approved plan is carried out as it was approved, or nothing is."""
    for approval in story.approvals:
        if approval.seen is None and approval.mutating_calls:
            yield f"{approval.process} refused a plan, but sent {approval.mutating_calls} calls"
        if approval.seen not in (None, approval.digest):
            yield f"{approval.process} carried out a plan that nobody approved"


CHECKS = (
    one_launch_per_name,
    one_live_job_per_intent,
    attempt_after_failure,
    completed_is_final,
    intent_before_money,
    bounded_staleness,
    request_as_intended,
    stops_only_what_is_ours,
    unreadable_is_not_absent,
    stops_by_a_fresh_look,
    never_deletes,
    approved_plans_only,
)
