"""What AWS's own SDK sends for an intent, and what we send for the same."""

from __future__ import annotations

import fnmatch
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kinds.intent_documents import request_of
from tests.support.files import MemoryFiles

FOLDER = Path(__file__).parent / "intents"
CASES = sorted(path.stem for path in FOLDER.glob("*.json"))

WAIVERS = json.loads((Path(__file__).parent / "waivers.json").read_text("utf-8"))
"""Case, path and reason of each difference that we stand by; `unless` names what an intent asks
for: a default is waived only where the intent does not ask for the thing itself."""


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
    oracle = "v2" if "request" in data["v2"] else "v3"
    wanted, sent = dict(leaves(data[oracle]["request"])), dict(leaves(ours))
    waived = [
        waiver["path"]
        for waiver in WAIVERS
        if fnmatch.fnmatch(case, waiver["case"])
        and waiver["oracle"] == oracle
        and waiver.get("unless") not in data["intent"]
    ]
    return [
        f"{path}: sdk {wanted.get(path)!r}, ours {sent.get(path)!r}"
        for path in sorted(wanted.keys() | sent.keys())
        if wanted.get(path) != sent.get(path)
        and not any(fnmatch.fnmatchcase(path, pattern) for pattern in waived)
    ]


LEGAL = [case for case in CASES if not load(case)["intent"].get("negative")]
REFUSED = [case for case in CASES if load(case)["intent"].get("negative")]
SOURCES = MemoryFiles({
    "src/train.py": "", "src/run.sh": "", "src/pkg/train.py": "", "single_train.py": "",
    "lib_a/liba/__init__.py": "", "lib_b/helper.py": "",
})  # fmt: skip
"""Names of the files that the intents' sources have."""


@pytest.mark.parametrize("case", LEGAL)
def test_a_legal_intent_gives_the_request_of_aws_own_sdk(case: str) -> None:
    """That of version 2 or, where only that has it, of version 3."""
    data = load(case)
    ours, _, findings = request_of(data["intent"], SOURCES)
    assert findings == []
    assert differences(case, data, ours) == []


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_intent_is_refused(case: str) -> None:
    """Before anything is sent, also where the SDK leaves it to the service."""
    intent = load(case)["intent"]
    try:
        _, _, findings = request_of(intent, SOURCES)
    except ValueError:
        return
    assert findings


def test_the_adapter_prints_a_request_and_what_goes_up(tmp_path: Path) -> None:
    """As the comparison with the SDKs calls it, for an intent anywhere on the disk."""
    source = tmp_path / "fixtures" / "src"
    source.mkdir(parents=True)
    (source / "train.py").write_text("print()")
    (source / "link.py").symlink_to("train.py")
    folder = tmp_path / "intents" / "x"
    folder.mkdir(parents=True)
    (folder / "intent.json").write_text(json.dumps(load("011-pytorch-gpu")["intent"]))
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "intent_request.py"), "intent.json"],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    printed = json.loads(done.stdout)
    assert printed["request"]["ResourceConfig"]["InstanceType"] == "ml.g5.12xlarge"
    (upload,) = printed["uploads"]
    assert upload["files"].keys() == {"train.py", "link.py"}
    assert len(set(upload["files"].values())) == 1
