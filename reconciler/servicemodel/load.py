"""The service models that botocore ships, as values.

botocore describes each AWS service in one JSON file: operations, shapes and their limits. This
module reads that file without importing botocore, which would cost a tenth of a second. Plans
are checked against it offline, and the local SageMaker answers by it.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any


class ModelNotFound(LookupError):
    """There is no such service, operation or shape in the installed botocore."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a structure, or what a list or map is made of."""

    name: str
    shape: str
    """Name of the member's shape."""
    wire_name: str
    """Name in XML, in a header or in a query string."""
    location: str | None = None
    """`uri`, `querystring`, `header`, `headers` or `statusCode`; None: in the body."""
    flattened: bool = False
    """A list whose items stand beside the other members, in XML."""
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """One type: its members or elements, and its limits."""

    name: str
    type: str
    """`structure`, `list`, `map`, `string`, `integer`, `long`, `float`, `double`, `boolean`,
    `timestamp` or `blob`."""
    members: Mapping[str, Member] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    element: Member | None = None
    """What a list holds, or the values of a map."""
    key: Member | None = None
    """The keys of a map."""
    minimum: float | None = None
    """Least value of a number, least length of anything else."""
    maximum: float | None = None
    """Greatest value of a number, greatest length of anything else."""
    pattern: str | None = None
    """A Java regular expression that the whole string must match."""
    enum: tuple[str, ...] = ()
    union: bool = False
    """A structure of which exactly one member may be set."""
    payload: str | None = None
    """The member that is the whole body of the HTTP message."""
    flattened: bool = False
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a service."""

    name: str
    input: str | None
    """Name of the shape of the request; None when it has no parameters."""
    output: str | None
    """Name of the shape of the answer; None when it is empty."""
    method: str
    """HTTP method."""
    uri: str
    """HTTP path with `{Member}` places, and a query string that is always there."""
    status: int = 200
    """HTTP status of success."""
    result_wrapper: str | None = None
    """The XML element around the answer, in the query protocol."""


class ServiceModel:
    """Operations and shapes of one service, read from botocore's description on demand."""

    def __init__(self, service: str, description: Mapping[str, Any]) -> None:
        self.service = service
        """boto3's name of the service."""
        self.metadata: Mapping[str, Any] = MappingProxyType(description["metadata"])
        """`protocol`, `targetPrefix`, `signingName`, … as botocore has them."""
        self._operations = description["operations"]
        self._shapes = description["shapes"]
        self._known: dict[str, Shape] = {}

    @property
    def operation_names(self) -> tuple[str, ...]:
        """Names of all operations, in the order of the description."""
        return tuple(self._operations)

    def operation(self, name: str) -> Operation:
        """Return the operation of that name; raise ModelNotFound if there is none."""
        raw = self._operations.get(name)
        if raw is None:
            raise ModelNotFound(f"{self.service} has no operation {name}")
        output = raw.get("output", {})
        return Operation(
            name=name,
            input=raw.get("input", {}).get("shape"),
            output=output.get("shape"),
            method=raw["http"]["method"],
            uri=raw["http"]["requestUri"],
            status=raw["http"].get("responseCode", 200),
            result_wrapper=output.get("resultWrapper"),
        )

    def shape(self, name: str) -> Shape:
        """Return the shape of that name; raise ModelNotFound if there is none."""
        known = self._known.get(name)
        if known is None:
            raw = self._shapes.get(name)
            if raw is None:
                raise ModelNotFound(f"{self.service} has no shape {name}")
            known = self._known[name] = _shape(name, raw)
        return known


@cache
def load(service: str) -> ServiceModel:
    """Read the newest model of a service; raise ModelNotFound if botocore has none."""
    spec = importlib.util.find_spec("botocore")
    if spec is None or not spec.submodule_search_locations:
        raise ModelNotFound("botocore is not installed, so no service model can be read")
    folder = Path(spec.submodule_search_locations[0]) / "data" / service
    files = sorted(folder.glob("*/service-2.json*"))
    if not files:
        raise ModelNotFound(f"botocore has no service {service}")
    # Version folders are dates, so the last one in order is the newest.
    newest = files[-1]
    content = newest.read_bytes()
    if newest.suffix == ".gz":
        content = gzip.decompress(content)
    return ServiceModel(service, json.loads(content))


def _shape(name: str, raw: Mapping[str, Any]) -> Shape:
    element = raw.get("member") or raw.get("value")
    return Shape(
        name=name,
        type=raw["type"],
        members=MappingProxyType(
            {each: _member(each, member) for each, member in raw.get("members", {}).items()}
        ),
        required=tuple(raw.get("required", ())),
        element=_member("member" if "member" in raw else "value", element) if element else None,
        key=_member("key", raw["key"]) if "key" in raw else None,
        minimum=raw.get("min"),
        maximum=raw.get("max"),
        pattern=raw.get("pattern"),
        enum=tuple(raw.get("enum", ())),
        union=raw.get("union", False),
        payload=raw.get("payload"),
        flattened=raw.get("flattened", False),
        sensitive=raw.get("sensitive", False),
    )


def _member(name: str, raw: Mapping[str, Any]) -> Member:
    return Member(
        name=name,
        shape=raw["shape"],
        wire_name=raw.get("locationName", name),
        location=raw.get("location"),
        flattened=raw.get("flattened", False),
        sensitive=raw.get("sensitive", False),
    )
