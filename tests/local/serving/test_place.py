"""A container gets its model and its code from where the model says, in an interpreter here."""

from __future__ import annotations

import io
import json
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.local.container import ImageNotRunnable, serving_interpreter
from reconciler.local.failure import JobFailed
from reconciler.local.inference import server
from reconciler.local.serving.place import Place, command, find_script, prepare
from reconciler.local.storage import Storage

ECR = "683313688378.dkr.ecr.us-east-1.amazonaws.com"


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    opened = Storage.open(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Place]:
    """Makes places without a sandbox; `environment` is that of the container definition."""

    def place(environment: dict[str, str] | None = None, **definition: Any) -> Place:
        return Place(
            folder=tmp_path / "place",
            definition={
                "Image": f"{ECR}/sagemaker-scikit-learn:1.2-1",
                "Environment": environment or {},
                **definition,
            },
            interpreter=sys.executable,
            bwrap=None,
            isolated=False,
        )

    return place


def packed(*names: str) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name in names:
            tar.addfile(tarfile.TarInfo(name))
    return content.getvalue()


def files(place: Place) -> list[str]:
    ml = place.view.ml
    return sorted(path.relative_to(ml).as_posix() for path in ml.rglob("*") if path.is_file())


def source(uri: str, kind: str, compression: str = "None") -> dict[str, Any]:
    found = {"S3Uri": uri, "S3DataType": kind, "CompressionType": compression}
    return {"S3DataSource": found}


def test_an_archive_is_unpacked_as_the_model(storage: Storage, make: Any) -> None:
    storage.put("bucket", "m.tar.gz", packed("a", "code/inference.py"))
    place = make(ModelDataUrl="s3://bucket/m.tar.gz")
    prepare(storage, place)
    assert files(place) == ["model/a", "model/code/inference.py"]
    assert find_script(place) == place.view.ml / "model/code/inference.py"


def test_a_prefix_is_copied_as_the_model(storage: Storage, make: Any) -> None:
    for key in ("out/model/a", "out/model/code/inference.py", "out/model2/b"):
        storage.put("bucket", key, b"x")
    place = make(ModelDataSource=source("s3://bucket/out/model/", "S3Prefix"))
    prepare(storage, place)
    assert files(place) == ["model/a", "model/code/inference.py"]


def test_one_object_and_additional_sources_have_their_folders(storage: Storage, make: Any) -> None:
    storage.put("bucket", "x/a.bin", b"x")
    storage.put("bucket", "draft.tar.gz", packed("d"))
    additional = {"ChannelName": "draft", **source("s3://bucket/draft.tar.gz", "S3Object", "Gzip")}
    place = make(
        ModelDataSource=source("s3://bucket/x/a.bin", "S3Object"),
        AdditionalModelDataSources=[additional],
    )
    prepare(storage, place)
    assert files(place) == ["additional-model-data-sources/draft/d", "model/a.bin"]


def test_code_of_its_own_comes_before_the_code_in_the_model(storage: Storage, make: Any) -> None:
    storage.put("bucket", "m.tar.gz", packed("inference.py", "code/inference.py"))
    storage.put("bucket", "code.tar.gz", packed("inference.py"))
    own = {"SAGEMAKER_SUBMIT_DIRECTORY": "s3://bucket/code.tar.gz"}
    place = make(own, ModelDataUrl="s3://bucket/m.tar.gz")
    prepare(storage, place)
    assert find_script(place) == place.view.ml / "code/inference.py"


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_code_can_be_a_folder_of_the_container(storage: Storage, make: Any, scheme: str) -> None:
    storage.put("bucket", "m.tar.gz", packed("src/serve.py"))
    own = {
        "SAGEMAKER_PROGRAM": "serve.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": f"{scheme}/opt/ml/model/src",
    }
    place = make(own, ModelDataUrl="s3://bucket/m.tar.gz")
    prepare(storage, place)
    assert find_script(place) == place.view.ml / "model/src/serve.py"


def test_a_place_that_is_ready_needs_its_artifact_no_more(storage: Storage, make: Any) -> None:
    storage.put("bucket", "m.tar.gz", packed("a"))
    place = make(ModelDataUrl="s3://bucket/m.tar.gz")
    prepare(storage, place)
    storage.delete("bucket", "m.tar.gz")
    prepare(storage, place)
    assert files(place) == ["model/a"]


def test_an_artifact_that_is_gone_is_told_in_sagemakers_words(storage: Storage, make: Any) -> None:
    with pytest.raises(JobFailed, match='Failed to download model data from URL: "s3://bucket/m"'):
        prepare(storage, make(ModelDataUrl="s3://bucket/m"))


def test_an_object_cannot_land_outside_of_the_model(storage: Storage, make: Any) -> None:
    storage.put("bucket", "p/../../../evil", b"x")
    with pytest.raises(JobFailed, match="cannot be a file of a model"):
        prepare(storage, make(ModelDataSource=source("s3://bucket/p/", "S3Prefix")))


def test_a_script_that_is_named_but_not_there_is_an_error(storage: Storage, make: Any) -> None:
    place = make({"SAGEMAKER_PROGRAM": "serve.py"})
    prepare(storage, place)
    with pytest.raises(JobFailed, match=r"serve\.py is neither code nor in the model"):
        command(place, listening=3, token="t", log=Path("log"))


def test_the_command_has_the_environment_of_the_model_and_real_paths(
    storage: Storage, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    place = make({"WHERE": "/opt/ml/model/x", "PYTHONPATH": "/more"})
    prepare(storage, place)
    made = command(place, listening=3, token="t", log=Path("log"))
    ml = place.view.ml
    assert made.environment["WHERE"] == f"{ml}/model/x"
    assert made.environment["SM_MODEL_DIR"] == f"{ml}/model"
    assert made.environment["PYTHONPATH"].endswith(":/more")
    assert "AWS_SECRET_ACCESS_KEY" not in made.environment
    assert json.loads(made.environment[server.SETTINGS])["script"] is None


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ({"Image": f"{ECR}/kmeans:1"}, "no containers"),
        ({"Image": f"{ECR}/huggingface-pytorch-inference:2.6"}, "lacks .*transformers"),
        ({"Image": f"{ECR}/sagemaker-scikit-learn:1", "Mode": "MultiModel"}, "MultiModel"),
        ({"ModelPackageName": "p"}, "no model packages"),
    ],
)
def test_what_cannot_be_served_here_is_refused(container: dict[str, str], words: str) -> None:
    with pytest.raises(ImageNotRunnable, match=words):
        serving_interpreter(container, {})


def test_a_framework_image_is_served_by_this_python_unless_it_is_mapped() -> None:
    container = {"Image": f"{ECR}/sagemaker-scikit-learn:1.2-1"}
    assert serving_interpreter(container, {}) == sys.executable
    with pytest.raises(ImageNotRunnable, match="no program"):
        serving_interpreter(container, {"*/sagemaker-*": "/nowhere/python"})
