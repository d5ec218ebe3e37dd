"""What AWS's own SDK sends for an intent, and what we send for the same."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kinds.intent_documents import request_of

FOLDER = Path(__file__).parent / "intents"
CASES = sorted(path.stem for path in FOLDER.glob("*.json"))

WAIVERS = (
    ("*", "/DebugHookConfig/*", "the SDK's default; AWS itself stops it (sdk PR 6188)"),
    ("*", "/ProfilerConfig/*", "the SDK's default; AWS itself stops it (sdk PR 6188)"),
    ("*", "/AlgorithmSpecification/EnableSageMakerMetricsTimeSeries",
     "the SDK's default; a document asks for it with `metrics_time_series: true`"),
    ("*", "/HyperParameters/model_dir",
     "the SDK's default has the job's name in it: it would be another job each time"),
    ("019-*", "/HyperParameters/sagemaker_mpi_num_of_processes_per_host",
     "the SDK drops the process count of torchrun, though the container reads it"),
    ("045-*", "/HyperParameters/use_bias", "written `false`; the SDK writes Python's False"),
    ("045-*", "/HyperParameters/normalize_data", "written `true`; the SDK writes Python's True"),
    ("051-*", "/HyperParameters/eta",
     "the SDK asks DescribeAlgorithm for a default that SageMaker fills in by itself"),
    ("081-*", "/DebugHookConfig/CollectionConfigurations/*",
     "the SDK adds the collection of a rule a second time under the same name"),
)  # fmt: skip
"""Case, path and reason of each difference that we stand by."""

ASKED_FOR = {"/DebugHookConfig/*": "debugger", "/ProfilerConfig/*": "profiler"}
"""A default is waived only where the intent does not ask for the thing itself."""


def load(case: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{case}.json").read_text())
    return found


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Values by path; lists of named things by name, empty things and order left out."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            names = ("ChannelName", "Key", "Name", "InstanceGroupName", "RuleConfigurationName")
            name = next((item[n] for n in names if isinstance(item, dict) and n in item), index)
            yield from leaves(item, f"{path}/{name}")
    elif value is not None:
        yield (
            path,
            re.sub(r's3://([^/"]+)/[^"]*sourcedir\.tar\.gz', r"s3://\1/KEY", value)
            if (isinstance(value, str))
            else value,
        )


def differences(case: str, data: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    wanted, sent = dict(leaves(data["v2"]["request"])), dict(leaves(ours))
    waived = [
        path
        for name, path, _ in WAIVERS
        if fnmatch.fnmatch(case, name) and ASKED_FOR.get(path) not in data["intent"]
    ]
    return [
        f"{path}: sdk {wanted.get(path)!r}, ours {sent.get(path)!r}"
        for path in sorted(wanted.keys() | sent.keys())
        if wanted.get(path) != sent.get(path)
        and not any(fnmatch.fnmatchcase(path, pattern) for pattern in waived)
    ]


LEGAL = [case for case in CASES if not load(case)["intent"].get("negative")]
REFUSED = [case for case in CASES if load(case)["intent"].get("negative")]
NOT_HERE = ("103-bad-missing-entry",)
"""Refused where the files of the repository are known."""


@pytest.mark.parametrize("case", LEGAL)
def test_a_legal_intent_gives_the_request_of_aws_own_sdk(case: str) -> None:
    data = load(case)
    ours, findings = request_of(data["intent"])
    assert findings == []
    if "request" in data["v2"]:
        assert differences(case, data, ours) == []


@pytest.mark.parametrize("case", [case for case in REFUSED if case not in NOT_HERE])
def test_a_wrong_intent_is_refused(case: str) -> None:
    intent = load(case)["intent"]
    try:
        _, findings = request_of(intent)
    except ValueError:
        return
    assert findings
