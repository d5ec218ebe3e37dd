"""The process that runs one training job: `python -m reconciler.local.supervisor ROOT NAME`.

It goes on when the command that accepted the job ends. It holds a file lock for its life, so a
second one for the same job leaves at once. Any process may be killed at any time:

* The job's processes die with their supervisor (`launcher.py`, bubblewrap; elsewhere the next
  supervisor kills them).
* A job whose supervisor was killed while it trained starts again from the beginning, in empty
  folders with its checkpoints restored, as SageMaker does when a host fails. After three such
  restarts it ends as Failed, InternalServerError. If it was asked to stop, it ends as Stopped.
* A kill during the upload leads to the same upload again; the end is one transaction.
"""

from __future__ import annotations

import shutil
import sys
import traceback
from pathlib import Path

from reconciler.local import layout
from reconciler.local.errors import EngineError
from reconciler.local.failure import JobFailed, JobStopped, client_error, internal_error
from reconciler.local.host import Ending
from reconciler.local.job import Job
from reconciler.local.locking import hold
from reconciler.local.progress import Progress, forget_groups, kill_leftovers, load, save
from reconciler.local.run import Run
from reconciler.local.state import State
from reconciler.local.storage import Storage

MAX_STARTS = 4
"""The first start and three restarts."""


def main(argv: list[str]) -> int:
    """Run a job to its end, unless somebody does already."""
    root, name = Path(argv[0]).resolve(), argv[1]
    with hold(layout.supervisor_lock(root, name)) as is_sole:
        if is_sole:
            supervise(root, name)
    return 0


def supervise(root: Path, name: str) -> None:
    """Bring a job to a terminal status, from wherever the supervisor before left it."""
    state = State.open(root)
    job = state.find(name)
    if job is None or job.is_terminal:
        return
    folder = layout.job_folder(root, name)
    run = Run(root, state, Storage.open(root), job)
    try:
        kill_leftovers(folder)
        _carry_on(run, state, job, folder)
    except JobStopped:
        run.finish(status="Stopped", secondary="Stopped")
    except JobFailed as failure:
        run.finish(status="Failed", secondary="Failed", reason=str(failure))
    except EngineError as error:  # S3 refused: the request names something that cannot be
        reason = str(client_error(error.message))
        run.finish(status="Failed", secondary="Failed", reason=reason)
    except Exception as error:  # a job must come to an end, whatever is wrong here
        traceback.print_exc()
        what = f"{type(error).__name__}: {error}"
        reason = str(internal_error(f"the local engine could not run the job ({what})"))
        run.finish(status="Failed", secondary="Failed", reason=reason)
    shutil.rmtree(run.place.folder, ignore_errors=True)


def _carry_on(run: Run, state: State, job: Job, folder: Path) -> None:
    progress = load(folder)
    ending = progress.ending
    if ending is None and progress.starts:
        run.rescue()
        if job.stop_requested:
            ending = Ending("stopped")
        elif progress.starts >= MAX_STARTS:
            raise internal_error(f"the job was interrupted {progress.starts} times")
        else:
            state.move(job.name, "Restarting")
    if ending is None:
        save(folder, Progress(progress.starts + 1))
        ending = run.train()
        save(folder, Progress(progress.starts + 1, ending))
        forget_groups(folder)
    run.conclude(ending)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
