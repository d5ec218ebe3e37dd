"""Values that specs of all kinds are made of, beside those of `core/model.py`.

Sizes and intervals carry their unit.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from reconciler.core.content import AS_WRITTEN
from reconciler.core.model import QUOTED
from reconciler.core.scalars import shorten
from reconciler.core.schema import DURATION
from reconciler.core.units import format_duration, parse_duration, parse_size
from reconciler.core.wording import shown, spelled


def _milliseconds(value: object) -> object:
    if isinstance(value, str):
        amount, unit = value.removesuffix("ms"), 1
        if amount == value:
            amount, unit = value.removesuffix("s"), 1000
        if amount != value and amount.isascii() and amount.isdigit() and len(amount) < 10:
            return int(amount) * unit
    raise ValueError("write an interval as 100ms, 500ms or 1s")


def _megabytes(value: object) -> object:
    if isinstance(value, str):
        amount, unit = value.removesuffix("MB"), 1
        if amount == value:
            amount, unit = value.removesuffix("GB"), 1024
        if amount != value and amount.isascii() and amount.isdigit() and len(amount) < 10:
            return int(amount) * unit
    raise ValueError("write megabytes as 2048MB, or gigabytes as 2GB")


def format_megabytes(megabytes: int) -> str:
    """Write megabytes as specs have them: whole gigabytes as GB, else MB."""
    if megabytes and megabytes % 1024 == 0:
        return f"{megabytes // 1024}GB"
    return f"{megabytes}MB"


def _minutes(value: object) -> object:
    minutes, rest = divmod(parse_duration(value), 60)
    if rest:
        raise ValueError("SageMaker takes whole minutes here: 5m, 1h")
    return minutes


def format_minutes(minutes: int) -> str:
    """Write minutes as specs have durations: `10m`, `1h`."""
    return format_duration(minutes * 60)


def format_milliseconds(milliseconds: int) -> str:
    """Write milliseconds as specs have them: `500ms`."""
    return f"{milliseconds}ms"


def bare(value: Any) -> Any:
    """Plain numbers in place of those that keep their characters."""
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items()}
    if isinstance(value, list):
        return [bare(item) for item in value]
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return value


def between(least: str, most: str) -> AfterValidator:
    """Bounds of a duration, told as people write it."""
    bounds = range(parse_duration(least), parse_duration(most) + 1)

    def check(seconds: int) -> int:
        if seconds not in bounds:
            raise ValueError(f"it is {least} to {most}, not {format_duration(seconds)}")
        return seconds

    return AfterValidator(check)


def without_name(member: str) -> AfterValidator:
    """Values of `api_overrides` less the member of the name, which is refused."""

    def check(value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value and member in value:
            raise ValueError(f"`{member}` is derived from name and content")
        return value

    return AfterValidator(check)


Size = Annotated[int, BeforeValidator(parse_size)]
"""Gigabytes; written as `30GB`, `1TB`."""

Milliseconds = Annotated[
    int,
    BeforeValidator(_milliseconds),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^[0-9]+m?s$",
            "patternErrorMessage": "write an interval as 100ms, 500ms or 1s",
            "examples": ["500ms", "1s"],
        }
    ),
]
"""Milliseconds; written as `500ms`, `1s`."""

Megabytes = Annotated[
    int,
    BeforeValidator(_megabytes),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^[0-9]+(MB|GB)$",
            "patternErrorMessage": "write megabytes as 2048MB, or gigabytes as 2GB",
            "examples": ["2GB", "2048MB"],
        }
    ),
]
"""Megabytes; written as `2048MB`, `2GB`."""

Minutes = Annotated[int, BeforeValidator(_minutes), WithJsonSchema(dict(DURATION))]
"""Whole minutes; written as a duration: `10m`, `1h`."""

Scalars = Annotated[dict[str, Any] | None, AS_WRITTEN]
"""A map (or nothing) of values of any type, which keep the characters they were written with."""

_S3_URI = r"^(https|s3)://[^/]+(/.*)?$"
_INSTANCE_TYPE = r"^ml\.[a-z0-9-]+\.[a-z0-9-]+$"


def corrected_uri(text: str) -> str:
    """What to write for a text that is no S3 URI."""
    slip = re.fullmatch("(?:s3|S3)[an]?:/{0,2}([^/].*)", text)
    if slip and re.fullmatch(_S3_URI, f"s3://{slip[1]}"):
        return f"write `s3://{shorten(slip[1])}`"
    scheme, found, rest = text.partition("://")
    key = (rest if found and scheme in ("s3", "https") else text).strip("/")
    return f"write `s3://BUCKET/{shorten(key)}`, with the name of the bucket"


def _corrected_instance_type(text: str) -> str:
    name = f"ml.{text.lower().removeprefix('ml.')}"
    return shown(name) if re.fullmatch(_INSTANCE_TYPE, name) else "such as ml.m5.xlarge"


def s3_uri(cure: Callable[[str], str | None]) -> BeforeValidator:
    """The form of an S3 URI, with a cure for what stands there instead."""
    return spelled(_S3_URI, "an S3 URI is s3://bucket/key", cure)


S3Uri = Annotated[
    str,
    Field(pattern=_S3_URI, max_length=1024, examples=["s3://bucket/prefix/"]),
    s3_uri(corrected_uri),
    QUOTED,
]
"""An S3 URI."""

InstanceType = Annotated[
    str,
    Field(pattern=_INSTANCE_TYPE, examples=["ml.m5.xlarge", "ml.g5.2xlarge", "ml.p5.48xlarge"]),
    spelled(
        _INSTANCE_TYPE,
        "an instance type has SageMaker's form: ml.m5.xlarge",
        _corrected_instance_type,
    ),
    QUOTED,
]
"""An instance type of SageMaker; a new one is known at once."""

_SHA256 = r"^[0-9a-f]{64}$"


def _corrected_sha256(text: str) -> str | None:
    digits = text.lower().removeprefix("sha256:")
    return f"write `{digits}`" if re.fullmatch(_SHA256, digits) else None


Sha256 = Annotated[
    str,
    Field(pattern=_SHA256),
    spelled(_SHA256, "a sha256 has 64 hex digits in lower case", _corrected_sha256),
    QUOTED,
]
"""A sha256 in hex."""
