"""Audit of what is served: endpoints are proven by their configurations and by what they serve."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.record import dumps, loads
from reconciler.core.resource import Revision
from reconciler.kinds import KINDS
from reconciler.reconcile.auditing import Audit, prove
from tests.support.serving import ServedCheckout


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[ServedCheckout]:
    made = ServedCheckout.create(tmp_path / "repository")
    made.model(more="prune: true\n")
    made.endpoint(more="prune: true\n")
    made.commit("clean up")
    assert not made.apply().failed
    yield made
    made.close()


def proof(checkout: ServedCheckout, **states: str) -> Audit:
    """What SageMaker says of the whole lock, in which some runs have another state."""
    contents = {
        f"locks/local/{n}": content.decode() for n, content in checkout.lock_bytes().items()
    }
    for name, state in states.items():
        path = f"locks/local/{name.replace('_', '-')}.json"
        contents[path] = contents[path].replace('"state": "completed"', f'"state": "{state}"')
    records = {path: loads(text, path) for path, text in contents.items()}
    assert states or all(dumps(record) == contents[path] for path, record in records.items())
    revision = Revision("c" * 40, repository="repository")
    environment = checkout.environment
    return prove(records, checkout.cloud(), KINDS, environment=environment, revision=revision)


def told(audit: Audit) -> list[str]:
    return [f"{finding.run}: {finding.message}" for finding in audit.findings]


def deeper(checkout: ServedCheckout) -> None:
    """Serve another artifact."""
    checkout.job("wine", depth=4)
    checkout.commit("deeper")
    assert not checkout.apply().failed


def test_a_job_its_model_and_its_endpoint_are_proven(checkout: ServedCheckout) -> None:
    """The configuration by its own name, the endpoint by what it serves."""
    audit = proof(checkout)
    assert (told(audit), audit.unproven, audit.proven) == ([], (), 3)


def test_what_the_reconciler_deleted_is_not_missed(checkout: ServedCheckout) -> None:
    """Two jobs ran; one model and one configuration replaced another, which was pruned."""
    deeper(checkout)
    assert any(run.is_gone for run in checkout.record("wine-live").runs.values())
    assert any(run.is_gone for run in checkout.record("wine-model").runs.values())
    audit = proof(checkout)
    assert (told(audit), audit.proven) == ([], 4)


def test_configurations_that_were_replaced_and_kept_are_proven(checkout: ServedCheckout) -> None:
    """They are there, though the endpoint serves another one."""
    checkout.model()
    checkout.endpoint()
    deeper(checkout)
    audit = proof(checkout)
    assert (told(audit), audit.proven) == ([], 6)


def test_an_endpoint_that_was_rolled_back_is_proven(checkout: ServedCheckout) -> None:
    """The record says that the new configuration failed, and so does SageMaker."""
    checkout.model(script="broken.py")
    checkout.commit("broken")
    assert checkout.apply().failed
    assert told(proof(checkout)) == []


def test_what_is_in_service_and_not_as_recorded_is_found(checkout: ServedCheckout) -> None:
    """Another configuration, none, or another state."""
    client: Any = checkout.client("sagemaker")
    config, model = checkout.newest("wine-live")[0], checkout.newest("wine-model")[0]
    assert told(proof(checkout, wine_live="failed")) == [
        f"{config}: state is recorded as failed, SageMaker says wine-live is InService"
    ]
    variant = {"VariantName": "x", "ModelName": model, "InstanceType": "ml.m5.large",
               "InitialInstanceCount": 1}  # fmt: skip
    client.create_endpoint_config(EndpointConfigName="by-hand", ProductionVariants=[variant])
    client.update_endpoint(EndpointName="wine-live", EndpointConfigName="by-hand")
    waiter = client.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName="wine-live", WaiterConfig={"Delay": 1})
    assert told(proof(checkout)) == [
        f"{config}: wine-live should serve it, SageMaker says it serves by-hand"
    ]
    client.delete_endpoint(EndpointName="wine-live")
    client.get_waiter("endpoint_deleted").wait(EndpointName="wine-live", WaiterConfig={"Delay": 1})
    client.delete_endpoint_config(EndpointConfigName=config)
    assert told(proof(checkout)) == [
        f"{config}: SageMaker does not know it",
        f"{config}: wine-live should serve it, SageMaker does not know wine-live",
    ]
