"""`reconciler new`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from reconciler.cli.main import cli
from reconciler.cli.scaffold import template
from reconciler.core.validate import validate
from reconciler.kinds import KINDS
from tests.cli.conftest import FILES, JOB, LOCAL, PROD, Repo
from tests.support.files import FolderFiles

MakeRepo = Callable[[Mapping[str, str]], Repo]


@pytest.mark.parametrize("algorithm", ["container", "builtin"])
def test_a_new_job_is_valid_at_once_where_nothing_can_be_missing(repo: Any, algorithm: str) -> None:
    """Exit status 0, the path on stdout, comments in the file."""
    result = repo.run("new", "churn", "--algorithm", algorithm)
    assert (result.exit_code, result.stdout) == (0, "jobs/churn.yaml\n"), result.output
    assert "It is valid." in result.stderr
    text = (repo.root / "jobs/churn.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=../schemas/spec.v1.json\n")
    assert "s3://local-ml/churn/train/" in text
    assert f"\n{algorithm}:\n" in text
    assert repo.run("validate").exit_code == 0


def test_what_is_left_to_fill_in_is_told_at_its_place(repo: Any) -> None:
    """The script is not there yet: that is the only problem, and once it is, there is none."""
    result = repo.run("new", "churn")
    assert result.exit_code == 0
    assert "To fill in:" in result.stderr
    assert "jobs/churn.yaml:10:15" in result.stderr and "training/churn" in result.stderr
    assert "1 error in 1 document" in result.stderr
    repo.write({"training/churn/train.py": "print('trained')\n"})
    assert repo.run("validate").exit_code == 0
    assert "+ launch   churn 1" in repo.run("plan", "--offline").stdout


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_template_without_a_mistake_of_shape(tmp_path: Path, kind: str) -> None:
    """What validate says of it is only that something is missing or not there."""
    for suffix in (".script", ".container", ".builtin") if kind == "TrainingJob" else ("",):
        assert f"kind: {kind}\n" in template(f"new/{kind}{suffix}.yaml")
    repo = make(tmp_path, {"environments/local.yaml": LOCAL})
    assert repo.run("new", "thing", "--kind", kind).exit_code == 0
    codes = {problem.code for problem in validate(FolderFiles(repo.root), KINDS, {})}
    assert codes <= {"E203", "E214", "E231", "E232"}, codes


def make(folder: Path, files: Mapping[str, str]) -> Repo:
    """A repository with files that are not committed."""
    repo = Repo(folder / "repo")
    for path, text in files.items():
        (repo.root / path).parent.mkdir(parents=True, exist_ok=True)
        (repo.root / path).write_text(text)
    repo.git("init", "-q", "-b", "main")
    return repo


def test_nothing_is_overwritten(repo: Any) -> None:
    """Neither a file nor a name."""
    (repo.root / "jobs/free.yaml").write_text("mine\n")
    taken = repo.run("new", "free")
    assert taken.exit_code == 1 and "jobs/free.yaml exists already" in taken.stderr
    assert (repo.root / "jobs/free.yaml").read_text() == "mine\n"
    named = repo.run("new", "digits", "--to", "jobs/other")
    assert named.exit_code == 1 and "there is a document with the name `digits`" in named.stderr
    assert not (repo.root / "jobs/other").exists()


def test_a_document_lies_where_one_stands_or_says(repo: Any) -> None:
    """In the current folder below jobs/, or in --to; nowhere else."""
    (repo.root / "jobs/churn").mkdir()
    inside = CliRunner().invoke(cli, ["-C", str(repo.root / "jobs/churn"), "new", "a"])
    assert inside.stdout == "jobs/churn/a.yaml\n"
    assert "$schema=../../schemas/" in (repo.root / "jobs/churn/a.yaml").read_text()
    assert repo.run("new", "b", "--to", "jobs/deep/er/").stdout == "jobs/deep/er/b.yaml\n"
    for outside in ("training", "jobs/../x", "/etc", "jobs//x"):
        result = repo.run("new", "c", "--to", outside)
        assert result.exit_code == 1 and "below `jobs/`" in result.stderr


def test_a_copy_keeps_comments_and_starts_at_version_1(make_repo: MakeRepo) -> None:
    """Pinned versions too: there is no other version yet."""
    pinned = JOB + "environments:\n  local: {}\n  prod: {version: 2}  # behind\n"
    files = {**FILES, "environments/prod.yaml": PROD, "jobs/deep/digits.yaml": pinned}
    del files["jobs/digits.yaml"]
    repo = make_repo(files)
    result = repo.run("new", "letters", "--from", "digits")
    assert (result.exit_code, result.stdout) == (0, "jobs/deep/letters.yaml\n"), result.output
    expected = pinned.replace("name: digits", "name: letters")
    expected = expected.replace("version: 3", "version: 1").replace("version: 2}", "version: 1}")
    assert (repo.root / "jobs/deep/letters.yaml").read_text() == expected
    assert repo.run("validate", "jobs/deep/letters.yaml").exit_code == 0


def test_a_copy_stays_beside_what_it_inherits_from(repo: Any) -> None:
    """Elsewhere the same text would mean something else."""
    result = repo.run("new", "letters", "--from", "digits", "--to", "jobs/other")
    assert result.exit_code == 1 and "would not elsewhere" in result.stderr
    assert repo.run("new", "x", "--from", "digitz").exit_code == 1


def test_a_name_that_reads_as_a_number_is_quoted(repo: Any) -> None:
    """`1e5` is a name here and a number in YAML."""
    for name in ("1e5", "123", "no"):
        assert repo.run("new", name, "--algorithm", "builtin").exit_code == 0
        assert f'\nname: "{name}"\n' in (repo.root / f"jobs/{name}.yaml").read_text()
    assert repo.run("new", "7", "--from", "digits").exit_code == 0
    assert repo.run("validate").exit_code == 0


def test_the_environment_is_written_where_a_document_has_to_say_it(make_repo: MakeRepo) -> None:
    """With -e, and with two environments that cost money."""
    other = PROD.replace("name: prod", "name: dev").replace("acme-ml-prod", "acme-ml-dev")
    repo = make_repo({**FILES, "environments/prod.yaml": PROD})
    assert repo.run("new", "a", "--algorithm", "container", "-e", "prod").exit_code == 0
    text = (repo.root / "jobs/a.yaml").read_text()
    assert "\nenvironments: {prod: {}}\n" in text
    assert "444455556666.dkr.ecr.eu-west-1.amazonaws.com/a:1" in text
    (repo.root / "environments/dev.yaml").write_text(other)
    (repo.root / "environments/local.yaml").unlink()
    which = repo.run("new", "b")
    assert which.exit_code == 2 and "dev, prod" in which.stderr
    assert repo.run("new", "b", "--algorithm", "builtin", "-e", "dev").exit_code == 0


def test_without_an_environment_the_holes_show(tmp_path: Path) -> None:
    """A repository may begin with its first job."""
    repo = make(tmp_path, {"README.md": ""})
    assert repo.run("new", "a", "--algorithm", "builtin").exit_code == 0
    assert "s3://BUCKET/a/train/" in (repo.root / "jobs/a.yaml").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Churn"], "lower case letters"),
        (["a" * 41], "at most 40"),
        (["a", "--kind", "Job"], "there is: TrainingJob"),
        (["a", "--from", "digits", "--algorithm", "script"], "does not go with it"),
        (["a", "--kind", "Model", "--algorithm", "script"], "is for training jobs"),
    ],
)
def test_wrong_usage_says_what_to_write(repo: Any, arguments: list[str], said: str) -> None:
    """Exit status 2; nothing is written."""
    result = repo.run("new", *arguments)
    assert result.exit_code == 2 and said in result.stderr
    assert [path.name for path in (repo.root / "jobs").iterdir()] == ["digits.yaml"]
