"""Request: the CreateEndpointConfig call that a resolved spec comes to.

spec → plain values → names of models are filled in → the table of fields → `api_overrides`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.core.call import Call
from reconciler.core.fields import to_request
from reconciler.core.kind import Facts, Reference
from reconciler.kinds.endpoint.fields import TABLE
from reconciler.kinds.endpoint.spec import EndpointSpec
from reconciler.kinds.endpoint.variants import Variant
from reconciler.kinds.tags import overridden

CAPTURED = ("Input", "Output")
"""What is captured where a document does not say it (botocore: CaptureOptions is required)."""


def variants_of(spec: EndpointSpec) -> Iterator[tuple[tuple[str, str], Variant]]:
    """Every variant, in production and in the shadow, with its path."""
    for group in ("variants", "shadow_variants"):
        for name, variant in (getattr(spec, group) or {}).items():
            yield (group, name), variant


def references(spec: EndpointSpec) -> tuple[Reference, ...]:
    """Models of this repository that it serves."""
    return tuple(
        Reference(path, variant.model, kind="Model", output="name")
        for path, variant in variants_of(spec)
        if variant.model
    )


def request(spec: EndpointSpec, facts: Facts) -> Call:
    """The call that creates the configuration. The spec must have passed `check`.

    Defaults are filled in here and never reach the content that is hashed.
    """
    values = spec.model_dump(exclude_unset=True)
    values["tags"] = dict(sorted(facts.tags.items()))
    for (group, name), variant in variants_of(spec):
        if variant.model:
            values[group][name]["model_name"] = facts.outputs[(group, name)]
    if spec.data_capture is not None and spec.data_capture.capture_options is None:
        values["data_capture"]["capture_options"] = list(CAPTURED)
    params: dict[str, Any] = {"EndpointConfigName": facts.physical_name}
    params |= {k: v for k, v in to_request(TABLE, values).items() if v not in ({}, [])}
    return Call("CreateEndpointConfig", overridden(params, spec.api_overrides, facts.tags))
