"""Invariants of what is recorded: I9-I14, I26. Those of the end hold once all is at rest."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.join import regressions
from reconciler.core.ownership import is_ours
from reconciler.core.record import Run, State
from tests.simulation.evidence import Evidence
from tests.simulation.reading import desired_of
from tests.simulation.remote import Commit
from tests.simulation.sagemaker import Job

_ENDS = {"Completed": State.COMPLETED, "Failed": State.FAILED, "Stopped": State.STOPPED}


def lock_only_grows(story: Evidence) -> Iterator[str]:
    """I11, I13, I14: no commit of a reconciler loses or changes what an earlier one knew."""
    for before, after in _consecutive(story):
        for name, record in before.files.items():
            if name not in after.files:
                yield f"commit {after.index} lost the record of {name}"
            elif record is not after.files[name]:
                for what in regressions(record, after.files[name]):
                    yield f"commit {after.index}, {name}: {what}"


def _consecutive(story: Evidence) -> Iterator[tuple[Commit, Commit]]:
    """Pairs of commits between which nothing may be lost. Where files are all the memory there
    is, what people take away is gone."""
    before = None
    for commit in story.history:
        if commit.by_reconciler:
            if before is not None:
                yield before, commit
            before = commit
        elif story.world.remote.memory == "files" and commit.touches_lock:
            before = None


def artifact_is_true(story: Evidence) -> Iterator[str]:
    """I12: a recorded artifact was in S3 when it was recorded, and Describe had named it."""
    jobs = {job.name: job for job in [*story.world.sagemaker.jobs.values()]}
    jobs |= {launch.job.name: launch.job for launch in story.launches}
    told: set[str] = set()
    for commit in story.history:
        for record in commit.files.values() if commit.by_reconciler else ():
            for name, run in record.runs.items():
                if run.artifact is not None and name not in told:
                    told.add(name)
                    yield from _untrue(commit, run, jobs[name])


def _untrue(commit: Commit, run: Run, job: Job) -> Iterator[str]:
    stored = job.artifact(commit.at)
    recorded = {key: value for key, value in (run.artifact or {}).items() if key != "partial"}
    if stored is None or recorded != {"uri": stored.uri, "etag": stored.etag, "size": stored.size}:
        yield f"commit {commit.index} records an artifact of {job.name} that is not there"
    partial = bool((run.artifact or {}).get("partial"))
    if partial is (job.final().status == "Completed"):
        yield f"commit {commit.index} records the artifact of {job.name} as partial: {partial}"


def builds_on_complete_artifacts(story: Evidence) -> Iterator[str]:
    """I12: what a job takes from another one is the artifact of a completed run."""
    whole = {
        launch.job.uri: launch.job
        for launch in story.launches
        if launch.job.final().status == "Completed"
    }
    for launch in story.launches:
        for channel in launch.job.request["InputDataConfig"]:
            uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
            if uri.endswith("model.tar.gz") and (
                uri not in whole or whole[uri].artifact(launch.job.created) is None
            ):
                yield f"{launch.job.name} takes {uri}, which is not the artifact of a whole run"


def nothing_unknown(story: Evidence) -> Iterator[str]:
    """I9, I26: at rest each of our jobs is in the lock as launched or ended."""
    for job, run in _at_rest(story):
        if run is None or run.state.rank == 0:
            yield f"{job.name} is not known: {run.state if run else 'no record'}"


def outcomes_complete(story: Evidence) -> Iterator[str]:
    """I10: at rest each of our jobs has its end in the lock, and its artifact, if there is one."""
    for job, run in _at_rest(story):
        if run is None or run.state.rank == 0:
            continue
        if run.state is not _ENDS[job.final().status]:
            yield f"{job.name} is {job.final().status}, the lock says {run.state}"
        elif (job.artifact(story.world.now) is None) is not (run.artifact is None):
            yield f"the artifact of {job.name} is {run.artifact}"


def _at_rest(story: Evidence) -> Iterator[tuple[Job, Run | None]]:
    """Our jobs that still carry our tags, with what the lock says of them."""
    tip = story.history[-1]
    desired = desired_of(tip.tree, tip.index)
    for launch in story.launches:
        if is_ours(launch.job.tags, launch.name, desired.environment, desired.revision):
            run = story.run(tip, launch.job.name)
            lost = run is None and story.world.remote.memory == "files"
            if lost and not _named(story, launch.key):
                continue  # no document leads to its name any more
            yield launch.job, run


def _named(story: Evidence, key: tuple[str, str]) -> bool:
    """Whether the documents at the end lead to the name of a job."""
    return story.wants(story.history[-1], story.history[-1], key)


CHECKS = (
    lock_only_grows,
    artifact_is_true,
    builds_on_complete_artifacts,
    nothing_unknown,
    outcomes_complete,
)
