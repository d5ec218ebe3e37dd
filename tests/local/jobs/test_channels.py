"""Input data: which objects a host gets, and under which names."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.local import channels, cluster
from reconciler.local.failure import JobFailed


def request(source: dict[str, Any], *, hosts: int = 1, **channel: Any) -> dict[str, Any]:
    whole = {"S3DataType": "S3Prefix", **source}
    data = {"S3DataSource": whole}
    return {
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": hosts},
        "InputDataConfig": [{"ChannelName": "train", "DataSource": data, **channel}],
    }


def fetched(shop: Any, asked: dict[str, Any], host: int = 0) -> dict[str, bytes]:
    """The files of the channel on one host."""
    target = Path(shop.root) / f"data-{host}"
    current = cluster.hosts(asked)[host]
    channels.download(shop.storage, asked, current, target, between_files=lambda: None)
    files = [path for path in target.rglob("*") if path.is_file()]
    return {str(path.relative_to(target / "train")): path.read_bytes() for path in files}


@pytest.mark.parametrize(
    ("prefix", "key", "name"),
    [
        ("data/", "data/a/b.csv", "a/b.csv"),
        ("data", "data/a/b.csv", "a/b.csv"),
        ("data/b.csv", "data/b.csv", "b.csv"),
        ("data/tr", "data/train/a.csv", "train/a.csv"),
        ("", "data/a.csv", "data/a.csv"),
    ],
)
def test_a_file_is_named_by_its_path_below_the_prefix(prefix: str, key: str, name: str) -> None:
    assert channels.local_name(prefix, key) == name


def test_a_fully_replicated_channel_is_whole_on_each_host(plain_shop: Any) -> None:
    for name in "abc":
        plain_shop.put(f"d/{name}", name)
    asked = request({"S3Uri": "s3://bucket/d/"}, hosts=2)
    assert fetched(plain_shop, asked, 0) == fetched(plain_shop, asked, 1)
    assert len(fetched(plain_shop, asked, 1)) == 3


def test_shards_are_disjoint_and_whole_together(plain_shop: Any) -> None:
    for number in range(7):
        plain_shop.put(f"d/{number}", str(number))
    source = {"S3Uri": "s3://bucket/d/", "S3DataDistributionType": "ShardedByS3Key"}
    asked = request(source, hosts=3)
    shards = [sorted(fetched(plain_shop, asked, host)) for host in range(3)]
    assert shards == [["0", "3", "6"], ["1", "4"], ["2", "5"]]


def test_a_channel_for_one_instance_group_reaches_only_its_hosts(plain_shop: Any) -> None:
    plain_shop.put("d/a", "a")
    asked = request({"S3Uri": "s3://bucket/d/", "InstanceGroupNames": ["data"]})
    asked["ResourceConfig"] = {
        "InstanceGroups": [
            {"InstanceGroupName": name, "InstanceType": "ml.m5.large", "InstanceCount": 1}
            for name in ("gpu", "data")
        ]
    }
    assert fetched(plain_shop, asked, 0) == {}
    assert fetched(plain_shop, asked, 1) == {"a": b"a"}
    assert cluster.input_data_config(asked, cluster.hosts(asked)[0]) == {}


def test_the_configuration_of_a_channel_has_its_content_type() -> None:
    asked = request({"S3Uri": "s3://bucket/d/"}, ContentType="text/csv", InputMode="FastFile")
    assert cluster.input_data_config(asked, cluster.hosts(asked)[0]) == {
        "train": {
            "TrainingInputMode": "FastFile",
            "S3DistributionType": "FullyReplicated",
            "RecordWrapperType": "None",
            "ContentType": "text/csv",
        }
    }


class SmallPages:
    """A storage whose pages hold two keys."""

    def __init__(self, storage: Any) -> None:
        self._storage = storage

    def list(self, bucket: str, prefix: str, *, start_at: str) -> Any:
        return self._storage.list(bucket, prefix, start_at=start_at, max_keys=2)


def test_all_pages_of_a_listing_are_read(plain_shop: Any) -> None:
    keys = [f"d/{number}" for number in range(5)]
    for key in [*keys, "e/other"]:
        plain_shop.put(key, "x")
    pages: Any = SmallPages(plain_shop.storage)
    assert channels.list_keys(pages, "bucket", "d/") == keys


def test_a_manifest_lists_the_files(plain_shop: Any) -> None:
    plain_shop.put("d/a/1.txt", "one")
    plain_shop.put("d/2.txt", "two")
    plain_shop.put("d/3.txt", "three")
    manifest = json.dumps([{"prefix": "s3://bucket/d/"}, "a/1.txt", "2.txt"])
    uri = plain_shop.put("manifest", manifest)
    asked = request({"S3DataType": "ManifestFile", "S3Uri": uri})
    assert fetched(plain_shop, asked) == {"a/1.txt": b"one", "2.txt": b"two"}


def test_a_gzip_channel_is_decompressed(plain_shop: Any) -> None:
    plain_shop.put("d/a.csv.gz", gzip.compress(b"1,2"))
    plain_shop.put("d/b", gzip.compress(b"3,4"))
    asked = request({"S3Uri": "s3://bucket/d/"}, CompressionType="Gzip")
    assert fetched(plain_shop, asked) == {"a.csv": b"1,2", "b": b"3,4"}


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "is no list of names"),
        ('[{"prefix": 1}, "a"]', "is no list of names"),
        ('[{"prefix": "s3://bucket/d/"}, "missing"]', "s3://bucket/d/missing cannot be read"),
        ('["http://x/y"]', "is no S3 URI"),
        ('[{"prefix": "s3://bucket/d/"}, "../up"]', "cannot be a file"),
    ],
)
def test_a_bad_manifest_is_a_client_error(plain_shop: Any, manifest: str, words: str) -> None:
    uri = plain_shop.put("manifest", manifest)
    asked = request({"S3DataType": "ManifestFile", "S3Uri": uri})
    with pytest.raises(JobFailed, match="^ClientError: .*" + words):
        fetched(plain_shop, asked)


def test_an_empty_prefix_is_a_client_error_with_the_uri(plain_shop: Any) -> None:
    for uri in ("s3://bucket/nothing/", "s3://no-such-bucket/x"):
        with pytest.raises(JobFailed, match=f'No S3 objects found under S3 URL "{uri}"'):
            fetched(plain_shop, request({"S3Uri": uri}))


def test_a_key_that_is_both_file_and_folder_is_a_client_error(plain_shop: Any) -> None:
    plain_shop.put("d/a", "file")
    plain_shop.put("d/a/b", "in a folder of that name")
    with pytest.raises(JobFailed, match="another object needs a folder of that name"):
        fetched(plain_shop, request({"S3Uri": "s3://bucket/d/"}))


def test_what_is_not_gzip_is_a_client_error(plain_shop: Any) -> None:
    plain_shop.put("d/a.gz", "plain")
    with pytest.raises(JobFailed, match=r"a\.gz is not gzip"):
        fetched(plain_shop, request({"S3Uri": "s3://bucket/d/"}, CompressionType="Gzip"))


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ({"InputMode": "Pipe"}, "Pipe mode is not available"),
        ({"DataSource": {"FileSystemDataSource": {}}}, "FileSystemDataSource is not available"),
        (
            {"DataSource": {"S3DataSource": {"S3DataType": "AugmentedManifestFile"}}},
            "S3DataType AugmentedManifestFile is not available",
        ),
    ],
)
def test_what_cannot_be_fed_is_refused(channel: dict[str, Any], words: str) -> None:
    with pytest.raises(JobFailed, match=f"^ClientError: channel train: {words}"):
        channels.check(request({"S3Uri": "s3://bucket/d/"}, **channel))
