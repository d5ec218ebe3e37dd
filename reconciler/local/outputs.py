"""What a job leaves in S3: the model, the output data and the checkpoints.

The folders of several hosts are merged; where two hosts wrote a file of one name, the first host
wins. An upload can be done again with the same result, so one that was cut off is repeated.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from reconciler.local import archive
from reconciler.local.channels import list_keys, local_name, split_uri
from reconciler.local.failure import client_error
from reconciler.local.sandbox import CONTAINER_ROOT, View
from reconciler.local.storage import Storage


def _is_compressed(request: Mapping[str, Any]) -> bool:
    return str(request["OutputDataConfig"].get("CompressionType", "GZIP")) != "NONE"


def _output_uri(request: Mapping[str, Any]) -> str:
    prefix = request["OutputDataConfig"]["S3OutputPath"].rstrip("/")
    return f"{prefix}/{request['TrainingJobName']}/output"


def artifact_uri(request: Mapping[str, Any]) -> str:
    """Where the model of a job is: an archive, or with CompressionType NONE a prefix."""
    return _output_uri(request) + ("/model.tar.gz" if _is_compressed(request) else "/model/")


def upload_model(storage: Storage, request: Mapping[str, Any], views: Sequence[View]) -> bool:
    """Store what the hosts left in `/opt/ml/model`; False, and no object, if that is nothing."""
    files = archive.merged([view.ml / "model" for view in views])
    return _upload(storage, request, files, archived="model.tar.gz", loose="model", views=views)


def upload_data(storage: Storage, request: Mapping[str, Any], views: Sequence[View]) -> bool:
    """Store what the hosts left in `/opt/ml/output/data`; False, and no object, if nothing."""
    files = archive.merged([view.ml / "output" / "data" for view in views])
    return _upload(storage, request, files, archived="output.tar.gz", loose="data", views=views)


def _upload(
    storage: Storage,
    request: Mapping[str, Any],
    files: Mapping[str, Path],
    *,
    archived: str,
    loose: str,
    views: Sequence[View],
) -> bool:
    if not files:
        return False
    bucket, folder = split_uri(_output_uri(request))
    if _is_compressed(request):
        packed = views[0].folder / archived
        archive.pack(files, packed)
        storage.upload_file(packed, bucket, f"{folder}/{archived}")
        packed.unlink()
    else:
        for name, path in files.items():
            storage.upload_file(path, bucket, f"{folder}/{loose}/{name}")
    return True


class Checkpoints:
    """The checkpoint folder of a job and its copy in S3; nothing if the job asks for none.

    Files that changed are copied to S3 as the job trains; a file that is gone stays there.
    """

    def __init__(self, storage: Storage, request: Mapping[str, Any], views: Sequence[View]) -> None:
        """Raises JobFailed (ClientError) for a LocalPath outside of `/opt/ml`."""
        config = request.get("CheckpointConfig")
        self._storage = storage
        self._uri: str | None = config["S3Uri"] if config else None
        self._folders = [view.ml / _below_root(config) for view in views] if config else []
        self._known: dict[Path, tuple[int, int]] = {}

    def restore(self) -> None:
        """Fill the checkpoint folder of each host from S3."""
        if self._uri is None:
            return
        bucket, prefix = split_uri(self._uri)
        prefix = prefix.rstrip("/") + "/" if prefix else ""
        for folder in self._folders:
            folder.mkdir(parents=True, exist_ok=True)
            for key in list_keys(self._storage, bucket, prefix):
                path = folder / local_name(prefix, key)
                if not key.endswith("/") and folder in path.parents and ".." not in path.parts:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    self._storage.download(bucket, key, path)
                    self._known[path] = _stamp(path)

    def push(self) -> None:
        """Copy new and changed checkpoints to S3; those of the first host win."""
        if self._uri is None:
            return
        bucket, prefix = split_uri(self._uri.rstrip("/"))
        for folder in reversed(self._folders):
            for name, path in archive.files_under(folder):
                # The script may replace or remove a file at any moment: the next push sees it.
                with contextlib.suppress(FileNotFoundError):
                    self._push_file(path, bucket, f"{prefix}/{name}" if prefix else name)

    def _push_file(self, path: Path, bucket: str, key: str) -> None:
        stamp = _stamp(path)
        if self._known.get(path) != stamp:
            self._storage.upload_file(path, bucket, key)
            self._known[path] = stamp


def _below_root(config: Mapping[str, Any]) -> str:
    local = PurePosixPath(config.get("LocalPath", f"{CONTAINER_ROOT}/checkpoints"))
    if not local.is_relative_to(CONTAINER_ROOT) or ".." in local.parts:
        raise client_error(
            f"CheckpointConfig.LocalPath {local} must be under {CONTAINER_ROOT} on the local engine"
        )
    return local.relative_to(CONTAINER_ROOT).as_posix()


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size
