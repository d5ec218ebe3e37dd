"""A digest is the content and nothing else, and stays what it is over releases of this tool."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.core.desired import load
from reconciler.core.resource import Target, sha256_of
from reconciler.core.settle import settle
from reconciler.kinds import KINDS
from tests.support.files import MemoryFiles

DATA = Path(__file__).parents[1] / "data"
CORPUS: dict[str, Any] = yaml.safe_load((DATA / "digests.yaml").read_text())
BASE: dict[str, str] = CORPUS["base"]
JOB = "jobs/churn.yaml"


def target(files: dict[str, str], environment: str = "prod") -> Target:
    desired = load(MemoryFiles(files), environment, KINDS)
    settled = settle(desired, {})
    assert not desired.problems + settled.problems
    return settled.targets["churn"]


def digest(changes: dict[str, Any], environment: str = "prod") -> str:
    """Digest of the base job with top-level keys changed; None takes one out."""
    document = {**yaml.safe_load(BASE[JOB]), **changes}
    text = yaml.safe_dump({k: v for k, v in document.items() if v is not None}, sort_keys=False)
    return target({**BASE, JOB: text}, environment).digest


@pytest.mark.parametrize("case", CORPUS["cases"], ids=lambda case: json.dumps(case["set"])[:60])
def test_the_digest_of_a_document_never_changes(case: dict[str, Any]) -> None:
    assert digest(case["set"]) == case["digest"]


def test_everything_that_reaches_the_run_has_its_own_digest() -> None:
    digests = [case["digest"] for case in CORPUS["cases"]]
    assert len(digests) == len(set(digests)) >= 100


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 9},
        {"description": "another"},
        {"owner": "others"},
        {"tags": {"team": "growth"}},
        {"on_delete": "stop"},
        {"retry": {"max_attempts": 3}},
        {"remote_debug": True},
        {"profiler": {"disable_profiler": True}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_can_change_in_place_is_no_content(changes: dict[str, Any]) -> None:
    assert digest(changes) == digest({})


def test_gates_are_no_content() -> None:
    metrics = {"metrics": {"auc": "auc=([0-9.]+)"}}
    assert digest({**metrics, "gates": {"auc": {"min": 0.5}}}) == digest(metrics)


def test_keep_alive_is_no_content() -> None:
    compute = yaml.safe_load(BASE[JOB])["compute"]
    assert digest({"compute": {**compute, "keep_alive_period": "10m"}}) == digest({})


def test_spelling_is_no_content() -> None:
    same = """\
# a comment
kind: "TrainingJob"
version: 1
name: churn
apiVersion: sagemaker-gitops/v1

inputs: {train: {"s3_uri": 's3://acme-ml/churn/'}}
stopping_condition:
    max_runtime: 60m
compute: {volume_size: "30GB", instance_count: 1, instance_type: ml.m5.xlarge}
container: {image: 444455556666.dkr.ecr.eu-west-1.amazonaws.com/churn:1.0}
hyperparameters: {rate: 1e-1, rounds: 100}
"""
    assert target({**BASE, JOB: same}).digest == digest({})


def test_the_characters_of_a_hyperparameter_are_content() -> None:
    spellings = ["1e-1", "0.1", "0.10", '"0.1"', "'1e-1'"]
    texts = [BASE[JOB].replace("rate: 1e-1", f"rate: {spelling}") for spelling in spellings]
    assert len({target({**BASE, JOB: text}).digest for text in texts}) == len(spellings)


def test_order_is_no_content() -> None:
    document = yaml.safe_load(BASE[JOB])
    keys = list(document)
    for seed in range(20):
        random.Random(seed).shuffle(keys)
        text = BASE[JOB].splitlines()
        head = [line for line in text if not line.startswith(" ")]
        random.Random(seed).shuffle(head)
        assert target({**BASE, JOB: "\n".join(head) + "\n"}).digest == digest({})


def test_where_a_value_is_inherited_from_is_no_content() -> None:
    defaults = (
        "apiVersion: sagemaker-gitops/v1\nkind: Defaults\n"
        "compute: {instance_type: ml.m5.xlarge, instance_count: 1, volume_size: 30GB}\n"
    )
    text = "\n".join(line for line in BASE[JOB].splitlines() if not line.startswith("compute"))
    files = {**BASE, JOB: text + "\n", "jobs/_defaults.yaml": defaults}
    assert target(files).digest == digest({})


def test_the_environment_is_content() -> None:
    dev = BASE["environments/prod.yaml"].replace("name: prod", "name: dev")
    files = {**BASE, "environments/dev.yaml": dev}
    files[JOB] = BASE[JOB] + "environments: [dev, prod]\n"
    assert target(files, "dev").digest != target(files, "prod").digest


def test_numbers_with_a_fraction_are_refused_because_their_text_differs_between_tools() -> None:
    with pytest.raises(TypeError):
        sha256_of({"a": [0.1]})


def test_the_physical_name_is_name_and_digest() -> None:
    found = target(BASE)
    assert found.physical_name() == f"churn-{found.digest[:10]}"
    assert found.physical_name(3) == f"churn-{found.digest[:10]}-r3"
