"""The folder and the command of one container: its model, its code, its server.

The artifact lies in `/opt/ml/model`. The script is `SAGEMAKER_PROGRAM`, or `inference.py`, in
`SAGEMAKER_SUBMIT_DIRECTORY` (an archive in S3 or a folder of the container), else in
`/opt/ml/model/code` or `/opt/ml/model`, as AWS's containers look for it. A folder that is ready
is used again when the process starts again, so that an endpoint does not depend on its artifact.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.local import archive, requirements, sandbox
from reconciler.local.channels import list_keys, local_name, split_uri
from reconciler.local.container import without_version
from reconciler.local.errors import EngineError
from reconciler.local.failure import JobFailed, client_error
from reconciler.local.host import Command
from reconciler.local.inference import server
from reconciler.local.serving.sources import Source, archive_source, model_sources
from reconciler.local.storage import Storage

_PROGRAM = "SAGEMAKER_PROGRAM"
_SUBMIT_DIRECTORY = "SAGEMAKER_SUBMIT_DIRECTORY"
_DEFAULT_PROGRAM = "inference.py"


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how one container of a variant runs."""

    folder: Path
    definition: Mapping[str, Any]
    """The ContainerDefinition of the model."""
    interpreter: str
    bwrap: str | None
    """The bubblewrap program, or None when nothing is hidden."""
    isolated: bool
    """EnableNetworkIsolation of the model."""

    @property
    def view(self) -> sandbox.View:
        """What the container sees."""
        return sandbox.View(self.folder, "model", network=not self.isolated)

    @property
    def packages(self) -> Path:
        """Packages that were installed for this container."""
        return self.folder / "packages"

    @property
    def asked(self) -> Mapping[str, str]:
        """The environment that the model asks for."""
        found: Mapping[str, str] = self.definition.get("Environment", {})
        return found


def prepare(storage: Storage, place: Place) -> None:
    """Fill the folder with the model and its code; nothing when that was done before.

    Raises JobFailed when something is not there or cannot be used.
    """
    ready = place.folder / "ready"
    if ready.exists():
        return
    shutil.rmtree(place.folder, ignore_errors=True)
    sandbox.make_folders(place.view, hosts="127.0.0.1 localhost\n::1 localhost\n")
    ml = place.view.ml
    for source, folder in _sources(place.definition):
        _fetch(storage, place, source, ml / folder)
    submitted = place.asked.get(_SUBMIT_DIRECTORY, "")
    if submitted.startswith("s3://"):
        _fetch(storage, place, archive_source(submitted), ml / "code")
    script = find_script(place)
    wanted = script.parent / "requirements.txt" if script else None
    if wanted is not None and wanted.is_file():
        requirements.install(place.interpreter, wanted, place.packages, network=not place.isolated)
    ready.touch()


def find_script(place: Place) -> Path | None:
    """The script of the container on this machine, or None when it has none."""
    ml = place.view.ml
    program = place.asked.get(_PROGRAM, _DEFAULT_PROGRAM)
    submitted = place.asked.get(_SUBMIT_DIRECTORY, "").removeprefix("file://")
    folders = [ml / "code", ml / "model" / "code", ml / "model"]
    if submitted.startswith(sandbox.CONTAINER_ROOT):
        folders.insert(0, Path(sandbox.localised(submitted, str(ml))))
    found = (folder / program for folder in folders if (folder / program).is_file())
    return next(found, None)


def command(place: Place, *, listening: int, token: str, log: Path) -> Command:
    """The command of the model server, which serves a socket that listens already.

    Raises JobFailed when the model names a script that is not there.
    """
    inside = place.bwrap is not None
    ml = sandbox.CONTAINER_ROOT if inside else str(place.view.ml)
    script = find_script(place)
    if script is None and _PROGRAM in place.asked:
        raise client_error(f"the script {place.asked[_PROGRAM]} is neither code nor in the model")
    settings = {
        "socket": listening,
        "token": token,
        "model_dir": f"{ml}/model",
        "script": f"{ml}/{script.relative_to(place.view.ml)}" if script else None,
        "framework": _framework(place.definition),
    }
    asked = {name: sandbox.localised(value, ml) for name, value in place.asked.items()}
    paths = [str(place.packages), *filter(None, [asked.pop("PYTHONPATH", "")])]
    return Command(
        view=place.view,
        argv=(place.interpreter, server.__file__),
        environment={
            **sandbox.plain_environment(place.view, place.interpreter, inside=inside),
            "SM_MODEL_DIR": f"{ml}/model",
            **asked,
            "PYTHONPATH": os.pathsep.join(paths),
            server.SETTINGS: json.dumps(settings),
        },
        directory=f"{ml}/model",
        readable=(
            *sandbox.interpreter_folders(place.interpreter),
            place.packages,
            Path(server.__file__).parent,
        ),
        log=log,
        keep=(listening,),
    )


def _framework(definition: Mapping[str, Any]) -> str:
    """Whose defaults the container has: PyTorch's or the common ones."""
    return "torch" if "pytorch" in without_version(definition["Image"]) else "arrays"


def _sources(definition: Mapping[str, Any]) -> Iterator[tuple[Source, str]]:
    """What the container gets from S3, each with its folder below the container root."""
    yield from ((source, "model") for source in model_sources(definition))
    for each in definition.get("AdditionalModelDataSources", []):
        yield each["S3DataSource"], f"additional-model-data-sources/{each['ChannelName']}"


def _fetch(storage: Storage, place: Place, source: Source, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    bucket, key = split_uri(source["S3Uri"])
    try:
        if source["CompressionType"] == "Gzip":
            packed = place.folder / "archive.tar.gz"
            storage.download(bucket, key, packed)
            archive.unpack(packed, folder)
            packed.unlink()
            return
        keys = list_keys(storage, bucket, key) if source["S3DataType"] == "S3Prefix" else [key]
        prefix = key if source["S3DataType"] == "S3Prefix" else key.rpartition("/")[0] + "/"
        for each in keys:
            if not each.endswith("/"):
                _fetch_file(storage, bucket, each, folder, local_name(prefix, each))
    except EngineError as error:
        raise JobFailed(
            f'Failed to download model data from URL: "{source["S3Uri"]}". Please ensure that '
            "there is an object located at the URL and that the role passed to CreateModel has "
            f"permissions to download the object. ({error.message})"
        ) from error


def _fetch_file(storage: Storage, bucket: str, key: str, folder: Path, name: str) -> None:
    target = (folder / name).resolve()
    if folder.resolve() not in target.parents:
        raise client_error(f"s3://{bucket}/{key} cannot be a file of a model")
    target.parent.mkdir(parents=True, exist_ok=True)
    storage.download(bucket, key, target)
