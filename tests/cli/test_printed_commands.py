"""Commands that messages print: they work as they are copied."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import reconciler

ROOT = Path(reconciler.__file__).parent
OF_AN_ENVIRONMENT = re.compile(
    r"reconciler (plan|apply|refresh|status|logs|stop)\b(?P<rest>.*)", re.S
)
OF_NONE = {
    "cli/arguments.py": "names the command, does not say to type it",
    "cli/engine.py": "the local engine does not know environments",
    "cli/new.py": "a new document may belong to several environments",
    "render/markdown_outcome.py": "names the command, does not say to type it",
    "core/catalogue_aws.py": "two commands, in a row",
}


def texts(tree: ast.Module) -> Iterator[str]:
    """The texts of a module as they are written, but for docstrings; `{}` is what is filled in."""
    filled = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    parts = {id(part) for node in filled for part in node.values}
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values
            )
        elif isinstance(node, ast.Constant) and id(node) not in parts | prose:
            yield str(node.value)


def test_a_printed_command_that_needs_an_environment_names_it() -> None:
    """Copied from a message about `-e stage` it must not ask, or act on the default one."""
    bare = []
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        for text in texts(ast.parse(path.read_text())):
            found = OF_AN_ENVIRONMENT.search(text)
            if found and not re.search(r" -e\b|\{\}$", found["rest"]) and name not in OF_NONE:
                bare.append(f"{name}: {found[0]}")
    assert bare == []
