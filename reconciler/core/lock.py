"""The lock as files: where records lie, and how they are read."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from reconciler.core.desired import Desired
from reconciler.core.files import Files
from reconciler.core.ports import Records
from reconciler.core.record import UnreadableLock, loads

FOLDER = "locks"


def lock_folder(environment: str) -> str:
    """Folder of an environment's records, from the root of the repository."""
    return f"{FOLDER}/{environment}"


def path_of(environment: str, name: str) -> str:
    """`locks/<environment>/<name>.json`."""
    return f"{lock_folder(environment)}/{name}.json"


def is_record(path: str, folder: str) -> bool:
    """Whether a path is that of a record in the lock folder of an environment."""
    parent, name = posixpath.split(path)
    return parent == folder and name.endswith(".json") and not name.startswith(".")


def read_records(files: Files, environment: str) -> Records:
    """The lock of an environment at a revision. Raises NewerLock or UnreadableLock."""
    folder = lock_folder(environment)
    paths = [entry.path for entry in files.under(folder) if is_record(entry.path, folder)]
    return parse_records(files.read(paths), environment)


def parse_records(contents: Mapping[str, bytes], environment: str) -> Records:
    """Records from the contents of their files, by path. Raises NewerLock or UnreadableLock."""
    records = {}
    for path in sorted(contents):
        name = posixpath.basename(path).removesuffix(".json")
        record = loads(_text(contents[path], path), path)
        if (record.environment, record.name) != (environment, name):
            raise UnreadableLock(path, f"it is that of {record.name} in {record.environment}")
        records[name] = record
    return records


def _text(content: bytes, path: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise UnreadableLock(path, "it is not UTF-8 text") from error


def named_elsewhere(desired: Desired, files: Files) -> dict[str, Records]:
    """The locks of other environments that references name."""
    named = {
        reference.environment
        for resource in desired.resources.values()
        for reference in resource.references
        if reference.environment not in (None, desired.environment.name)
    }
    return {name: read_records(files, name) for name in sorted(map(str, named))}
