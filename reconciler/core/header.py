"""Header: which files are documents, and what their first lines say they are.

Every YAML file of the three folders is a document. What lies there and cannot be read as one is a
problem and is never skipped: it may be a job that somebody waits for.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from reconciler.core.kind import Kind
from reconciler.core.nodes import MapNode, ScalarNode, place_of
from reconciler.core.resource import FileEntry
from reconciler.core.suggest import did_you_mean
from reconciler.errors import InvalidDocuments, Place, Problem

API_VERSION = "sagemaker-gitops/v1"
FOLDERS = ("environments", "runtimes", "jobs")
DEFAULTS_FILE = "_defaults.yaml"
HEADER = frozenset({"apiVersion", "kind"})

_SUBMODULE = "160000"
_REFERENCES = {"120000": "symbolic links are not followed", _SUBMODULE: "submodules are not read"}
"""Git's modes of what stands for something elsewhere."""
_ENDINGS = (".yaml", ".yml")


def is_document(entry: FileEntry) -> bool:
    """Whether a file in one of the folders is a document, or hides where documents may be.

    A submodule stands for a whole folder of them, and a link without an ending may.
    """
    if entry.path.lower().endswith(_ENDINGS) or entry.mode == _SUBMODULE:
        return True
    return is_reference(entry) and not posixpath.splitext(entry.path)[1]


def is_reference(entry: FileEntry) -> bool:
    """Whether an entry is a symbolic link or a submodule: it has no content of its own."""
    return entry.mode in _REFERENCES


def refuse_unreadable(entry: FileEntry) -> None:
    """Raise InvalidDocuments (E100) for an entry that is not a file ending in `.yaml`."""
    place = Place(entry.path, 1, 1)
    if is_reference(entry):
        cure = "put the file or folder itself here; what jobs share goes into `_defaults.yaml`"
        raise _invalid("E100", f"{_REFERENCES[entry.mode]} here", place, cure)
    if not entry.path.endswith(".yaml"):
        cure = f"rename it to {posixpath.basename(posixpath.splitext(entry.path)[0])}.yaml"
        raise _invalid("E100", "documents end in `.yaml`", place, cure)


def kind_of(node: MapNode, path: str, kinds: Mapping[str, Kind]) -> str:
    """The kind of a document whose header is right for its folder. Raises InvalidDocuments."""
    if _text(node, "apiVersion") != API_VERSION:
        raise _invalid(
            "E100",
            f"this is not a document of `{API_VERSION}`",
            place_of(node, ("apiVersion",)),
            f"start it with `apiVersion: {API_VERSION}` and `kind: …`; every .yaml file in"
            f" {', '.join(folder + '/' for folder in FOLDERS)} is a document",
        )
    kind = _text(node, "kind")
    folder = path.partition("/")[0]
    allowed = _kinds_of(folder, path, kinds)
    if kind not in allowed:
        guess = did_you_mean(str(kind), allowed)
        raise _invalid(
            "E100",
            f"kind `{kind}` does not belong here" if kind else "`kind` is missing",
            place_of(node, ("kind",)),
            f"did you mean `{guess}`?" if guess else f"{path} may be: {', '.join(allowed)}",
        )
    return str(kind)


def _kinds_of(folder: str, path: str, kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    if folder == "jobs":
        return ("Defaults",) if path.endswith("/" + DEFAULTS_FILE) else tuple(kinds)
    return {"environments": ("Environment",), "runtimes": ("Runtime",)}[folder]


def _text(node: MapNode, key: str) -> str | None:
    entry = node.entries.get(key)
    value = entry.node.value if entry and isinstance(entry.node, ScalarNode) else None
    return value if isinstance(value, str) else None


def _invalid(code: str, message: str, place: Place, help_text: str) -> InvalidDocuments:
    return InvalidDocuments((Problem(code, message, place, help_text),))
