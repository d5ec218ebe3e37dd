"""Input data: the objects of each channel, copied to `/opt/ml/input/data/<channel>`.

File and FastFile behave alike here: the files are there before the script starts. Pipe mode and
file systems end the job with a ClientError that says so. Each host gets
every object, or under ShardedByS3Key every n-th object of the sorted list for n hosts. AWS
documents CompressionType Gzip for Pipe mode only; here a gzip object is decompressed to a file
without `.gz` in its name.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from reconciler.local import cluster
from reconciler.local.errors import EngineError
from reconciler.local.failure import client_error
from reconciler.local.storage import Storage


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of an S3 URI; raises JobFailed (ClientError) for anything else."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket:
        raise client_error(f"{uri} is no S3 URI (s3://bucket/key)")
    return bucket, key


def check(request: Mapping[str, Any]) -> None:
    """Refuse what this engine cannot feed to a job: raises JobFailed with a ClientError."""
    for channel in request.get("InputDataConfig", ()):
        name = channel["ChannelName"]
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            kind = next(iter(channel["DataSource"]), "no data source")
            raise client_error(f"channel {name}: {kind} is not available on the local engine")
        if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
            raise client_error(
                f"channel {name}: S3DataType {source['S3DataType']} is not available on the "
                "local engine, only S3Prefix and ManifestFile"
            )
        if cluster.input_mode(request, channel) == "Pipe":
            raise client_error(
                f"channel {name}: Pipe mode is not available on the local engine; "
                "use File or FastFile"
            )


def download(
    storage: Storage,
    request: Mapping[str, Any],
    current: cluster.Host,
    target: Path,
    *,
    between_files: Callable[[], None],
) -> None:
    """Copy the channels of one host below `target`; `between_files` may raise to end it.

    Raises JobFailed (ClientError) when a channel has no objects, or one cannot be a file here.
    """
    everyone = cluster.hosts(request)
    for channel in cluster.channels(request, current):
        source = channel["DataSource"]["S3DataSource"]
        bucket_files = _files(storage, source)
        if source.get("S3DataDistributionType") == "ShardedByS3Key":
            groups = source.get("InstanceGroupNames")
            sharers = [host for host in everyone if not groups or host.group in groups]
            bucket_files = bucket_files[sharers.index(current) :: len(sharers)]
        folder = target / channel["ChannelName"]
        folder.mkdir(parents=True, exist_ok=True)
        for bucket, key, name in bucket_files:
            between_files()
            path = _fetch(storage, bucket, key, folder, name)
            if channel.get("CompressionType") == "Gzip":
                _decompress(path)


def local_name(prefix: str, key: str) -> str:
    """Where an object lies in its channel: its path below the prefix.

    An object that is the prefix itself keeps its last part, and so does a key whose part the
    prefix cuts (`data/tr` and `data/train/a.csv` make `train/a.csv`).
    """
    folder = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
    if key.startswith(folder):
        return key[len(folder) :]
    return key[prefix.rfind("/") + 1 :]


def _files(storage: Storage, source: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Bucket, key and name in the channel of each object, sorted by key."""
    uri = source["S3Uri"]
    bucket, key = split_uri(uri)
    if source["S3DataType"] == "ManifestFile":
        return sorted(_manifest(storage, bucket, key, uri))
    names = [found for found in list_keys(storage, bucket, key) if not found.endswith("/")]
    if not names:
        raise client_error(f'No S3 objects found under S3 URL "{uri}" given in input data source')
    return [(bucket, name, local_name(key, name)) for name in names]


def list_keys(storage: Storage, bucket: str, prefix: str) -> list[str]:
    """All keys under a prefix, sorted; none when there is no such bucket."""
    keys: list[str] = []
    start: str | None = ""
    while start is not None:
        try:
            page = storage.list(bucket, prefix, start_at=start)
        except EngineError as error:
            if error.code == "NoSuchBucket":
                return []
            raise
        keys += [found.key for found in page.objects]
        start = page.next_start
    return keys


def _manifest(storage: Storage, bucket: str, key: str, uri: str) -> list[tuple[str, str, str]]:
    """The objects that a manifest lists: `[{"prefix": "s3://b/p/"}, "a", "b/c"]`, or full URIs."""
    try:
        entries = json.loads(storage.get(bucket, key))
    except EngineError as error:
        raise client_error(f"the manifest {uri} cannot be read: {error.message}") from error
    except ValueError as error:
        raise client_error(f"the manifest {uri} is not JSON: {error}") from error
    prefix, names = _manifest_parts(entries, uri)
    found = []
    for name in names:
        object_bucket, object_key = split_uri(prefix + name)
        found.append((object_bucket, object_key, name if prefix else PurePosixPath(name).name))
    return found


def _manifest_parts(entries: object, uri: str) -> tuple[str, Sequence[str]]:
    wrong = client_error(f'the manifest {uri} is no list of names after {{"prefix": "s3://…"}}')
    if not isinstance(entries, list) or not entries:
        raise wrong
    first, *rest = entries
    prefix, names = (first.get("prefix", ""), rest) if isinstance(first, dict) else ("", entries)
    if not isinstance(prefix, str) or not all(isinstance(name, str) for name in names):
        raise wrong
    return prefix, names


def _fetch(storage: Storage, bucket: str, key: str, folder: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or name.startswith("/"):
        raise client_error(f"s3://{bucket}/{key} cannot be a file in a channel")
    target = folder.joinpath(*parts)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        storage.download(bucket, key, target)
    except EngineError as error:
        raise client_error(f"s3://{bucket}/{key} cannot be read: {error.message}") from error
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise client_error(
            f"s3://{bucket}/{key} cannot be a file: another object needs a folder of that name"
        ) from error
    return target


def _decompress(path: Path) -> None:
    """Replace a gzip file by its content, without `.gz` in its name."""
    target = path.with_suffix("") if path.suffix == ".gz" else path.with_name(path.name + ".out")
    try:
        with gzip.open(path) as source, target.open("wb") as plain:
            shutil.copyfileobj(source, plain)
    except (gzip.BadGzipFile, EOFError) as error:
        raise client_error(f"{path.name} is not gzip, as CompressionType says: {error}") from error
    path.unlink()
    if path.suffix != ".gz":
        target.rename(path)
