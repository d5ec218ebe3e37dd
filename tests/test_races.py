"""Real processes against a bare repository and an engine over HTTP, killed at random moments.

RECONCILER_KILLS sets how many processes are killed: 8 by default, 2,000 for a night.
"""

from __future__ import annotations

import itertools
import os
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core.join import regressions
from reconciler.core.record import Record, State, loads
from tests.support.checkout import Checkout
from tests.support.hosted import Hosted

KILLS = int(os.environ.get("RECONCILER_KILLS", "8"))
NAMES = ("wine", "beer", "tea")
AT_ONCE = 8


@pytest.fixture
def hosted(tmp_path: Path) -> Hosted:
    made = Hosted(tmp_path)
    for depth, name in enumerate(NAMES):
        made.checkout.job(name, depth=depth)
    publish(made.checkout)
    return made


@pytest.fixture
def endpoint(hosted: Hosted) -> Iterator[dict[str, str]]:
    """The engine of the checkout over HTTP; variables that send the command there."""
    server = hosted.start("local", "serve")
    assert server.stdout is not None
    line = server.stdout.readline()
    yield dict(re.findall(r"(AWS_\w+)=(\S+)", line))
    server.terminate()
    server.communicate(timeout=30)


def publish(checkout: Checkout) -> None:
    """Commit and push what people changed, on top of what the reconciler pushed meanwhile."""
    checkout.git("add", "-A")
    checkout.git("commit", "-q", "--allow-empty", "-m", "change")
    for _ in range(20):
        checkout.git("pull", "-q", "--rebase", "origin", "main")
        try:
            checkout.git("push", "-q", "origin", "HEAD:main")
            return
        except Exception:
            time.sleep(0.05)
    raise AssertionError("could not push")


def history(hosted: Hosted, name: str) -> list[Record]:
    """Every version of a record that was ever committed, oldest first."""
    path = f"locks/local/{name}.json"
    commits = hosted.git("log", "--reverse", "--format=%H", "main", "--", path).split()
    return [loads(hosted.git("show", f"{commit}:{path}"), path) for commit in commits]


def check(hosted: Hosted) -> None:
    """One launch for each intent, nothing lost in any commit, the repository whole."""
    launched = hosted.checkout.launch_log()
    assert len(launched) == len(set(launched))
    recorded: dict[str, State] = {}
    for name in NAMES:
        versions = history(hosted, name)
        lost = [found for a, b in itertools.pairwise(versions) for found in regressions(a, b)]
        assert lost == []
        for run, last in versions[-1].runs.items():
            first = next(v.runs[run].state for v in versions if run in v.runs)
            assert first is State.INTENT
            recorded[run] = last.state
    assert {run for run, state in recorded.items() if state is State.COMPLETED} == set(launched)
    assert {*recorded.values()} <= {State.COMPLETED, State.WITHDRAWN}
    merges = hosted.git("log", "--merges", "--format=%H", "main")
    assert merges == ""
    assert hosted.git("fsck", "--strict", "--no-dangling") == ""


def test_killed_at_random_moments_nothing_is_launched_twice_or_lost(
    hosted: Hosted, endpoint: dict[str, str]
) -> None:
    moments = random.Random(KILLS)
    for turn in range(KILLS):
        if moments.random() < 0.3:
            hosted.checkout.job(moments.choice(NAMES), depth=10 + turn)
            publish(hosted.checkout)
        process = hosted.start("apply", "-e", "local", "--push", "git", **endpoint)
        time.sleep(moments.uniform(0.3, 2.0))
        process.kill()
        process.communicate()
    settled = hosted.run("apply", "-e", "local", "--push", "git", **endpoint)
    assert settled.returncode == 0, settled.stderr
    check(hosted)


def test_eight_at_once_launch_each_job_once(hosted: Hosted, endpoint: dict[str, str]) -> None:
    words = ("apply", "-e", "local", "--push", "git")
    processes = [hosted.start(*words, **endpoint) for _ in range(AT_ONCE)]
    for process in processes:
        process.communicate(timeout=120)
    settled = hosted.run(*words, **endpoint)
    assert settled.returncode == 0, settled.stderr
    assert len(hosted.checkout.launch_log()) == len(NAMES)
    check(hosted)


def test_a_repository_that_refuses_the_lock_launches_nothing(
    hosted: Hosted, endpoint: dict[str, str]
) -> None:
    hook = hosted.bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'GH006: Protected branch update failed' >&2\nexit 1\n")
    hook.chmod(0o755)
    refused = hosted.run("apply", "-e", "local", "--push", "git", **endpoint)
    assert refused.returncode == 5
    assert "lock_branch" in refused.stderr
    assert hosted.checkout.launch_log() == []
