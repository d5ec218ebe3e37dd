"""`reconciler bump --stale`: what went stale is raised, with what moved it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.support.recorded import record_runs

HEAD = "apiVersion: sagemaker-gitops/v1\nkind: "
PROD = (
    HEAD
    + """\
Environment
name: prod
account_id: "444455556666"
region: eu-west-1
bucket: acme-ml
role_arn: arn:aws:iam::444455556666:role/ml
"""
)
DEFAULTS = (
    HEAD
    + """\
Defaults
compute: {instance_type: ml.m5.xlarge, instance_count: 1}
stopping_condition: {max_runtime: 1h}
"""
)
JOB = (
    HEAD
    + """\
TrainingJob
name: {name}
version: 1  # raise me
{more}
"""
)
SCRIPT = (
    "script: {framework: sklearn, framework_version: 1.2-1, python_version: py3,"
    " source_dir: code, entry_script: train.py}"
)
CONTAINER = "container: {image: 444455556666.dkr.ecr.eu-west-1.amazonaws.com/x:1}"


@pytest.fixture
def repo(make_repo: Callable[[Mapping[str, str]], Any]) -> Any:
    """Two jobs that completed in `prod`, one with code of the repository, and a third one."""
    jobs = {"plain": CONTAINER, "coded": SCRIPT, "after": CONTAINER + "\ninputs: {m: {job: plain}}"}
    made = make_repo(
        {
            "environments/prod.yaml": PROD,
            "jobs/_defaults.yaml": DEFAULTS,
            "code/train.py": "print(1)\n",
            **{f"jobs/{n}.yaml": JOB.format(name=n, more=more) for n, more in jobs.items()},
        }
    )
    record_runs(made.root, "prod")
    record_runs(made.root, "prod")
    made.write({})
    return made


def _versions(repo: Any) -> dict[str, int]:
    texts = {path.stem: path.read_text() for path in (repo.root / "jobs").glob("[!_]*.yaml")}
    return {name: int(text.split("version: ")[1].split()[0]) for name, text in texts.items()}


def test_nothing_stale_is_said_and_is_no_failure(repo: Any) -> None:
    result = repo.run("bump", "--stale")
    assert (result.exit_code, result.stdout) == (0, "Nothing is stale in prod.\n")
    assert set(_versions(repo).values()) == {1}


def test_what_a_default_moved_is_raised_and_its_line_named(repo: Any) -> None:
    """No commit is needed, and doing it twice raises once."""
    (repo.root / "jobs/_defaults.yaml").write_text(DEFAULTS.replace("1h", "2h"))
    result = repo.run("bump", "--stale", "-e", "prod")
    assert result.exit_code == 0, result.output
    assert "plain 1 → 2  jobs/plain.yaml\n" in result.stdout
    assert "  stopping_condition.max_runtime changed in jobs/_defaults.yaml:4\n" in result.stdout
    assert _versions(repo) == {"plain": 2, "coded": 2, "after": 2}
    assert repo.run("bump", "--stale").stdout == "Nothing is stale in prod.\n"
    assert "version: 2  # raise me\n" in (repo.root / "jobs/plain.yaml").read_text()


@pytest.mark.parametrize("cause", ["code/train.py", "code", "./code/"])
def test_a_cause_chooses_among_what_is_stale(repo: Any, cause: str) -> None:
    """Code counts by its folder and by each file in it."""
    (repo.root / "code/train.py").write_text("print(2)\n")
    result = repo.run("bump", "--stale", "--cause", cause)
    assert result.stdout == "coded 1 → 2  jobs/coded.yaml\n  code: code moved\n"
    assert _versions(repo) == {"plain": 1, "coded": 2, "after": 1}


def test_another_cause_chooses_nothing_and_tells_what_else_is_stale(repo: Any) -> None:
    """A slip in the name of a file is seen."""
    (repo.root / "code/train.py").write_text("print(2)\n")
    result = repo.run("bump", "--stale", "--cause", "cod")
    assert (result.exit_code, result.stdout) == (0, "Nothing is stale in prod because of cod.\n")
    assert "coded 1 is stale:\n  code: code moved" in result.stderr
    assert set(_versions(repo).values()) == {1}


def test_an_input_that_moved_is_a_cause_too(repo: Any) -> None:
    """Named by the job that it comes from."""
    text = (repo.root / "jobs/plain.yaml").read_text().replace("version: 1", "version: 2")
    (repo.root / "jobs/plain.yaml").write_text(text + "hyperparameters: {a: 1}\n")
    result = repo.run("bump", "--stale", "--cause", "plain")
    assert result.stdout == "after 1 → 2  jobs/after.yaml\n  input plain moved\n"


def test_a_broken_document_hides_what_is_stale_and_is_told(repo: Any) -> None:
    """Exit status 1, and nothing is written."""
    (repo.root / "jobs/_defaults.yaml").write_text(DEFAULTS.replace("1h", "2h"))
    (repo.root / "jobs/plain.yaml").write_text("{")
    result = repo.run("bump", "--stale")
    assert result.exit_code == 1
    assert "jobs/plain.yaml" in result.stderr
    assert "version: 1" in (repo.root / "jobs/coded.yaml").read_text()


@pytest.mark.parametrize("arguments", [["--stale", "plain"], ["--cause", "code"], []])
def test_names_or_stale_but_not_both(repo: Any, arguments: list[str]) -> None:
    """Wrong usage: exit status 2."""
    assert repo.run("bump", *arguments).exit_code == 2


def test_a_lowered_version_is_raised_above_all_that_are_recorded(repo: Any) -> None:
    """The plan says that a higher one is there, and one `bump` is enough."""
    job = repo.root / "jobs/plain.yaml"
    first = job.read_text()
    job.write_text(first.replace("version: 1", "version: 2") + "hyperparameters: {a: 1}\n")
    record_runs(repo.root, "prod")
    repo.write({"jobs/plain.yaml": first + "hyperparameters: {a: 2}\n"})
    said = repo.run("plan", "-e", "prod", "--offline").stdout
    assert "[E201] version 1 ran with other content, and 2 is recorded already" in " ".join(
        said.split()
    )
    assert repo.run("bump", "plain").stdout == "plain 1 → 3  jobs/plain.yaml\n"
    assert repo.run("validate").exit_code == 0
    job.write_text(first)
    assert repo.run("rerun", "plain").stdout == "plain 1 → 3, run – → 2  jobs/plain.yaml\n"
