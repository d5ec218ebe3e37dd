"""What GitHub sends when something happens: its published examples, with our names put over them.

`tools/github_schemas.py` copies them to `payloads/`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PAYLOADS = Path(__file__).parent / "payloads"
REPOSITORY = {
    "full_name": "acme/ml",
    "name": "ml",
    "default_branch": "main",
    "owner": {"login": "acme"},
}


def event(name: str, /, **ours: Any) -> dict[str, Any]:
    """An example with our repository, and with `ours` in it."""
    example = json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))
    return dict(_over(example, {"repository": REPOSITORY, **ours}))


def pull_request_event(
    action: str, number: int, *, head: str, branch: str, base: str, fork: bool = False, **more: Any
) -> dict[str, Any]:
    """The event of a pull request to main; `more` is what the pull request has besides."""
    theirs = {**REPOSITORY, "full_name": "stranger/ml", "fork": True} if fork else REPOSITORY
    pull = {
        "number": number,
        "head": {"ref": branch, "sha": head, "repo": theirs},
        "base": {"ref": "main", "sha": base, "repo": REPOSITORY},
        **more,
    }
    return event(f"pull_request.{action}", number=number, pull_request=pull)


def reconcile_event(name: str, commit: str) -> dict[str, Any]:
    """The event that starts a reconcile: a push, a dispatch, or the schedule, which has no
    example as GitHub sends it to nobody else."""
    if name == "schedule":
        return {"schedule": "17,47 * * * *", "repository": event("push")["repository"]}
    if name == "workflow_dispatch":
        return event(name, ref="refs/heads/main", inputs=None)
    return event(name, ref="refs/heads/main", after=commit, head_commit={"id": commit})


def _over(example: Any, ours: Any) -> Any:
    if not isinstance(example, Mapping) or not isinstance(ours, Mapping):
        return ours
    return {**example, **{key: _over(example.get(key), value) for key, value in ours.items()}}
