"""Records as files: reading the lock of an environment, and what a write may change."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from reconciler.core.files import Files
from reconciler.core.join import regressions
from reconciler.core.ports import Records
from reconciler.core.record import Record, UnreadableLock, dumps, loads
from reconciler.errors import ReconcilerError


def lock_folder(environment: str) -> str:
    """Folder of an environment's records, from the root of the repository."""
    return f"locks/{environment}"


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


def differing(before: Records, after: Records) -> dict[str, Record]:
    """The records that a write has to change.

    Raises ReconcilerError if `after` loses anything that `before` knows: a lock only grows.
    """
    lost = [f"{name}: the record is gone" for name in before if name not in after]
    changed = {}
    for name, record in after.items():
        if name not in before:
            changed[name] = record
        elif dumps(before[name]) != dumps(record):
            changed[name] = record
            lost += [f"{name}: {what}" for what in regressions(before[name], record)]
    if lost:
        raise ReconcilerError(
            "the lock would lose what it knows: " + "; ".join(lost),
            advice="nothing was written; please report this with the command that you ran",
        )
    return changed


def is_record(path: str, folder: str) -> bool:
    """Whether a path is that of a record in the lock folder of an environment."""
    parent, name = posixpath.split(path)
    return parent == folder and name.endswith(".json") and not name.startswith(".")


def _text(content: bytes, path: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise UnreadableLock(path, "it is not UTF-8 text") from error
