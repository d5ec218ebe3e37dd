"""Code of the repository that goes into a container, for training and for serving alike.

The wire form is that of the SageMaker Python SDK v2, which AWS's framework images expect.
"""

import posixpath
import re
from collections.abc import Collection, Iterator
from typing import Annotated, Literal

from pydantic import Field

from reconciler.core.kind import Finding, Source
from reconciler.core.model import QUOTED, Model, Text
from reconciler.core.suggest import did_you_mean
from reconciler.core.wording import shown, spelled

LOG_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}
"""Levels of Python's logging, as AWS's toolkits take them."""

_SCRIPT = r"^[A-Za-z0-9_][A-Za-z0-9._+/-]*$"


def _corrected_script(text: str) -> str | None:
    path = posixpath.normpath(text)
    if path.startswith(("/", "..")):
        return "write its path inside `source_dir`, and let `source_dir` be the folder around both"
    return shown(path) if re.fullmatch(_SCRIPT, path) else "rename the file"


EntryScript = Annotated[
    str,
    Field(pattern=_SCRIPT, max_length=256),
    spelled(
        _SCRIPT,
        "a script is a path inside `source_dir`, of letters, digits, `_`, `.`, `+`, `-` and `/`",
        _corrected_script,
    ),
    QUOTED,
]
"""Path of a script inside its source folder, of characters that AWS's training toolkit takes."""


class Code(Model):
    """Code of the repository that goes into a container."""

    source_dir: Text | None = None
    """Folder of the repository whose content is unpacked to /opt/ml/code, or the S3 URI of a
    sourcedir.tar.gz that exists already."""
    entry_script: EntryScript | None = None
    """Script to run, relative to `source_dir`: a Python file, or a shell script (`.sh`)."""
    requirements: Text | None = None
    """File with Python requirements in `source_dir`; AWS's images install `requirements.txt`."""
    dependencies: list[Text] | None = None
    """Further files or folders of the repository, put beside the script under their own names."""
    ignore_patterns: list[Text] | None = None
    """Files that are left out beside the usual ones (.git, .env, caches), in the manner of
    .gitignore; `!.env` takes one of those back."""
    container_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] | None = None
    """Log level of AWS's toolkit in the container. Default INFO."""


def in_s3(code: Code) -> bool:
    """Whether the code lies in S3 already, and nothing goes up."""
    return bool(code.source_dir and code.source_dir.startswith("s3://"))


def program(code: Code) -> str:
    """Path of the script inside the tar."""
    script = code.entry_script or ""
    return script if code.source_dir else script.rpartition("/")[2]


def source_of(path: tuple[str, ...], code: Code) -> Source:
    """The upload of code that stands at a path of the spec."""
    beside = code.dependencies or []
    first = "source_dir" if code.source_dir else "entry_script"
    return Source(
        path,
        (code.source_dir or code.entry_script or "", *beside),
        "tar",
        tuple(code.ignore_patterns or ()),
        ((first,), *(("dependencies", index) for index in range(len(beside)))),
    )


def check_files(path: tuple[str, ...], code: Code, files: Collection[str]) -> Iterator[Finding]:
    """E215 for a script, or a file of requirements, that is not among the files that go up."""
    named = {"entry_script": program(code), "requirements": code.requirements}
    for key, file in named.items():
        if file and posixpath.normpath(file) not in files:
            guess = did_you_mean(file, files)
            yield Finding(
                "E215",
                f"`{file}` is not in `{code.source_dir or 'the upload'}`",
                (*path, key),
                f"did you mean `{guess}`?" if guess else f"it has: {_some(files)}",
            )


def _some(paths: Collection[str]) -> str:
    shown = sorted(paths)[:8]
    return ", ".join(shown) + (", …" if len(paths) > len(shown) else "")
