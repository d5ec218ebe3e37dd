"""What the documentation says is what the code does."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from reconciler.adapters.workspace import Workspace
from reconciler.cli.main import cli
from reconciler.core.desired import load
from reconciler.core.resource import Target
from reconciler.core.settle import settle
from reconciler.core.validate import validate
from reconciler.kinds import KINDS
from tests.support.files import MemoryFiles

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    if path.name != "CODE_OF_CONDUCT.md"
)
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
ENVIRONMENT = """\
apiVersion: sagemaker-gitops/v1
kind: Environment
name: prod
account_id: "111122223333"
region: eu-west-1
bucket: acme
role_arn: arn:aws:iam::111122223333:role/ml-training
"""


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def test_the_job_in_the_readme_is_a_valid_document() -> None:
    documents = [b for b in blocks((ROOT / "README.md").read_text(), "yaml") if "kind:" in b]
    assert len(documents) == 1
    files = {"environments/prod.yaml": ENVIRONMENT, "jobs/churn.yaml": documents[0]}
    assert validate(MemoryFiles(files), KINDS, {}) == ()


@pytest.fixture(scope="module")
def examples() -> Mapping[str, Target]:
    """What the example documents want on this computer, by name."""
    desired = load(Workspace.open(ROOT).worktree_files(), "local", KINDS)
    assert desired.problems == ()
    return settle(desired, {}).targets


def test_what_the_readme_shows_of_the_demo_is_what_the_demo_makes(
    examples: Mapping[str, Target],
) -> None:
    """How many resources are recorded, and the names that their content gives them."""
    text = (ROOT / "README.md").read_text()
    [recorded] = re.findall(r"Recorded (\d+) resources", text)
    assert int(recorded) == len(examples)
    shown = set(re.findall(r"\b(digits[a-z-]*)-([0-9a-f]{10})\b", text))
    assert {name for name, _ in shown} == {"digits-forest", "digits-mlp"}
    for name, digest in shown:
        assert examples[name].physical_name() == f"{name}-{digest}"


def test_the_everyday_commands_are_about_what_is_here(examples: Mapping[str, Target]) -> None:
    """So that they can be typed in this repository."""
    text = (ROOT / "README.md").read_text().partition("## Everyday commands")[2]
    lines = [line.partition("#")[0].split() for line in blocks(text, "")[0].splitlines()]
    names = {word for line in lines for word in line if word.startswith(("digits", "churn"))}
    assert names and names <= set(examples)
    assert {line[line.index("-e") + 1] for line in lines if "-e" in line} == {"local"}


def test_the_reference_pages_are_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, "tools/reference.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr + "run: python tools/reference.py"


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def commands(page: Path) -> Iterator[list[str]]:
    """Every `reconciler …` line of a page's code, in blocks and in the text."""
    text = page.read_text()
    code = [*blocks(text, ""), *re.findall(r"`([^`\n]+)`", text)]
    for line in "\n".join(code).splitlines():
        match = re.match(r"^(?:\$ |python3 dev\.py run )?(reconciler )?(.*)$", line)
        if match and match[1]:
            yield match[2].partition("#")[0].split()


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands_that_are_shown_exist_with_their_options(page: Path) -> None:
    context = click.Context(cli, info_name="reconciler")
    for words in commands(page):
        name = next((word for word in words if not word.startswith("-")), None)
        if name is None or not name.islower() or not name.isalpha():
            continue
        command = cli.get_command(context, name)
        assert command is not None, f"reconciler {' '.join(words)}"
        known = {option for parameter in command.params for option in parameter.opts}
        known |= {option for p in command.params for option in p.secondary_opts}
        for word in words:
            if word.startswith("--") and not isinstance(command, click.Group):
                assert word in known | {"--help"}, f"reconciler {' '.join(words)}"


def test_every_module_that_the_architecture_names_exists() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    for path in re.findall(r"`([a-z_]+/[a-z_/]*(?:\.py)?)`", text):
        if path.split("/")[0] not in ("jobs", "runtimes", "environments", "locks"):
            assert any((ROOT / base / path).exists() for base in ("reconciler", ".")), path


def test_the_architecture_names_every_module_of_the_core() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    modules = {path.stem for path in (ROOT / "reconciler" / "core").glob("*.py")} - {"__init__"}
    named = set(re.findall(r"`([a-z_]+)`", text))
    assert {name for name in modules - named if not name.startswith("catalogue")} == set()
