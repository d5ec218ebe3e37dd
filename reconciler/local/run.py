"""One training job from Starting to its terminal status, as its supervisor drives it."""

from __future__ import annotations

import heapq
import math
import os
import time
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path

from reconciler.local import channels, faults, host, layout, metrics, outputs, sandbox, workplace
from reconciler.local.container import ImageNotRunnable, interpreter_for
from reconciler.local.failure import (
    NO_CAPACITY,
    JobFailed,
    JobStopped,
    client_error,
    of_command,
    reported_by_code,
)
from reconciler.local.images import read_images
from reconciler.local.job import Job
from reconciler.local.progress import record_groups
from reconciler.local.state import State
from reconciler.local.storage import Storage

_GRACE_SWITCH = "RECONCILER_LOCAL_GRACE"
_GRACE_SECONDS = 120.0
"""Between SIGTERM and SIGKILL, as StopTrainingJob documents."""
_DEFAULT_LIMIT_SECONDS = 86400
_CHECKPOINT_SECONDS = 5.0
_LAST_LINES = 20
_PAUSE_SECONDS = 0.1
_ENDS = {
    "exited": ("Completed", "Completed"),
    "stopped": ("Stopped", "Stopped"),
    "max_runtime": ("Stopped", "MaxRuntimeExceeded"),
}
"""Status and secondary status by the cause of the end."""


class Run:
    """The work on one job."""

    def __init__(self, root: Path, state: State, storage: Storage, job: Job) -> None:
        self._root = root
        self._state = state
        self._storage = storage
        self._job = job
        self._folder = layout.job_folder(root, job.name)
        self._logs = layout.logs_folder(root, job.name)
        self._faults = {fault.kind: fault for fault in faults.for_job(state, job.name)}
        self.place = workplace.Workplace(job.request, self._folder / "work", sandbox.find(root))

    def rescue(self) -> None:
        """Keep the checkpoints that the processes of a killed supervisor left."""
        outputs.Checkpoints(self._storage, self._job.request, self.place.views).push()

    def train(self) -> host.Ending:
        """Prepare the hosts, run their processes and wait for their end.

        Raises JobFailed or JobStopped if it does not come to that.
        """
        setting = self._start()
        checkpoints = outputs.Checkpoints(self._storage, self._job.request, self.place.views)
        self._state.move(self._job.name, "Downloading")
        workplace.make(self.place, setting)
        for current, view in zip(self.place.hosts, self.place.views, strict=True):
            channels.download(
                self._storage,
                self._job.request,
                current,
                view.ml / "input" / "data",
                between_files=self._leave_if_stopped,
            )
        checkpoints.restore()
        workplace.fetch_code(self._storage, self.place, setting)
        self._leave_if_stopped()
        self._state.move(self._job.name, "Training")
        if "AlgorithmError" in self._faults:
            raise JobFailed("AlgorithmError: a fault asked for this, exit code: 1")
        ending = self._run_processes(setting, checkpoints)
        checkpoints.push()
        return ending

    def conclude(self, ending: host.Ending) -> None:
        """Upload what the job made and end it; the same again after a kill."""
        request, views = self._job.request, self.place.views
        self._state.move(self._job.name, "Uploading")
        is_left_out = "missing_object" in self._faults
        has_model = not is_left_out and outputs.upload_model(self._storage, request, views)
        outputs.upload_data(self._storage, request, views)
        status, secondary = _ENDS[ending.cause]
        reason = self._reason(ending)
        if reason is not None:
            status, secondary = "Failed", "Failed"
        elif status == "Completed" and self._state.stop_requested(self._job.name):
            status, secondary = "Stopped", "Stopped"
        # SageMaker names the artifact of a completed job even if the script left none.
        is_named = (has_model or status == "Completed") and "null_artifact" not in self._faults
        uri = outputs.artifact_uri(request) if is_named else None
        self.finish(status=status, secondary=secondary, reason=reason, artifact_uri=uri)

    def finish(
        self,
        *,
        status: str,
        secondary: str,
        reason: str | None = None,
        artifact_uri: str | None = None,
    ) -> None:
        """End the job, with the metrics in its log and the seconds it took."""
        started = self._state.job(self._job.name).started
        seconds = None if started is None else max(1, math.ceil(time.time() - started))
        found = metrics.points(self._metric_definitions(), self._lines())
        self._state.finish(
            self._job.name,
            status=status,
            secondary=secondary,
            reason=reason,
            artifact_uri=artifact_uri,
            metrics=metrics.final(found),
            training_seconds=seconds,
            billable_seconds=seconds,
        )

    def _start(self) -> workplace.Setting:
        """The stage Starting: what the request needs of this machine, or why it cannot run."""
        if "slow_start" in self._faults:
            self._wait(self._faults["slow_start"].seconds)
        self._leave_if_stopped()
        if "CapacityError" in self._faults:
            raise JobFailed(NO_CAPACITY)
        channels.check(self._job.request)
        try:
            interpreter = interpreter_for(self._job.request, read_images(self._root))
        except ImageNotRunnable as error:
            raise client_error(error.message) from error
        addresses = workplace.addresses_of(self.place.hosts)
        return workplace.Setting(interpreter, workplace.this_machine(), addresses)

    def _run_processes(
        self, setting: workplace.Setting, checkpoints: outputs.Checkpoints
    ) -> host.Ending:
        self._logs.mkdir(parents=True, exist_ok=True)
        commands = workplace.commands(self.place, setting, self._logs)
        self._note([*workplace.notices(self.place), *self._unusable_metrics()])
        running: list[host.Process] = []
        next_push = time.monotonic() + _CHECKPOINT_SECONDS

        def push_now_and_then() -> None:
            nonlocal next_push
            if time.monotonic() >= next_push:
                checkpoints.push()
                next_push = time.monotonic() + _CHECKPOINT_SECONDS

        try:
            for command in commands:
                running.append(host.Process(command, self.place.bwrap))
                record_groups(self._folder, [process.group for process in running])
            return host.run(
                running,
                limit_seconds=self._limit_seconds(),
                grace_seconds=float(os.environ.get(_GRACE_SWITCH, _GRACE_SECONDS)),
                stop_requested=lambda: self._state.stop_requested(self._job.name),
                now_and_then=push_now_and_then,
            )
        finally:
            for process in running:
                process.kill()

    def _metric_definitions(self) -> list[Mapping[str, str]]:
        algorithm = self._job.request.get("AlgorithmSpecification", {})
        return list(algorithm.get("MetricDefinitions", ()))

    def _unusable_metrics(self) -> list[str]:
        return [
            f"[local engine] the regular expression of metric {name} is not usable: no value"
            for name in metrics.bad_patterns(self._metric_definitions())
        ]

    def _limit_seconds(self) -> float:
        condition = self._job.request.get("StoppingCondition", {})
        return float(condition.get("MaxRuntimeInSeconds", _DEFAULT_LIMIT_SECONDS))

    def _leave_if_stopped(self) -> None:
        if self._state.stop_requested(self._job.name):
            raise JobStopped

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._leave_if_stopped()
            time.sleep(_PAUSE_SECONDS)

    def _note(self, lines: list[str]) -> None:
        """Write lines of the engine's own to the log of the first host."""
        with (self._logs / f"{self.place.hosts[0].name}.log").open("a", encoding="utf-8") as log:
            for line in lines:
                host.write_line(log, line)

    def _reason(self, ending: host.Ending) -> str | None:
        """The FailureReason of processes that failed by themselves, else None."""
        if ending.host is None or ending.cause != "exited":
            return None
        view = self.place.views[ending.host]
        failure = view.ml / "output" / "failure"
        if failure.is_file():
            text = failure.read_text(encoding="utf-8", errors="replace")
            return reported_by_code(text, ending.exit_code)
        log = self._logs / f"{self.place.hosts[ending.host].name}.log"
        last = deque((text for _, text in host.read_lines(log)), maxlen=_LAST_LINES)
        return of_command(ending.command, ending.exit_code, last)

    def _lines(self) -> Iterator[tuple[int, str]]:
        """The lines of all hosts in the order in which they came."""
        logs = [self._logs / f"{each.name}.log" for each in self.place.hosts]
        streams = [host.read_lines(log) for log in logs if log.exists()]
        return heapq.merge(*streams, key=lambda line: line[0])
