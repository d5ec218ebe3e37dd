"""`reconciler cost`: sums over the lock, without asking anybody."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler.core.record import dumps
from tests.cli.conftest import FILES, JOB, PROD, Repo
from tests.support.recorded import record_runs

MakeRepo = Callable[[Mapping[str, str]], Repo]


def job(name: str, owner: str | None = None) -> str:
    more = f"owner: {owner}\n" if owner else ""
    return JOB.replace("name: digits", f"name: {name}") + "environments: [prod, dev]\n" + more


@pytest.fixture
def repo(make_repo: MakeRepo) -> Repo:
    """Two environments on AWS: in each, churn cost something and old is of unknown cost."""
    files = {
        **FILES,
        "environments/prod.yaml": PROD + "tags: {stage: live}\n",
        "environments/dev.yaml": PROD.replace("name: prod", "name: dev"),
        "jobs/digits.yaml": job("churn", "ada"),
        "jobs/old.yaml": job("old"),
    }
    repo = make_repo(files)
    for environment, amount in (("prod", "1.230000"), ("dev", "0.020000")):
        for name, record in record_runs(repo.root, environment).items():
            ((physical_name, run),) = record.runs.items()
            days = 1 if name == "churn" else 90
            ended = datetime.now(UTC) - timedelta(days=days)
            cost = {"billable_seconds": 60, "amount": amount if name == "churn" else "unknown"}
            how = {**(run.how or {}), "ended": f"{ended:%Y-%m-%dT%H:%M:%SZ}"}
            told = record.with_run(physical_name, replace(run, cost=cost, how=how))
            (repo.root / f"locks/{environment}/{name}.json").write_text(dumps(told))
    return repo


def groups(repo: Repo, *words: str) -> dict[str | None, str]:
    document = json.loads(repo.run("cost", "-o", "json", *words).stdout)
    return {row["group"]: row["amount"] for row in document["groups"]}


def test_every_environment_is_summed_up_by_job(repo: Repo) -> None:
    result = repo.run("cost")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "JOB    RUNS  COST\n"
        "churn  2     $1.25\n"
        "old    2     unknown\n"
        "Together 4 runs: $1.25 and 2 unknown.\n"
    )


@pytest.mark.parametrize(
    ("words", "amounts"),
    [
        (("--by", "environment"), {"prod": "1.230000", "dev": "0.020000", "local": None}),
        (("--by", "environment", "-e", "dev"), {"dev": "0.020000"}),
        (("--by", "owner"), {"ada": "1.250000", None: "0"}),
        (("--by", "tag:stage"), {"live": "1.230000", None: "0.020000"}),
        (("--since", "30d"), {"churn": "1.250000"}),
        (("--since", "1h"), {}),
        (("--since", "999999999d"), {"churn": "1.250000", "old": "0"}),
    ],
)
def test_sums_are_of_what_was_asked_for(
    repo: Repo, words: tuple[str, ...], amounts: dict[str | None, str | None]
) -> None:
    """By whom or what a run was launched for, and by when it ended."""
    assert groups(repo, *words) == {k: v for k, v in amounts.items() if v is not None}


@pytest.mark.parametrize("word", ["team", "tag:", "jobs", ""])
def test_a_group_that_does_not_exist_is_wrong_usage(repo: Repo, word: str) -> None:
    result = repo.run("cost", "--by", word)
    assert result.exit_code == 2
    assert "is not one of job, owner, environment, tag:KEY" in result.stderr


def test_a_lock_that_this_clone_does_not_have_is_no_sum_of_zero(make_repo: MakeRepo) -> None:
    repo = make_repo({**FILES, "environments/prod.yaml": PROD + "lock_branch: state\n"})
    result = repo.run("cost")
    assert result.exit_code == 1
    assert "git fetch origin state:refs/remotes/origin/state" in result.stderr
    assert repo.run("cost", "-e", "local").stdout == "No run of a training job is recorded.\n"


def test_a_broken_environment_is_told_unless_another_one_was_named(make_repo: MakeRepo) -> None:
    repo = make_repo({**FILES, "environments/prod.yaml": "name: [\n"})
    assert repo.run("cost").exit_code == 1
    assert repo.run("cost", "-e", "local").exit_code == 0


def test_a_run_on_this_computer_has_no_price(trained: Any) -> None:
    repo, _ = trained
    result = repo.run("cost")
    assert result.stdout.endswith("Together 1 run: unknown.\n")
