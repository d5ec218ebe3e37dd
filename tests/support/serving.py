"""A checkout whose job is served: a model and an endpoint beside it, and what they answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciler.adapters.clock import SystemClock
from reconciler.cli.engine import engine_root, reset
from reconciler.core.ports import Cloud, LockStore
from reconciler.core.record import Run
from reconciler.reconcile.applying import apply
from tests.support.checkout import Checkout

MODEL = """\
apiVersion: sagemaker-gitops/v1
kind: Model
name: wine-model
artifact: {{job: wine}}
container: {{framework: sklearn, framework_version: 1.2-1, source_dir: serving,
            entry_script: {script}}}
"""
ENDPOINT = """\
apiVersion: sagemaker-gitops/v1
kind: Endpoint
name: wine-live
variants:
  main: {{model: wine-model, instance_type: ml.m5.large, initial_instance_count: {count}}}
"""
INFERENCE = """\
def model_fn(model_dir):
    with open(model_dir + "/model.txt") as file:
        return file.read()

def input_fn(body, content_type):
    return body

def predict_fn(data, model):
    return model

def output_fn(prediction, accept):
    return prediction, "text/plain"
"""
BROKEN = "def model_fn(model_dir):\n    raise OSError('no such layer: dense_3')\n"


class Killed(BaseException):
    """The end of a process that nobody can catch."""


class ServedCheckout(Checkout):
    """A checkout with the job `wine`, the model `wine-model` and the endpoint `wine-live`."""

    @classmethod
    def create(cls, root: Path) -> ServedCheckout:
        made = super().create(root)
        assert isinstance(made, ServedCheckout)
        made.write("serving/inference.py", INFERENCE)
        made.write("serving/broken.py", BROKEN)
        made.job("wine")
        made.model()
        made.endpoint()
        made.commit()
        return made

    def model(self, *, script: str = "inference.py", more: str = "") -> None:
        """Write the document of the model."""
        self.write("jobs/wine-model.yaml", MODEL.format(script=script) + more)

    def endpoint(self, *, count: int = 1, more: str = "") -> None:
        """Write the document of the endpoint."""
        self.write("jobs/wine-live.yaml", ENDPOINT.format(count=count) + more)

    def prediction(self) -> str:
        """What the endpoint answers."""
        runtime = self.client("sagemaker-runtime")
        answer = runtime.invoke_endpoint(EndpointName="wine-live", Body=b"1,2,3")
        return str(answer["Body"].read(), "utf-8")

    def serves(self) -> dict[str, Any]:
        """What SageMaker says of the endpoint."""
        answer: dict[str, Any] = self.client("sagemaker").describe_endpoint(
            EndpointName="wine-live"
        )
        return answer

    def newest(self, name: str) -> tuple[str, Run]:
        """The run that answers a resource now."""
        found = self.record(name).last_run()
        assert found is not None
        return found

    def on_sagemaker(self) -> tuple[set[str], set[str]]:
        """Names of all models, and of all endpoint configurations."""
        client = self.client("sagemaker")
        models = client.list_models(MaxResults=100)["Models"]
        configs = client.list_endpoint_configs(MaxResults=100)["EndpointConfigs"]
        return (
            {model["ModelName"] for model in models},
            {config["EndpointConfigName"] for config in configs},
        )

    def recorded(self) -> tuple[set[str], set[str]]:
        """Names of all models and configurations that the lock knows and that are not deleted."""
        return (
            {name for name, run in self.record("wine-model").runs.items() if not run.is_gone},
            {name for name, run in self.record("wine-live").runs.items() if not run.is_gone},
        )

    def apply_and_die(self, at: int, *, answered: bool) -> int:
        """Apply with a process that is killed at its call number `at` that could change something,
        before it is sent or, with `answered`, after; gives how many there were."""
        cloud = DyingCloud(self.cloud(), at, answered=answered)
        with SystemClock() as clock:
            context = self.context(clock, lambda _: cloud)
            context = replace(context, store=DyingStore(context.store, cloud))
            try:
                apply(context, wait=True, timeout=60.0)
            except Killed:
                assert cloud.dead
        return cloud.sent

    def close(self) -> None:
        """End the processes of the engine."""
        reset(engine_root(self.root))


READS = ("Describe", "List", "Search", "Get")


class DyingCloud:
    """A cloud whose process is killed at one of the calls that could change something."""

    def __init__(self, cloud: Cloud, at: int, *, answered: bool) -> None:
        self._cloud, self._at, self._answered = cloud, at, answered
        self.sent, self.dead = 0, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cloud, name)

    def send(self, call: Any) -> Any:
        if call.operation.startswith(READS):
            return self._cloud.send(call)
        self._reach(before=True)
        answer = self._cloud.send(call)
        self._reach(before=False)
        return answer

    def _reach(self, *, before: bool) -> None:
        self.sent += before
        if self.sent == self._at and before is not self._answered:
            self.dead = True
            raise Killed


class DyingStore:
    """The lock of a process that is killed: nothing is written after that."""

    def __init__(self, store: LockStore, cloud: DyingCloud) -> None:
        self._store, self._cloud = store, cloud

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write(self, *arguments: Any, **options: Any) -> Any:
        if self._cloud.dead:
            raise Killed
        return self._store.write(*arguments, **options)
