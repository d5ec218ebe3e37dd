"""Images: URIs of AWS's own training images, from a table that `tools/images.py` generates.

A document can always give the URI itself; this is for those who name a framework and a version.
The rules of the tags are those of AWS's Python SDK (`sagemaker.core.image_uris`).
"""

from __future__ import annotations

import bisect
import difflib
import json
import pkgutil
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NoReturn

_HOSTS = (
    ("cn-", "amazonaws.com.cn"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("eusc-", "amazonaws.eu"),
)
_BASE = re.compile(r"(pytorch|tensorflow)([0-9].*)")
_CUDA_11 = {
    "tensorflow:1.15-gpu-py37": "cu110-ubuntu18.04-v8",
    "tensorflow:1.15.4-gpu-py37": "cu110-ubuntu18.04",
    "tensorflow:1.15.5-gpu-py37": "cu110-ubuntu18.04",
    "tensorflow:2.3-gpu-py37": "cu110-ubuntu18.04-v3",
    "tensorflow:2.3.1-gpu-py37": "cu110-ubuntu18.04",
    "tensorflow:2.3.2-gpu-py37": "cu110-ubuntu18.04",
    "mxnet:1.8-gpu-py37": "cu110-ubuntu16.04-v1",
    "mxnet:1.8.0-gpu-py37": "cu110-ubuntu16.04",
    "pytorch:1.6-gpu-py3": "cu110-ubuntu18.04-v3",
    "pytorch:1.6-gpu-py36": "cu110-ubuntu18.04-v3",
    "pytorch:1.6.0-gpu-py3": "cu110-ubuntu18.04",
    "pytorch:1.6.0-gpu-py36": "cu110-ubuntu18.04",
}
"""Images of the time when CUDA 11 was new have a second tag with it, which p4d instances and the
smdistributed libraries need (`image_uris.py` in the wheel)."""
_SHOWN = 6
"""Most names in a hint that says only the nearest ones."""
_FEW = 12
"""A list of so many names is told as a whole."""


class UnknownImage(ValueError):
    """The table has no such image; `part` says which key is to blame, `help` what there is."""

    def __init__(self, part: str, message: str, help_text: str | None = None) -> None:
        super().__init__(message)
        self.part = part
        """`framework`, `version`, `python_version`, `base`, `region` or `instance_type`."""
        self.help = help_text


def names(scope: str = "training") -> tuple[str, ...]:
    """Names of all frameworks and algorithms of one scope."""
    return tuple(table()["images"][scope])


def versions(name: str, *, scope: str = "training") -> tuple[str, ...]:
    """Versions of one framework or algorithm that the table knows, oldest first."""
    return tuple(sorted(table()["images"][scope].get(name, {}), key=_version_key))


def image_uri(
    name: str,
    version: str | None,
    *,
    region: str,
    instance_type: str | None = None,
    python_version: str | None = None,
    base: str | None = None,
    smdistributed: bool = False,
    scope: str = "training",
) -> str:
    """Give the URI of AWS's image; the tag has the version as written (`2.6` stays `2.6`).

    `version` None means the newest. `base` is Hugging Face's framework with its version, such as
    `pytorch2.5.1`; `instance_type` decides between CPU and GPU images; `smdistributed` is for
    AWS's libraries of that name. Raises UnknownImage.
    """
    known = table()["images"][scope].get(name)
    if known is None:
        _unknown("framework", name, names(scope))
    version = version or versions(name, scope=scope)[-1]
    if version not in known:
        _unknown("version", version, versions(name, scope=scope), of=name)
    entry, base_version = _entry(known[version], base, python_version, of=f"{name} {version}")
    account = table()["registries"][entry["registry"]].get(region)
    if account is None:
        regions = sorted(table()["registries"][entry["registry"]])
        _unknown("region", region, regions, of=f"{name} {version}")
    host = f"{account}.dkr.ecr.{region}.{_suffix(region)}"
    prefix = entry.get("prefix") or version
    if base_version:
        prefix = f"{base_version}-transformers{version}"
    processor = _processor(entry, instance_type, of=f"{name} {version}")
    python = _python(entry, python_version, of=f"{name} {version}")
    tag = _tag(entry, prefix, processor, python)
    needs_cuda = smdistributed or _family(instance_type) == "p4d"
    cuda = _CUDA_11.get(f"{name}:{tag}") if needs_cuda else None
    return f"{host}/{entry['repository']}:{tag}" + (f"-{cuda}" if cuda else "")


def is_accelerated(instance_type: str) -> bool:
    """Whether an instance type has accelerators (GPUs, Trainium, Inferentia)."""
    return _family_processor(instance_type) != "cpu"


def is_trainium(instance_type: str | None) -> bool:
    """Whether an instance type has Trainium."""
    return instance_type is not None and _family_processor(instance_type) == "trn"


def repository(reference: str) -> str:
    """An image reference without tag and digest."""
    name = reference.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return head + slash + last.partition(":")[0]


@cache
def table() -> Mapping[str, Any]:
    """The table as `tools/images.py` wrote it."""
    data = pkgutil.get_data("reconciler.kinds", "images.json")
    if data is None:
        raise FileNotFoundError("reconciler/kinds/images.json is missing from the installation")
    table: Mapping[str, Any] = json.loads(data)
    return table


def _entry(
    found: int | Mapping[str, int], base: str | None, python_version: str | None, *, of: str
) -> tuple[Mapping[str, Any], str | None]:
    """The entry of one version, and the version of the base framework where there is one."""
    entries = table()["entries"]
    if isinstance(found, int):
        return entries[found], None
    bases = [key for key in found if _BASE.fullmatch(key)]
    if bases:
        key = base or (bases[0] if len(set(found.values())) == 1 else None)
        if key is None:
            raise UnknownImage("base", f"{of} needs the version of its base", _list(bases))
        if key not in found:
            _unknown("base", key, bases, of=of)
        match = _BASE.fullmatch(key)
        return entries[found[key]], match[2] if match else None
    pythons = [key for key in found if key == (python_version or max(found))]
    if not pythons:
        _unknown("python_version", str(python_version), found, of=of)
    return entries[found[pythons[0]]] | {"python": pythons}, None


def _python(entry: Mapping[str, Any], python_version: str | None, *, of: str) -> str | None:
    known = entry.get("python")
    if not known:
        return None
    if python_version is None:
        return str(max(known, key=_version_key))
    if python_version not in known:
        _unknown("python_version", python_version, known, of=of)
    return python_version


def _processor(entry: Mapping[str, Any], instance_type: str | None, *, of: str) -> str | None:
    known = entry.get("processors")
    if not known:
        return None
    if instance_type is None:
        if len(known) == 1:
            return str(known[0])
        raise UnknownImage(
            "instance_type",
            f"the image of {of} depends on the instance type",
            "say which: it has images for " + ", ".join(known),
        )
    wanted = _family_processor(instance_type)
    if wanted not in known:
        message = f"{of} has no image for {instance_type} ({wanted})"
        raise UnknownImage("instance_type", message, "it has images for " + ", ".join(known))
    return wanted


def _family(instance_type: str | None) -> str:
    return (instance_type or "").removeprefix("ml.").partition(".")[0]


def _family_processor(instance_type: str) -> str:
    family = _family(instance_type)
    if family.startswith(("trn", "inf")):
        return family[:3]
    return "gpu" if family.startswith(("g", "p")) else "cpu"


def _tag(entry: Mapping[str, Any], prefix: str, processor: str | None, python: str | None) -> str:
    containers = entry.get("container", {})
    # The wheel lists images of Trainium under `inf` in some versions; there is only one then.
    container = containers.get(processor) or next(iter(containers.values()), None)
    if "sdk" in entry:
        container = f"{max(entry['sdk'], key=_version_key)}-{container}"
        processor = str(entry["repository"]).rpartition("-")[2]
    if not entry.get("processor_in_tag", True):
        processor = None
    return "-".join(part for part in (prefix, processor, python, container) if part)


def _suffix(region: str) -> str:
    return next((host for start, host in _HOSTS if region.startswith(start)), "amazonaws.com")


def _version_key(version: str) -> tuple[tuple[int, int | str], ...]:
    parts = re.findall(r"[0-9]+|[a-z]+", version)
    return tuple((1, int(part)) if part.isdigit() else (0, part) for part in parts)


def _unknown(part: str, word: str, known: Iterable[str], *, of: str = "") -> NoReturn:
    label = part.replace("_", " ")
    message = f"there is no {label} {word!r}" + (f" of {of}" if of else "") + " in the image table"
    raise UnknownImage(part, message, _choice(part, word, list(known)))


def _choice(part: str, word: str, names: list[str]) -> str:
    """All names where they are few, else the nearest ones."""
    if len(names) <= _FEW:
        return _list(names)
    if part == "version":
        near = _around(word, names)
    else:
        near = difflib.get_close_matches(word, names, n=_SHOWN, cutoff=0.3)
    return f"nearest of {len(names)}: " + ", ".join(near or names[-_SHOWN:])


def _around(version: str, ordered: list[str]) -> list[str]:
    """The versions next to one that is not there."""
    index = bisect.bisect_left([_version_key(each) for each in ordered], _version_key(version))
    return ordered[max(0, index - _SHOWN // 2) : index + _SHOWN // 2]


def _list(words: list[str]) -> str:
    return "known: " + ", ".join(words)
