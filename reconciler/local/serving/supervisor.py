"""The process that keeps one endpoint: `python -m reconciler.local.serving.supervisor ROOT NAME
SERIAL`.

It goes on when the command that made the endpoint ends, and looks at the state a few times a
second: what is asked for there, it brings about. It holds a file lock for its life. Any process
may be killed at any time: a container that ended is started again; the containers end with their
supervisor, and the next supervisor starts what should serve. An update that was cut off begins
again.
"""

from __future__ import annotations

import shutil
import sys
import time
import traceback
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from reconciler.local import faults, layout
from reconciler.local.failure import JobFailed, internal_error
from reconciler.local.locking import hold
from reconciler.local.progress import kill_leftovers, record_groups
from reconciler.local.serving import rollout
from reconciler.local.serving.endpoint import (
    CREATING,
    DELETING,
    FAILED,
    IN_SERVICE,
    ROLLBACK_FAILED,
    ROLLING_BACK,
    UPDATING,
    Deployment,
    Endpoint,
)
from reconciler.local.serving.fleet import Fleet, assemble
from reconciler.local.serving.hosting import Hosting
from reconciler.local.state import State
from reconciler.local.storage import Storage

_POLL_SECONDS = 0.05
_IDLE_SECONDS = 0.2
_DRAIN_SECONDS = 2.0
"""How long a deployment that was replaced may go on answering the requests that it has."""


class Overtaken(Exception):
    """The endpoint is asked for something else now."""


class Supervisor:
    """The work on one endpoint."""

    def __init__(self, root: Path, name: str, serial: int, state: State, storage: Storage) -> None:
        self._root = root
        self._name = name
        self._serial = serial
        self._state = state
        self._storage = storage
        self._hosting = Hosting(state.database)
        self._folder = layout.endpoint_folder(root, name, serial)
        self._fleets: dict[int, Fleet] = {}
        self._draining: list[tuple[float, Fleet]] = []
        self._groups: list[int] = []
        self._engine = _identity(root)

    def run(self) -> None:
        """Keep the endpoint until it is deleted, or has failed, or its engine's folder is gone."""
        kill_leftovers(self._folder)
        self._hosting.withdraw(self._serial)
        try:
            while (endpoint := self._wanted()) is not None:
                try:
                    self._bring_about(endpoint)
                except Overtaken:
                    continue
                self._tidy()
                time.sleep(_IDLE_SECONDS)
        finally:
            self._close_all()

    def _wanted(self) -> Endpoint | None:
        if _identity(self._root) != self._engine:
            return None
        endpoint = self._hosting.endpoint_of(self._serial)
        return None if endpoint is None or endpoint.status == FAILED else endpoint

    def _bring_about(self, endpoint: Endpoint) -> None:
        ways = {
            CREATING: self._create,
            UPDATING: self._update,
            ROLLING_BACK: self._roll_back,
            DELETING: self._delete,
        }
        ways.get(endpoint.status, self._serve)(endpoint)

    def _create(self, endpoint: Endpoint) -> None:
        deployment = endpoint.pending
        assert deployment is not None
        try:
            self._bring_up(endpoint, deployment)
        except JobFailed as failure:
            self._drop(deployment)
            self._change(CREATING, status=FAILED, failure_reason=str(failure))
            return
        self._change(CREATING, status=IN_SERVICE, current=deployment.settled(), pending=None)

    def _update(self, endpoint: Endpoint) -> None:
        before, deployment = endpoint.current, endpoint.pending
        assert before is not None
        self._serve(endpoint)
        if deployment is None:
            self._change(UPDATING, status=IN_SERVICE, current=before.settled(), failure_reason=None)
            return
        if deployment.share:
            # A supervisor before was killed while it shifted the traffic.
            self._change(UPDATING, pending=replace(deployment, share=0.0))
        try:
            self._bring_up(endpoint, deployment)
            self._shift_traffic(endpoint, deployment)
        except JobFailed as failure:
            self._change(UPDATING, status=ROLLING_BACK, failure_reason=str(failure))
            self._drop(deployment)
            return
        self._change(
            UPDATING,
            status=IN_SERVICE,
            current=deployment.settled(),
            pending=None,
            failure_reason=None,
        )
        self._retire(before)

    def _roll_back(self, endpoint: Endpoint) -> None:
        self._serve(endpoint)
        assert endpoint.pending is not None
        fails = self._fault("rollback_fails", endpoint.pending)
        self._change(ROLLING_BACK, status=ROLLBACK_FAILED if fails else IN_SERVICE, pending=None)

    def _delete(self, _: Endpoint) -> None:
        self._close_all()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._hosting.forget_endpoint(self._serial)

    def _serve(self, endpoint: Endpoint) -> None:
        """Keep the current deployment up."""
        assert endpoint.current is not None
        if endpoint.current.number not in self._fleets:
            self._assemble(endpoint.current)
        self._fleets[endpoint.current.number].keep()

    def _bring_up(self, endpoint: Endpoint, deployment: Deployment) -> None:
        """Start a deployment and wait until it is healthy; raises JobFailed when it is not."""
        if self._fault("endpoint_fails", deployment):
            raise JobFailed(
                f"The primary container for production variant {deployment.variants[0].name} did "
                "not pass the ping health check: a fault asked for this."
            )
        try:
            fleet = self._assemble(deployment)
            fleet.start()
            while not fleet.is_ready:
                self._watch(endpoint, fleet)
        except (JobFailed, Overtaken):
            raise
        except Exception as error:  # a deployment must come to an end, whatever is wrong here
            traceback.print_exc()
            what = f"{type(error).__name__}: {error}"
            raise internal_error(f"the local engine could not serve ({what})") from error

    def _shift_traffic(self, endpoint: Endpoint, deployment: Deployment) -> None:
        """Give the new deployment its traffic step by step; raises JobFailed when it falls ill."""
        fleet = self._fleets[deployment.number]
        instances = sum(each.instances for each in deployment.variants)
        for step in rollout.steps(deployment.policy, instances=instances):
            self._change(UPDATING, pending=replace(deployment, share=step.share))
            until = time.monotonic() + step.seconds
            while time.monotonic() < until:
                self._watch(endpoint, fleet)

    def _watch(self, endpoint: Endpoint, fleet: Fleet) -> None:
        """Look at a new deployment once, and keep the old one up meanwhile."""
        if self._hosting.status(self._serial) != endpoint.status or not self._wanted():
            raise Overtaken
        fleet.check()
        if endpoint.current is not None:
            self._fleets[endpoint.current.number].keep()
        self._tidy()
        time.sleep(_POLL_SECONDS)

    def _assemble(self, deployment: Deployment) -> Fleet:
        self._drop(deployment)
        fleet = assemble(self._root, self._folder, deployment, self._storage)
        self._fleets[deployment.number] = fleet
        self._hosting.publish(self._serial, deployment.number, fleet.addresses)
        return fleet

    def _retire(self, deployment: Deployment) -> None:
        """Take a deployment out of service, but let it finish what it has begun."""
        self._hosting.withdraw(self._serial, deployment.number)
        fleet = self._fleets.pop(deployment.number)
        self._draining.append((time.monotonic() + _DRAIN_SECONDS, fleet))

    def _drop(self, deployment: Deployment) -> None:
        fleet = self._fleets.pop(deployment.number, None)
        if fleet is not None:
            self._hosting.withdraw(self._serial, deployment.number)
            fleet.remove()

    def _tidy(self) -> None:
        """End what was replaced, and remember which processes run."""
        now = time.monotonic()
        for until, fleet in self._draining:
            if now >= until:
                fleet.remove()
        self._draining = [each for each in self._draining if now < each[0]]
        fleets = [*self._fleets.values(), *(fleet for _, fleet in self._draining)]
        groups = [group for fleet in fleets for group in fleet.groups]
        if groups != self._groups:
            record_groups(self._folder, groups)
            self._groups = groups

    def _close_all(self) -> None:
        for fleet in [*self._fleets.values(), *(fleet for _, fleet in self._draining)]:
            fleet.close()
        self._fleets, self._draining = {}, []

    def _change(self, during: str, **columns: object) -> None:
        if not self._hosting.change(self._serial, during=(during,), **columns):
            raise Overtaken

    def _fault(self, kind: str, deployment: Deployment) -> bool:
        subject = f"endpoint {self._serial}, deployment {deployment.number}"
        return faults.hits_deployment(self._state, kind, self._name, subject)


def _identity(root: Path) -> tuple[int, int] | None:
    """What tells the engine's folder from another one of its name; None when it is gone."""
    try:
        found = layout.state_file(root).stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def main(argv: list[str]) -> int:
    """Keep an endpoint, unless somebody does already."""
    root, name, serial = Path(argv[0]).resolve(), argv[1], int(argv[2])
    with hold(layout.endpoint_lock(root, name, serial)) as is_sole:
        if is_sole:
            with closing(State.open(root)) as state, closing(Storage.open(root)) as storage:
                Supervisor(root, name, serial, state, storage).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
