"""New files from templates: what `new` and `init` write, and that nothing is overwritten.

A template is a file beside this module, in which `@{word}` stands for a value. Dollar signs and
braces belong to the workflows and policies that are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

_HOLE = re.compile(r"@\{([a-z_]+)\}")


def template(name: str) -> str:
    """The text of a template, by its path below `templates/`."""
    found = resources.files("reconciler.cli").joinpath("templates", *name.split("/"))
    return found.read_text(encoding="utf-8")


def filled(name: str, values: Mapping[str, str]) -> str:
    """A template with its values. Raises KeyError for a value that is not given."""
    return fill(template(name), values)


def fill(text: str, values: Mapping[str, str]) -> str:
    """A text with its values. Raises KeyError for a value that is not given."""
    return _HOLE.sub(lambda hole: values[hole[1]], text)


def tree(name: str, values: Mapping[str, str]) -> dict[str, str]:
    """All files of a folder of templates: path to text, with their values.

    Paths have holes too; `dot-` at the start of a name is a dot, so that no tool takes the
    templates for settings of this repository.
    """
    found = {}
    for path in sorted(_files(resources.files("reconciler.cli").joinpath("templates", name), "")):
        steps = fill(path, values).split("/")
        target = "/".join(re.sub("^dot-", ".", step) for step in steps)
        found[target] = filled(f"{name}/{path}", values)
    return found


def _files(folder: Traversable, below: str) -> Iterator[str]:
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _files(entry, f"{below}{entry.name}/")
        elif entry.is_file():
            yield below + entry.name


def schema_line(path: str) -> str:
    """The comment by which an editor finds the schema from a document's path."""
    return f"# yaml-language-server: $schema={'../' * path.count('/')}schemas/spec.v1.json\n"


def written(root: Path, path: str, text: str) -> bool:
    """Write a file below `root`, with its folders; False if there is something of that name."""
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True
