"""The traffic shifts in the steps of the DeploymentConfig, its minutes as seconds."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.local.serving.rollout import Step, steps


def size(kind: str, value: int) -> dict[str, Any]:
    return {"Type": kind, "Value": value}


def blue_green(**routing: Any) -> dict[str, Any]:
    routing = {"WaitIntervalInSeconds": 60, **routing}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}}


QUARTER = size("CAPACITY_PERCENT", 25)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (None, [(1.0, 0.0)]),
        (blue_green(Type="ALL_AT_ONCE"), [(1.0, 1.0)]),
        (blue_green(Type="CANARY", CanarySize=QUARTER), [(0.25, 1.0), (1.0, 1.0)]),
        (
            blue_green(Type="LINEAR", LinearStepSize=size("CAPACITY_PERCENT", 50)),
            [(0.5, 1.0), (1.0, 1.0)],
        ),
        (
            blue_green(Type="CANARY", CanarySize=size("INSTANCE_COUNT", 1)),
            [(0.25, 1.0), (1.0, 1.0)],
        ),
        (
            {
                "RollingUpdatePolicy": {
                    "MaximumBatchSize": size("INSTANCE_COUNT", 2),
                    "WaitIntervalInSeconds": 30,
                }
            },
            [(0.5, 0.5), (1.0, 0.5)],
        ),
    ],
)
def test_each_policy_has_its_steps_on_four_instances(
    policy: dict[str, Any] | None, expected: list[tuple[float, float]]
) -> None:
    assert steps(policy, instances=4) == tuple(Step(*each) for each in expected)


def test_the_wait_before_termination_lengthens_the_last_step() -> None:
    policy = blue_green(Type="CANARY", CanarySize=QUARTER)
    policy["BlueGreenUpdatePolicy"]["TerminationWaitInSeconds"] = 120
    assert steps(policy, instances=1) == (Step(0.25, 1.0), Step(1.0, 3.0))


@pytest.mark.parametrize("percent", range(1, 101))
def test_linear_steps_grow_and_end_with_all_of_the_traffic(percent: int) -> None:
    policy = blue_green(Type="LINEAR", LinearStepSize=size("CAPACITY_PERCENT", percent))
    shares = [step.share for step in steps(policy, instances=1)]
    assert shares[-1] == 1.0
    assert len(shares) == -(-100 // percent)
    assert shares == sorted(set(shares))
