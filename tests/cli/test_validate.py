"""`reconciler validate`."""

from __future__ import annotations

import json
from typing import Any


def test_valid_documents_are_told_so(repo: Any) -> None:
    """Exit status 0."""
    result = repo.run("validate")
    assert (result.exit_code, result.stdout) == (0, "All documents are valid.\n")


def test_a_problem_has_number_place_line_and_cure(repo: Any) -> None:
    """On stdout, since it is the result; exit status 1."""
    text = (repo.root / "jobs/digits.yaml").read_text().replace("volume_size", "VolumeSizeInGB")
    repo.write({"jobs/digits.yaml": text})
    result = repo.run("validate")
    assert result.exit_code == 1
    assert "error[E101]: unknown key `VolumeSizeInGB`" in result.stdout
    assert "--> jobs/digits.yaml:13:" in result.stdout
    assert "compute: {instance_type: ml.m5.large" in result.stdout
    assert "did you mean `volume_size`?" in result.stdout


def test_paths_choose_whose_problems_are_shown(repo: Any) -> None:
    """Relative to the folder of `-C`; the others are still read."""
    repo.write({"jobs/a/a.yaml": "a: [", "jobs/b/b.yaml": "b: ["})
    result = repo.run("validate", "jobs/a")
    assert result.exit_code == 1
    assert "jobs/a/a.yaml" in result.stdout and "jobs/b/b.yaml" not in result.stdout
    assert repo.run("validate", "jobs/digits.yaml").exit_code == 0
    assert "jobs/b/b.yaml" in repo.run("validate", ".").stdout


def test_a_path_that_is_not_there_is_wrong_usage(repo: Any) -> None:
    """Also one outside the repository."""
    assert repo.run("validate", "jobs/none.yaml").exit_code == 2
    outside = repo.run("validate", "..")
    assert outside.exit_code == 2 and "is not in the repository" in outside.stderr


def test_machines_get_a_document(repo: Any) -> None:
    """Nothing else is on stdout."""
    repo.write({"jobs/a.yaml": "a: ["})
    document = json.loads(repo.run("validate", "-o", "json").stdout)
    assert document["format"] == "reconciler/problems/v1"
    assert document["valid"] is False
    assert document["problems"][0]["place"]["path"] == "jobs/a.yaml"


def test_outside_a_repository_the_message_says_so(tmp_path: Any, repo: Any) -> None:
    """No traceback."""
    result = repo.run("-C", str(tmp_path), "validate")
    assert result.exit_code == 1
    assert result.stderr.startswith("error")
    assert "Traceback" not in result.stderr


def test_the_value_of_an_environment_variable_is_never_shown(repo: Any) -> None:
    """Not even in the source line of a problem."""
    text = (repo.root / "jobs/digits.yaml").read_text()
    wrong = text.replace("{TOKEN: s3cr3t-value}", "{TOKEN: [s3cr3t-value]}")
    repo.write({"jobs/digits.yaml": wrong})
    result = repo.run("validate")
    assert result.exit_code == 1
    assert "s3cr3t" not in result.output


def test_a_folder_that_is_not_there_is_shown_where_it_is_written(repo: Any) -> None:
    """The value, not the block around it."""
    text = (repo.root / "jobs/digits.yaml").read_text()
    repo.write({"jobs/digits.yaml": text.replace("source_dir: code", "source_dir: cod")})
    [problem] = json.loads(repo.run("validate", "-o", "json").stdout)["problems"]
    lines = text.splitlines()
    number = lines.index("  source_dir: code") + 1
    assert problem["code"] == "E214"
    place = {key: problem["place"][key] for key in ("line", "column")}
    assert place == {"line": number, "column": len("  source_dir: ") + 1}


def test_a_path_shows_what_is_wrong_with_it_wherever_that_stands(repo: Any) -> None:
    """In what it inherits, and in the other one of two documents with one name."""
    header = "apiVersion: sagemaker-gitops/v1\n"
    job = (repo.root / "jobs/digits.yaml").read_text()
    defaults = f"{header}kind: Defaults\ncompute: {{instance_count: -1}}\n"
    inheriting = job.replace("instance_count: 1, ", "").replace("name: digits", "name: other")
    repo.write({"jobs/a/_defaults.yaml": defaults, "jobs/a/other.yaml": inheriting})
    shown = repo.run("validate", "jobs/a/other.yaml")
    assert shown.exit_code == 1
    assert "jobs/a/_defaults.yaml:3" in shown.stdout
    repo.write({"jobs/twin.yaml": job})
    assert "[E210]" in repo.run("validate", "jobs/digits.yaml").stdout
    assert "[E210]" not in repo.run("validate", "jobs/a").stdout


def test_a_record_that_cannot_be_read_is_one_problem_among_the_others(repo: Any) -> None:
    """The documents are checked all the same."""
    repo.write({"locks/local/digits.json": "broken", "jobs/b.yaml": "b: ["})
    problems = json.loads(repo.run("validate", "-o", "json").stdout)["problems"]
    assert {problem["code"] for problem in problems} == {"E218", "E001"}
    assert "[E218]" in repo.run("validate").stdout
