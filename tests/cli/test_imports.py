"""What each command imports: start-up time is spent only on what is used."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HEAVY = ("boto3", "botocore", "rich", "git", "deepdiff", "pydantic", "yaml", "reconciler.local")

PROBE = """
import json, sys
sys.argv = ["reconciler", *json.loads(sys.argv[1])]
from reconciler.cli.main import main
try:
    main()
except SystemExit as end:
    status = end.code
names = [name for name in json.loads(%r) if name in sys.modules]
print(json.dumps({"status": status, "modules": names}), file=sys.stderr)
"""


def probe(root: Path, *arguments: str) -> dict[str, Any]:
    """Exit status and heavy modules of one run in a fresh process."""
    command = json.dumps(["-C", str(root), *arguments])
    done = subprocess.run(
        [sys.executable, "-c", PROBE % json.dumps(HEAVY), command],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])
    return found


@pytest.mark.parametrize(
    "arguments", [["--help"], ["plan", "--help"], ["version"], ["help", "exit-codes"]]
)
def test_help_imports_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    """Not even pydantic."""
    assert probe(tmp_path, *arguments) == {"status": 0, "modules": []}


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["validate"], 0),
        (["plan", "--offline"], 0),
        (["plan", "--offline", "-o", "json"], 0),
        (["show", "digits", "--request"], 0),
        (["status", "--offline"], 0),
        (["bump", "digits"], 0),
    ],
)
def test_what_needs_no_network_imports_neither_boto3_nor_rich_nor_gitpython(
    repo: Any, arguments: list[str], status: int
) -> None:
    """They run in a pre-commit hook and on every pull request."""
    found = probe(repo.root, *arguments)
    assert found["status"] == status
    assert not {"boto3", "botocore", "rich", "git", "reconciler.local"} & set(found["modules"])
