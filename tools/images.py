"""Make `reconciler/kinds/images.json` from the image data in AWS's `sagemaker-core` wheel.

    python tools/images.py WHEEL            write the table
    python tools/images.py WHEEL --check    exit 1 when the committed table is not what it gives

Get the wheel with `pip download --no-deps sagemaker-core`. It is read as an archive and never
imported. The data are Apache-2.0, Copyright Amazon.com, Inc. or its affiliates.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "reconciler" / "kinds" / "images.json"
SCOPES = ("training", "inference", "debugger")
FOLDER = "sagemaker/core/image_uri_config/"
BASE = re.compile(r"(?:pytorch|tensorflow)[0-9]")
ENTRY_KEYS = {
    "repository": "repository",
    "py_versions": "python",
    "container_version": "container",
    "tag_prefix": "prefix",
    "sdk_versions": "sdk",
}
SMP_CUDA = {"2.0": "cu118", "2.1": "cu121", "2.2": "cu121", "2.3": "cu121", "2.4": "cu121"}
"""CUDA of SMP's images by PyTorch version, cu124 for later ones (image_uris.py in the wheel)."""


class Table:
    """The compact table while it grows: each distinct registry map and entry is kept once."""

    def __init__(self) -> None:
        self.registries: list[Any] = []
        self.entries: list[Any] = []
        self.images: dict[str, dict[str, Any]] = {}

    def add(self, name: str, scope: str, config: Mapping[str, Any]) -> None:
        """Add one image family; an alias becomes a version like any other."""
        versions = dict(config["versions"])
        aliases = config.get("version_aliases", {})
        if not name.endswith("neuronx"):  # their tags have the full version only
            versions |= {alias: versions[full] for alias, full in aliases.items()}
        found = {
            version: self._version(name, version, raw, config) for version, raw in versions.items()
        }
        self.images.setdefault(scope, {})[name] = found

    def _version(
        self, name: str, version: str, raw: Mapping[str, Any], config: Mapping[str, Any]
    ) -> Any:
        if "repository" in raw:
            return self._entry(name, version, raw, config)
        inner = {key: value for key, value in raw.items() if key != "version_aliases"}
        if not name.endswith("neuronx"):
            aliases = raw.get("version_aliases", {})
            inner |= {alias: raw[full] for alias, full in aliases.items()}
        return {key: self._entry(name, version, value, config) for key, value in inner.items()}

    def _entry(
        self, name: str, version: str, raw: Mapping[str, Any], config: Mapping[str, Any]
    ) -> int:
        entry = {ours: raw[theirs] for theirs, ours in ENTRY_KEYS.items() if theirs in raw}
        entry["registry"] = _index(self.registries, raw["registries"])
        processors = raw.get("processors") or config.get("processors")
        if processors:
            entry["processors"] = processors
        if raw.get("processor_in_tag") is False:
            entry["processor_in_tag"] = False
        if name == "pytorch-smp":
            entry["container"] = {"gpu": SMP_CUDA.get(".".join(version.split(".")[:2]), "cu124")}
        return _index(self.entries, entry)


def _index(values: list[Any], value: Any) -> int:
    if value not in values:
        values.append(value)
    return values.index(value)


def families(wheel: zipfile.ZipFile) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Name, scope and data of each image family of the wheel that has a scope we keep."""
    for path in sorted(wheel.namelist()):
        name = path.removeprefix(FOLDER).removesuffix(".json")
        if not path.startswith(FOLDER) or "/" in name:
            continue
        data = json.loads(wheel.read(path))
        for scope in SCOPES:
            if "versions" in data:
                if scope in data.get("scope", ()):
                    yield name, scope, data
            elif isinstance(data.get(scope), dict) and "versions" in data[scope]:
                yield name, scope, data[scope]


def table_text(path: Path) -> str:
    """The table of one wheel as JSON, one line for each registry map, entry and family."""
    table = Table()
    with zipfile.ZipFile(path) as wheel:
        for name, scope, config in families(wheel):
            table.add(name, scope, config)
    version = path.name.split("-")[1]
    compact = (",", ":")
    lines = [f'"source":"sagemaker-core {version}"']
    for key, values in (("registries", table.registries), ("entries", table.entries)):
        body = ",\n".join(json.dumps(value, separators=compact) for value in values)
        lines.append(f'"{key}":[\n{body}\n]')
    scopes = []
    for scope, images in table.images.items():
        body = ",\n".join(
            f"{json.dumps(name)}:{json.dumps(found, separators=compact)}"
            for name, found in images.items()
        )
        scopes.append(f"{json.dumps(scope)}:{{\n{body}\n}}")
    lines.append('"images":{\n' + ",\n".join(scopes) + "\n}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> int:
    """Write or check the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    text = table_text(options.wheel)
    if options.check:
        fresh = TARGET.read_text() == text
        print("fresh" if fresh else f"{TARGET.name} is not what {options.wheel.name} gives")
        return 0 if fresh else 1
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
