"""The lock as files: where a record lies, and all records of an environment."""

from __future__ import annotations

from reconciler.core.desired import Desired
from reconciler.core.files import Files
from reconciler.core.record import Record, loads

FOLDER = "locks"


def path_of(environment: str, name: str) -> str:
    """`locks/<environment>/<name>.json`."""
    return f"{FOLDER}/{environment}/{name}.json"


def read_records(files: Files, environment: str) -> dict[str, Record]:
    """All records of an environment at a revision, by name.

    Raises NewerLock or UnreadableLock for a record that this version cannot read.
    """
    folder = f"{FOLDER}/{environment}"
    paths = [entry.path for entry in files.under(folder) if entry.path.endswith(".json")]
    texts = files.read(paths)
    records = (loads(texts[path].decode(errors="replace"), path) for path in paths)
    return {record.name: record for record in records}


def named_elsewhere(desired: Desired, files: Files) -> dict[str, dict[str, Record]]:
    """The locks of other environments that references name."""
    named = {
        reference.environment
        for resource in desired.resources.values()
        for reference in resource.references
        if reference.environment not in (None, desired.environment.name)
    }
    return {name: read_records(files, name) for name in sorted(map(str, named))}
