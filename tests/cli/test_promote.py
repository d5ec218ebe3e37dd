"""`reconciler promote`: an environment takes a version that the locks say completed elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.record import dumps, loads
from tests.support.recorded import record_runs

ENVIRONMENT = """\
apiVersion: sagemaker-gitops/v1
kind: Environment
name: {name}
account_id: "444455556666"
region: eu-west-1
bucket: acme-ml-{name}
role_arn: arn:aws:iam::444455556666:role/ml
"""
HEAD = """\
# the churn model
apiVersion: sagemaker-gitops/v1
kind: TrainingJob
name: churn
version: 7  # the launch button
"""
BODY = """\
container: {image: 444455556666.dkr.ecr.eu-west-1.amazonaws.com/x:1}
compute: {instance_type: ml.m5.xlarge, instance_count: 1}
stopping_condition: {max_runtime: 1h}
hyperparameters: {version: 7}
"""
JOB = "jobs/churn.yaml"
BOTH = "environments: {dev: {}, prod: {}}\n"


@pytest.fixture
def repo(make_repo: Callable[[Mapping[str, str]], Any]) -> Any:
    """A job at version 7 that belongs to `dev` and `prod` and completed in `dev`."""
    files = {f"environments/{n}.yaml": ENVIRONMENT.format(name=n) for n in ("dev", "prod")}
    made = make_repo({**files, JOB: HEAD + BOTH + BODY})
    record_runs(made.root, "dev")
    return made


def _write(repo: Any, environments: str) -> str:
    text = HEAD + environments + BODY
    (repo.root / JOB).write_bytes(text.encode())
    return text


def _text(repo: Any) -> str:
    text: str = (repo.root / JOB).read_bytes().decode()
    return text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{dev: {}, prod: {}}", "{dev: {}, prod: {version: 7}}"),
        ("{dev: {}, prod: { version: 6 } } # x", "{dev: {}, prod: { version: 7 } } # x"),
        ("{ dev: {} }", "{prod: {version: 7},  dev: {} }"),
        ("{prod: {owner: ml}, dev: {}}", "{prod: {version: 7, owner: ml}, dev: {}}"),
        ("[dev, prod]", "{dev: {}, prod: {version: 7}}"),
        ("[ 'dev' , \"prod\", ] # x", "{ 'dev': {} , \"prod\": {version: 7}, } # x"),
        ("[dev]", "{prod: {version: 7}, dev: {}}"),
        (
            "[dev, # a ]\n  # b\n  prod # c\n  ]",
            "{dev: {}, # a ]\n  # b\n  prod: {version: 7} # c\n  }",
        ),
        ("\n- dev # a\n# b\n- prod", "\n  dev: {} # a\n# b\n  prod: {version: 7}"),
        ("\n    -   dev\n    -   prod", "\n      dev: {}\n      prod: {version: 7}"),
        (" # all\n  # a\n  - dev", " # all\n    prod: {version: 7}\n  # a\n    dev: {}"),
        ("\n  # a\n  dev: {}\n  prod: {} # b", "\n  # a\n  dev: {}\n  prod: {version: 7} # b"),
        (
            "\n  dev: {}\n  prod: # b\n    owner: ml\n    tags: {a: b}",
            "\n  dev: {}\n  prod: # b\n    version: 7\n    owner: ml\n    tags: {a: b}",
        ),
        (
            "\n  dev: {}\n  prod:\n    version:   12 # b",
            "\n  dev: {}\n  prod:\n    version:   7 # b",
        ),
        ("\n    # a\n    dev: {}", "\n    prod: {version: 7}\n    # a\n    dev: {}"),
    ],
)  # fmt: skip
def test_the_version_is_written_however_environments_are_written(
    repo: Any, before: str, after: str
) -> None:
    """Comments, spaces, quotes and the order of the others stay."""
    _write(repo, f"environments:{before if before[0] in chr(10) + ' ' else ' ' + before}\n")
    result = repo.run("promote", "churn", "--to", "prod")
    assert result.exit_code == 0, result.stderr
    expected = f"environments:{after if after[0] in chr(10) + ' ' else ' ' + after}\n"
    assert _text(repo) == HEAD + expected + BODY


def test_it_says_what_was_written_and_doing_it_again_writes_nothing(repo: Any) -> None:
    result = repo.run("promote", "churn", "--to", "prod")
    assert result.stdout == "churn prod – → 7  jobs/churn.yaml\n"
    before = _text(repo)
    again = repo.run("promote", "churn", "--to", "prod")
    assert (again.exit_code, again.stdout) == (0, "churn: prod has 7 already  jobs/churn.yaml\n")
    assert _text(repo) == before


def test_ends_of_lines_stay_as_they_are(repo: Any) -> None:
    """A new line gets the one that the document has."""
    text = (HEAD + "environments:\n  dev: {}\n" + BODY).replace("\n", "\r\n")
    (repo.root / JOB).write_bytes(text.encode())
    assert repo.run("promote", "churn", "--to", "prod").exit_code == 0
    new = "environments:\r\n  prod: {version: 7}\r\n"
    assert _text(repo) == text.replace("environments:\r\n", new)


def test_a_document_that_names_no_environment_goes_on_belonging_to_its_own(repo: Any) -> None:
    """The default environment is named beside the new one."""
    local = "apiVersion: sagemaker-gitops/v1\nkind: Environment\nname: dev\nengine: local\n"
    (repo.root / "environments/dev.yaml").write_text(local + "default: true\nbucket: acme-ml\n")
    (repo.root / "locks/dev/churn.json").unlink()
    _write(repo, "")
    record_runs(repo.root, "dev")
    result = repo.run("promote", "churn", "--to", "prod")
    assert result.exit_code == 0, result.stderr
    assert _text(repo) == HEAD + "environments: {dev: {}, prod: {version: 7}}\n" + BODY


def test_what_was_promoted_is_launched_and_validates(repo: Any) -> None:
    """The plan of the environment, from the commit."""
    assert repo.run("promote", "churn", "--to", "prod").exit_code == 0
    repo.write({})
    told = repo.run("plan", "-e", "prod", "--offline").stdout
    assert "+ launch" in told
    assert "churn 7" in told.replace("→ ", "")
    assert repo.run("validate").exit_code == 0


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ("running", "dev: it has not ended there yet"),
        ("failed", "dev: it failed there: AlgorithmError: exit code 1"),
        ("stopped", "dev: it stopped there"),
    ],
)
def test_a_version_that_did_not_complete_is_refused_with_the_reason(
    repo: Any, ends: str, said: str
) -> None:
    """Exit status 1, and no byte changes."""
    (repo.root / "locks/dev/churn.json").unlink()
    record_runs(repo.root, "dev", ends)
    _refused(repo, said)


def test_a_version_that_never_ran_is_refused(repo: Any) -> None:
    """And it is said how to run it."""
    (repo.root / "locks/dev/churn.json").unlink()
    result = _refused(repo, "dev: it was never launched there")
    assert "reconciler apply churn -e dev" in result.stderr


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"artifact": None}, "its artifact is missing there"),
        ({"gates": {"passed": False, "results": {}}}, "its gates failed there"),
    ],
)
def test_gates_and_artifact_count(repo: Any, changed: dict[str, Any], said: str) -> None:
    """Completed is not enough."""
    path = repo.root / "locks/dev/churn.json"
    record = loads(path.read_text(), str(path))
    ((name, run),) = record.runs.items()
    path.write_text(dumps(record.with_run(name, replace(run, **changed))))
    _refused(repo, said)


def test_what_moved_since_the_run_is_refused(repo: Any) -> None:
    """It would launch what nobody has run: own document, code and defaults alike."""
    text = _text(repo).replace("max_runtime: 1h", "max_runtime: 2h")
    (repo.root / JOB).write_text(text)
    said = (
        "what it builds on moved since: stopping_condition.max_runtime changed in jobs/churn.yaml"
    )
    _refused(repo, said)


def test_only_another_environment_counts(repo: Any) -> None:
    """Of those that the document belongs to."""
    _write(repo, "environments: [prod]\n")
    _refused(repo, "it belongs to no other environment")


def test_an_older_version_must_have_completed_in_the_environment_itself(repo: Any) -> None:
    """The document holds its own version only: an older one can be pinned, not launched."""
    record_runs(repo.root, "prod")
    text = _text(repo).replace("version: 7  #", "version: 8  #").replace("1h", "2h")
    (repo.root / JOB).write_text(text)
    result = repo.run("promote", "churn", "--to", "prod", "--version", "7")
    assert result.exit_code == 0, result.stderr
    assert _text(repo) == text.replace("prod: {}", "prod: {version: 7}")
    (repo.root / JOB).write_text(text)
    said = "dev cannot go back to churn 6: it was never launched there"
    _refused(repo, said, "--to", "dev", "--version", "6")
    _refused(repo, "is at 8: there is no version 9", "--to", "prod", "--version", "9")


def test_slips_are_told(repo: Any) -> None:
    """Names of jobs and of environments."""
    assert "did you mean `churn`?" in repo.run("promote", "churm", "--to", "prod").stderr
    wrong = repo.run("promote", "churn", "--to", "prd")
    assert wrong.exit_code == 2
    assert "did you mean `prod`?" in wrong.stderr
    assert repo.run("promote", "churn").exit_code == 2


@pytest.mark.parametrize(
    "environments",
    [
        "environments:\n  -\n    dev\n  - prod\n",
        "environments: {dev: {}, prod: {version: seven}}\n",
    ],
)
def test_what_cannot_be_edited_in_place_is_left(repo: Any, environments: str) -> None:
    """Exit status 1; the document stays as it is."""
    before = _write(repo, environments)
    result = repo.run("promote", "churn", "--to", "prod")
    assert result.exit_code == 1
    assert "error" in result.stderr
    assert _text(repo) == before


def _refused(repo: Any, said: str, *arguments: str) -> Any:
    before = _text(repo)
    result = repo.run("promote", "churn", *(arguments or ("--to", "prod")))
    assert result.exit_code == 1
    assert said in result.stderr
    assert _text(repo) == before
    return result
