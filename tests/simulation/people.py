"""People: what is done to documents, to the lock, and to SageMaker, by others than reconcilers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from reconciler.core.ports import Records
from reconciler.core.settle import settle
from tests.simulation.documents import NAME, REPOSITORY, JobDocument, Tree
from tests.simulation.reading import desired_of
from tests.simulation.remote import PERSON
from tests.simulation.sagemaker import DONE, Job
from tests.simulation.world import World

POOL = (
    JobDocument("churn"),
    JobDocument("rank", upstream="churn"),
    JobDocument("wine", script=True, stops=True),
)
FOREIGN_TAGS = (
    {"team": "others"},
    {
        "sagemaker-gitops:repository": "github.com/others/ml",
        "sagemaker-gitops:environment": NAME,
        "sagemaker-gitops:name": "churn",
    },
    {
        "sagemaker-gitops:repository": REPOSITORY,
        "sagemaker-gitops:environment": NAME,
        "sagemaker-gitops:name": "churn",
        "sagemaker-gitops:digest": "0" * 64,
    },
)


def path_of(job: JobDocument) -> str:
    """Where the document of a job usually lies."""
    return f"jobs/{job.name}.yaml"


def first_tree(world: World, launch_on: str) -> Tree:
    """The documents a schedule begins with."""
    tree = Tree(launch_on, ())
    for job in POOL[: world.draw.choice((1, 2, 2, 3))]:
        tree = tree.put(path_of(job), replace(job, attempts=world.draw.choice((1, 1, 2, 3))))
    return tree


def meddle(world: World, *, deletes: bool = False) -> None:
    """Somebody does something."""
    deeds = (
        *(_edit_documents,) * 8,
        _meddle_with_lock,
        _meddle_with_jobs,
        _squat,
        *((_delete_a_job,) * 6 if deletes else ()),
    )
    world.draw.choice(deeds)(world)


def _edit_documents(world: World) -> None:
    tree = world.remote.tip.tree
    name = world.draw.choice(tuple(_EDITS))
    edited = _EDITS[name](world, tree)
    if edited != tree:
        commit = world.remote.push(PERSON, name, world.now, world.order(), tree=edited)
        world.note(PERSON, f"pushed {commit.index}: {name}: {_difference(tree, edited)}")


def _difference(before: Tree, after: Tree) -> str:
    changed = sorted({*after.jobs} ^ {*before.jobs}, key=str)
    return ", ".join(f"{path} {job}" for path, job in changed)


def _edited(change: Callable[[World, JobDocument], JobDocument]) -> Callable[[World, Tree], Tree]:
    """An edit of one document that can be read."""

    def edit(world: World, tree: Tree) -> Tree:
        readable = tree.readable()
        if not readable:
            return tree
        path, job = world.draw.choice(readable)
        return tree.put(path, change(world, job))

    return edit


def _new_content(world: World, job: JobDocument) -> JobDocument:
    return replace(job, rounds=world.draw.choice((100, 200, 300)))


def _bumped(world: World, job: JobDocument) -> JobDocument:
    return replace(_new_content(world, job), version=job.version + 1)


def _revert(world: World, tree: Tree) -> Tree:
    return world.draw.choice(world.remote.history).tree


def _rename(world: World, tree: Tree) -> Tree:
    readable = tree.readable()
    if not readable:
        return tree
    path, job = world.draw.choice(readable)
    return tree.without(path).put(f"jobs/moved/{job.name}.yaml", job)


def _remove(world: World, tree: Tree) -> Tree:
    return tree.without(world.draw.choice(tree.jobs)[0]) if tree.jobs else tree


def _add(world: World, tree: Tree) -> Tree:
    job = world.draw.choice(POOL)
    return tree.put(path_of(job), job)


def _break(world: World, tree: Tree) -> Tree:
    return tree.put(world.draw.choice(tree.jobs)[0], None) if tree.jobs else tree


def _twin(world: World, tree: Tree) -> Tree:
    readable = tree.readable()
    if not readable:
        return tree
    _, job = world.draw.choice(readable)
    return tree.put(f"jobs/copy/{job.name}.yaml", _new_content(world, job))


_EDITS: Mapping[str, Callable[[World, Tree], Tree]] = {
    "edit without a bump": _edited(_new_content),
    "bump": _edited(_bumped),
    "bump only": _edited(lambda world, job: replace(job, version=job.version + 1)),
    "run again": _edited(lambda world, job: replace(job, run=job.run + 1, version=job.version + 1)),
    "retry": _edited(lambda world, job: replace(job, attempts=world.draw.choice((1, 2, 3)))),
    "owner": _edited(lambda world, job: replace(job, owner=world.draw.choice(("ada", "bob")))),
    "on_delete": _edited(lambda world, job: replace(job, stops=not job.stops)),
    "invalid request": _edited(
        lambda world, job: replace(job, refused=not job.refused, version=job.version + 1)
    ),
    "revert": _revert,
    "revert again": _revert,
    "rename": _rename,
    "remove": _remove,
    "add": _add,
    "break": _break,
    "twin": _twin,
}


def _meddle_with_lock(world: World) -> None:
    """Delete the lock, roll it back, or write another artifact into it."""
    lock = world.remote.tip.files
    deed = world.draw.choice(("delete", "roll back", "tamper"))
    if deed == "delete":
        changed: Records = {}
    elif deed == "roll back":
        changed = world.draw.choice(world.remote.history).files
    else:
        changed = _tampered(lock) if world.remote.memory == "history" else lock
    if changed != lock:
        world.remote.push(PERSON, deed, world.now, world.order(), files=changed)
        world.note(PERSON, f"pushed {world.remote.tip.index}: {deed} the lock")


def _tampered(lock: Records) -> Records:
    return {
        name: replace(
            record,
            runs={
                physical_name: replace(run, artifact={"uri": "s3://evil/model.tar.gz"})
                for physical_name, run in record.runs.items()
            },
        )
        for name, record in lock.items()
    }


def _meddle_with_jobs(world: World) -> None:
    """Stop a job by hand, take its tags away, or move the image tag."""
    service = world.sagemaker
    running = [job for job in service.jobs.values() if job.live(world.now)]
    deed = world.draw.choice(("stop", "retag", "image"))
    if deed == "image":
        service.image += 1
    elif running:
        job = world.draw.choice(running)
        if deed == "stop" and job.stopped is None:
            job.stopped = world.now
        elif deed == "retag":
            job.tags["sagemaker-gitops:repository"] = "github.com/others/ml"
        world.note(PERSON, f"{deed} {job.name} by hand")


def _squat(world: World) -> None:
    """Somebody else creates a job under a name that we want."""
    desired = desired_of(world.remote.tip.tree)
    names = [name for name in desired.resources if not desired.resources[name].references]
    if not names:
        return
    name = _wanted_name(world, world.draw.choice(names))
    if name not in world.sagemaker.jobs:
        world.sagemaker.jobs[name] = Job(
            name=name,
            request={"TrainingJobName": name, "RoleArn": "arn:aws:iam::1:role/others",
                     "OutputDataConfig": {"S3OutputPath": "s3://others/"}},
            tags=dict(world.draw.choice(FOREIGN_TAGS)),
            created=world.now,
            order=world.order(),
            by="others",
            ending=DONE,
            seconds=world.draw.uniform(20, 600),
            visible=world.now,
            ours=False,
        )  # fmt: skip
        world.note(PERSON, f"others create {name}")


def _wanted_name(world: World, name: str) -> str:
    """A physical name that a resource of the tip is going to have."""
    targets = settle(desired_of(world.remote.tip.tree), {}).targets
    return targets[name].physical_name(world.draw.choice((1, 1, 2)))


def _delete_a_job(world: World) -> None:
    """DeleteTrainingJob by somebody who should not be allowed to: the name is free again."""
    ended = [job for job in world.sagemaker.jobs.values() if not job.live(world.now)]
    if ended:
        job = world.draw.choice(ended)
        del world.sagemaker.jobs[job.name]
        world.note(PERSON, f"deletes {job.name}")
