"""The floors of the house hold: which room imports which, and what each may know.

`docs/architecture.md` explains them. The checks walk the syntax tree, so an import counts
wherever it stands: in a function, or under TYPE_CHECKING.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FLOORS = {
    "errors": set(),
    "servicemodel": set(),
    "core": {"servicemodel", "errors"},
    "kinds": {"core", "errors"},
    "render": {"core", "errors"},
    "reconcile": {"core", "errors"},
    "adapters": {"core", "errors"},
    "local": {"servicemodel"},
    "cli": {"reconcile", "kinds", "render", "adapters", "local", "core", "errors", "servicemodel"},
    "__main__": {"cli"},
    "__init__": set(),
}
"""Which rooms each room may import, besides itself and the package's version."""

PURE = {"core", "kinds", "render", "errors"}
IMPURE_MODULES = {
    *("boto3", "botocore", "git", "click", "os", "pathlib", "subprocess", "socket", "time"),
    *("shutil", "tempfile"),
}
OWNERS = {
    "deepdiff": ("core/diff.py",),
    "yaml": ("core/document.py",),
    "boto3": ("adapters/",),
    "botocore": ("adapters/", "local/attach.py"),
    "git": ("adapters/",),
}
"""Who may import these: files, or rooms with a trailing slash, under reconciler/."""

MAX_LINES, MAX_FUNCTION_LINES = 300, 40


def imports(tree: ast.AST, path: str) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything that a module imports, relative imports too."""
    package = ["reconciler", *Path(path).parent.parts]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def broken_rules(source: str, path: str) -> list[str]:
    """Say `line: rule` for each rule that a module breaks; `path` is relative to reconciler/."""
    tree = ast.parse(source)
    room = Path(path).parts[0].removesuffix(".py")
    broken = []
    for line, name in imports(tree, path):
        top, _, rest = name.partition(".")
        target = rest.partition(".")[0]
        if top == "reconciler" and target not in FLOORS[room] | {room, "__version__"}:
            broken.append(f"{line}: {room} must not import {name}")
        if room in PURE and top in IMPURE_MODULES:
            broken.append(f"{line}: {room} is pure and must not import {top}")
        if top in OWNERS and not path.startswith(OWNERS[top]):
            broken.append(f"{line}: only {' and '.join(OWNERS[top])} may import {top}")
    if not ast.get_docstring(tree):
        broken.append("1: the module has no docstring")
    return broken + too_long(source, tree)


def too_long(source: str, tree: ast.AST) -> list[str]:
    """Say `line: rule` for a module and for functions that are longer than the house allows."""
    lines = len(source.splitlines())
    broken = [f"{lines}: the file has over {MAX_LINES} lines"] if lines > MAX_LINES else []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                broken.append(f"{node.lineno}: {node.name} has {length} lines")
    return broken


def python_files(folder: Path) -> dict[str, str]:
    """The text of each Python file below a folder, by its path in it."""
    files = sorted(folder.rglob("*.py"))
    return {file.relative_to(folder).as_posix(): file.read_text("utf-8") for file in files}


MODULES = python_files(ROOT / "reconciler")
TRAINING = python_files(ROOT / "training")


@pytest.mark.parametrize("path", MODULES)
def test_every_module_keeps_the_rules_of_its_room(path: str) -> None:
    assert broken_rules(MODULES[path], path) == []


@pytest.mark.parametrize("path", ["dev.py", *(f"training/{p}" for p in TRAINING)])
def test_files_outside_the_package_are_short_too(path: str) -> None:
    source = (ROOT / path).read_text("utf-8")
    assert too_long(source, ast.parse(source)) == []


def test_the_local_engine_is_plugged_in_by_exactly_one_module() -> None:
    plugged = {
        path
        for path, source in MODULES.items()
        for _, name in imports(ast.parse(source), path)
        if path.startswith("cli/") and name.startswith("reconciler.local")
    }
    assert len(plugged) == 1, sorted(plugged)


@pytest.mark.parametrize(
    ("path", "source", "rule"),
    [
        ("core/planner.py", "import boto3", "2: core is pure and must not import boto3"),
        (
            "core/planner.py",
            "def f():\n    import os.path",
            "3: core is pure and must not import os",
        ),
        ("core/planner.py", "from ..adapters import sagemaker", "2: core must not import"),
        ("core/planner.py", "from .. import adapters", "2: core must not import"),
        ("kinds/model.py", "import yaml", "2: only core/document.py may import yaml"),
        ("adapters/locks/git.py", "from reconciler.render import text", "2: adapters must not"),
        ("local/engine.py", "import botocore", "2: only adapters/ and local/attach.py may import"),
        ("errors.py", "from reconciler.core.call import Call", "2: errors must not import"),
        ("reconcile.py", "if TYPE_CHECKING:\n    import reconciler.kinds", "3: reconcile must not"),
        ("core/long.py", "x = 0\n" * 300, "301: the file has over 300 lines"),
        ("core/long.py", "def f():\n" + "    x = 0\n" * 40, "2: f has 41 lines"),
    ],
)
def test_the_checker_finds_a_planted_fault(path: str, source: str, rule: str) -> None:
    found = broken_rules(f'"""Planted."""\n{source}', path)
    assert any(line.startswith(rule) for line in found), found


def test_the_checker_finds_a_module_without_a_docstring() -> None:
    assert broken_rules("x = 0\n", "core/x.py") == ["1: the module has no docstring"]


def test_the_checker_lets_a_clean_module_pass() -> None:
    source = (
        '"""Clean."""\nfrom reconciler.core.call import Call\nfrom reconciler import __version__\n'
    )
    assert broken_rules(source, "kinds/clean.py") == []
