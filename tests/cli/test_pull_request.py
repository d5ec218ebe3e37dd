"""What a workflow shows on a pull request: the comment of a plan, the annotations of `validate`."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from reconciler.adapters.git import Git
from reconciler.cli.main import COMMANDS
from reconciler.core.basis import Moved
from reconciler.reconcile.approval_block import approval_block, approval_in
from reconciler.reconcile.basis_block import basis_block, basis_in
from reconciler.render.markdown_banners import with_banner
from tests.render.markdown_reading import acting

DOWNSTREAM = """\
apiVersion: sagemaker-gitops/v1
kind: TrainingJob
name: letters
version: 1
script: {framework: sklearn, framework_version: "1.2-1", source_dir: code, entry_script: train.py}
inputs:
  base: {job: digits}
compute: {instance_type: ml.m5.large, instance_count: 2, volume_size: 10GB}
stopping_condition: {max_runtime: 10m}
"""


def test_the_comment_of_a_real_plan_shows_what_moved_and_what_builds_on_it(trained: Any) -> None:
    """After a run: the changed field with its line, and the job that takes the artifact."""
    repo, _ = trained
    text = (repo.root / "jobs/digits.yaml").read_text()
    repo.write(
        {
            "jobs/digits.yaml": text.replace("epochs: 10", "epochs: 20"),
            "jobs/letters.yaml": DOWNSTREAM,
        }
    )
    result = repo.run("plan", "-o", "md")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("<!-- reconciler:plan:local -->\n\n### Plan for `local`")
    assert "**+ 1 launch · … 1 deferred**" in result.stdout
    assert "hyperparameters.epochs  10 → 20  (line 11)\n" in result.stdout
    assert "waits" in result.stdout or "not launched yet" in result.stdout
    assert acting(result.stdout) == []
    assert "s3cr3t" not in result.stdout
    repo.write({"jobs/digits.yaml": text})
    drawn = repo.run("plan", "-o", "md").stdout
    assert 'n0["digits"]\n  n1["launch letters"]\n  n0 --> n1' in drawn


TRIAL_MERGE = {"GITHUB_REF": "refs/pull/7/merge"}


def test_a_saved_comment_leaves_room_for_its_hidden_lines_and_a_banner(
    repo: Any, tmp_path: Path
) -> None:
    """GitHub takes 65,536 characters, of all that together."""
    job = DOWNSTREAM.replace("  base: {job: digits}", "  base: s3://acme-ml/base/")
    repo.git("checkout", "-q", "-b", "change")
    repo.write({f"jobs/job-{n}.yaml": job.replace("letters", f"job-{n}") for n in range(300)})
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "change")
    repo.run("plan", "--offline", "--save", str(tmp_path), env=TRIAL_MERGE)
    document = json.loads((tmp_path / "plan.json").read_text())
    comment = (tmp_path / "comment.md").read_text()
    basis, block = basis_block(document), approval_block(document, "c" * 40, datetime.now(UTC))
    approval = approval_in(block)
    assert basis is not None and approval is not None and len(approval.rows) >= 300
    found = basis_in(basis)
    assert found is not None and {"environments/local.yaml", "code"} < {*found[1].paths}
    whole = with_banner(f"{comment}\n\n{basis}\n\n{block}\n", Moved(("jobs/a.yaml",), ("a",)))
    assert 50_000 < len(whole) < 65_536


def test_the_comment_names_head_and_base_of_a_trial_merge(repo: Any, tmp_path: Path) -> None:
    """GitHub checks a commit out that nobody made; people know the two that it came from."""
    repo.git("checkout", "-q", "-b", "change")
    text = (repo.root / "jobs/digits.yaml").read_text()
    repo.write({"jobs/digits.yaml": text.replace("epochs: 10", "epochs: 20")})
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "change")
    commits = Git(repo.root).run("rev-parse", "HEAD^2", "HEAD^1").decode().split()
    head, base = (commit[:12] for commit in commits)
    for env, told in ((TRIAL_MERGE, f"Commit `{head}` on top of `{base}` by "), ({}, "Commit `")):
        repo.run("plan", "--offline", "--save", str(tmp_path), env=env)
        comment = (tmp_path / "comment.md").read_text()
        assert told in comment and ("on top of" in comment) is bool(env)
        assert re.search(
            r" · plan digest `[0-9a-f]{8}` · 20\d\d-\d\d-\d\d \d\d:\d\d UTC\n", comment
        )


def test_a_broken_document_is_in_the_comment_too(repo: Any) -> None:
    """With its place; exit status 1 as ever."""
    repo.write({"jobs/bad.yaml": "apiVersion: sagemaker-gitops/v1\nkind: TrainingJop\n"})
    result = repo.run("plan", "--offline", "-o", "md")
    assert result.exit_code == 1
    assert "#### Problems" in result.stdout and "`jobs/bad.yaml:2:7`" in result.stdout
    assert "did you mean `TrainingJob`" in result.stdout


def test_all_forms_of_one_plan_can_be_saved(repo: Any, tmp_path: Path) -> None:
    """For the comment, the summary of the run and the artifact; stdout stays what it was."""
    folder = tmp_path / "out/plan"
    result = repo.run("plan", "--offline", "--save", str(folder))
    assert result.stdout.startswith("local · this computer")
    document = json.loads((folder / "plan.json").read_text())
    comment, summary = ((folder / name).read_text() for name in ("comment.md", "summary.md"))
    assert document["digest"] in comment
    assert comment == summary
    shown = repo.run("plan", "--offline", "-o", "md").stdout
    assert re.sub(r" · \d{4}-\d\d-\d\d \d\d:\d\d UTC\n", "\n", comment) == shown


def test_annotations_name_file_line_and_column(repo: Any) -> None:
    """Nothing is said when all is well but that it is."""
    assert repo.run("validate", "-o", "github").stdout == "All documents are valid.\n"
    text = (repo.root / "jobs/digits.yaml").read_text().replace("volume_size", "VolumeSizeInGB")
    repo.write({"jobs/digits.yaml": text})
    result = repo.run("validate", "-o", "github")
    assert result.exit_code == 1
    assert result.stdout.startswith("::error file=jobs/digits.yaml,line=13,col=")
    assert ",title=E101::unknown key `VolumeSizeInGB`" in result.stdout
    assert "%0Ahelp: did you mean `volume_size`?" in result.stdout


def test_sarif_is_a_document_with_or_without_problems(repo: Any) -> None:
    """Code scanning wants one each time."""
    clean = repo.run("validate", "-o", "sarif")
    assert clean.exit_code == 0 and json.loads(clean.stdout)["runs"][0]["results"] == []
    repo.write({"jobs/a.yaml": "a: ["})
    found = repo.run("validate", "-o", "sarif")
    assert found.exit_code == 1
    [result] = json.loads(found.stdout)["runs"][0]["results"]
    assert result["ruleId"] == "E001"


def test_a_hostile_name_of_a_file_stays_one_line(repo: Any) -> None:
    """A branch can hold any file name; a runner must not obey it."""
    name = "jobs/x::error::,\n::set-env name=A::B.yaml"
    (repo.root / name).parent.mkdir(parents=True, exist_ok=True)
    (repo.root / name).write_text("a: [")
    subprocess.run(["git", "add", "-A"], cwd=repo.root, check=True)
    for form in ("github", "sarif", "text"):
        lines = repo.run("validate", "-o", form).stdout.splitlines()
        commands = [line for line in lines if line.lstrip().startswith("::")]
        assert len(commands) == (form == "github")
        assert all(line.startswith("::error file=jobs/x%3A%3Aerror") for line in commands)


def test_the_hook_of_pre_commit_runs_a_command_that_exists() -> None:
    """All documents at once, whenever one of them or the lock is in a commit."""
    [hook] = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text())
    program, command, *options = hook["entry"].split()
    assert (program, options) == ("reconciler", [])
    assert command in {entry.name for entry in COMMANDS}
    assert hook["pass_filenames"] is False
    for path in ("jobs/a/b.yaml", "runtimes/x.yaml", "environments/prod.yaml", "locks/prod/a.json"):
        assert re.match(hook["files"], path)
