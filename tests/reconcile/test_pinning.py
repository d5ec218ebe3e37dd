"""A plan names the content of its images: what was shown runs, wherever the tag points later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.adapters.clock import SystemClock
from reconciler.core.call import Call
from reconciler.core.plan import Plan, Standing
from reconciler.core.record import Run
from reconciler.errors import NotThere, PlanChanged, ServiceError, Throttled
from reconciler.reconcile.applying import apply
from reconciler.reconcile.context import Context, Report
from reconciler.reconcile.planning import plan
from tests.support.checkout import Checkout

TAG = "111122223333.dkr.ecr.us-east-1.amazonaws.com/train:1.0"
DIGESTS = tuple(f"sha256:{number:064x}" for number in range(3))
JOB = f"""\
apiVersion: sagemaker-gitops/v1
kind: TrainingJob
name: {{name}}
version: 1
container: {{{{image: "{TAG}"}}}}
inputs: {{{{train: {{{{s3_uri: s3://local-artifacts/train/}}}}}}}}
compute: {{{{instance_type: ml.m5.large, instance_count: 1}}}}
"""


class Registry:
    """The local engine's cloud with a registry whose tags others move."""

    def __init__(self, checkout: Checkout) -> None:
        self._cloud = checkout.cloud()
        self.says: str | ServiceError | None = DIGESTS[1]
        self.asked: list[str] = []
        self.launched: list[Mapping[str, Any]] = []
        """The requests that came to be launched; the engine itself has no such image."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cloud, name)

    def send(self, call: Call) -> Mapping[str, Any]:
        if call.operation == "CreateTrainingJob":
            self.launched.append(call.params)
        return self._cloud.send(call)

    def image_digest(self, image: str) -> str | None:
        self.asked.append(image)
        if isinstance(self.says, ServiceError):
            raise self.says
        return self.says


class Journey:
    """Plans and applies over one checkout and its registry."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self.registry = Registry(checkout)

    def plan(self, *, offline: bool = False) -> Plan:
        return self._with(lambda context: plan(context, offline=offline))

    def apply(self, **options: Any) -> Report:
        return self._with(lambda context: apply(context, wait=False, **options))

    def run(self, name: str) -> Run:
        (run,) = self.checkout.record(name).runs.values()
        return run

    def _with(self, does: Callable[[Context], Any]) -> Any:
        with SystemClock() as clock:
            return does(self.checkout.context(clock, lambda _: self.registry))  # type: ignore[arg-type,return-value]


@pytest.fixture
def journey(tmp_path: Path) -> Journey:
    checkout = Checkout.create(tmp_path / "a repository")
    for name in ("one", "two"):
        checkout.write(f"jobs/{name}.yaml", JOB.format(name=name))
    checkout.commit()
    return Journey(checkout)


def images_sent(made: Plan) -> list[str]:
    return [change.calls[0].params["AlgorithmSpecification"]["TrainingImage"]
            for change in made.changes]  # fmt: skip


def test_a_plan_holds_the_digest_behind_a_tag_and_asks_once_for_it(journey: Journey) -> None:
    made = journey.plan()
    assert images_sent(made) == [TAG.replace(":1.0", f"@{DIGESTS[1]}")] * 2
    assert {(image.reference, image.digest) for c in made.changes for image in c.images} == {
        (TAG, DIGESTS[1])
    }
    assert journey.registry.asked == [TAG]


def test_without_network_a_plan_holds_the_tag(journey: Journey) -> None:
    made = journey.plan(offline=True)
    assert images_sent(made) == [TAG, TAG]
    assert journey.registry.asked == []


def test_what_the_plan_shows_is_sent_and_recorded(journey: Journey) -> None:
    made = journey.plan()
    journey.apply(approved=made.digest)
    assert journey.registry.launched == [change.calls[0].params for change in made.changes]
    for change in made.changes:
        run = journey.run(change.name)
        assert run.request == change.calls[0].params
        assert run.images == [{"reference": TAG, "digest": DIGESTS[1]}]


def test_a_tag_that_moved_after_the_plan_is_another_plan(journey: Journey) -> None:
    made = journey.plan()
    journey.registry.says = DIGESTS[2]
    with pytest.raises(PlanChanged):
        journey.apply(approved=made.digest)
    assert journey.registry.launched == []


def test_an_image_of_a_registry_that_nobody_may_ask_is_sent_as_written(journey: Journey) -> None:
    journey.registry.says = None
    made = journey.plan()
    assert images_sent(made) == [TAG, TAG]
    journey.apply(approved=made.digest)
    assert journey.run("one").images == [{"reference": TAG, "digest": None}]


@pytest.mark.parametrize(
    "answer",
    [
        NotThere("BatchGetImage", "ImageNotFound", f"{TAG} is not in its registry"),
        Throttled("BatchGetImage", "ThrottlingException", "Rate exceeded"),
    ],
)
def test_what_the_registry_does_not_tell_is_held_and_launched_once_it_does(
    journey: Journey, answer: ServiceError
) -> None:
    journey.registry.says = answer
    report = journey.apply()
    assert report.failed and journey.registry.launched == []
    assert report.plan is not None
    assert {(n.code, n.standing) for n in report.plan.notes} == {("E314", Standing.HELD)}
    journey.registry.says = DIGESTS[1]
    journey.apply()
    assert len(journey.registry.launched) == 2


def test_an_intent_is_sent_again_with_the_image_that_it_recorded(journey: Journey) -> None:
    """What it says is done, though the tag has moved and though nobody could tell it at first."""
    for says, later in ((DIGESTS[1], DIGESTS[2]), (None, DIGESTS[2])):
        name = f"again-{says is None}".lower()
        journey.checkout.write(f"jobs/{name}.yaml", JOB.format(name=name))
        journey.checkout.commit()
        journey.registry.says = says
        journey.registry.login_ends_within = lambda _: True  # type: ignore[attr-defined]
        journey.apply(names=[name])
        intended = journey.run(name)
        assert intended.request is not None and journey.run(name).state.value == "intent"
        journey.registry.says = later
        del journey.registry.login_ends_within  # type: ignore[attr-defined]
        journey.apply(names=[name])
        assert journey.registry.launched[-1] == intended.request
        assert journey.run(name).images == intended.images
