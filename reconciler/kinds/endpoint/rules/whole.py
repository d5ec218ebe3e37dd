"""The whole endpoint: what groups need, what its document may say."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.environment import Environment
from reconciler.core.kind import Finding
from reconciler.kinds.endpoint.spec import EndpointSpec
from reconciler.kinds.findings import Required, missing, required
from reconciler.kinds.followers import no_version
from reconciler.kinds.secrets import secrets_in

_OF_A_VARIANT: Required = (
    ("core_dump", ("s3_uri",)),
    ("serverless", ("memory_size", "max_concurrency")),
    ("instance_pools.*", ("instance_type", "priority")),
    ("managed_instance_scaling.scale_in_policy", ("strategy",)),
    ("routing", ("routing_strategy",)),
)

_SHAP = "explainer.clarify_explainer.shap"

REQUIRED: Required = (
    *((f"variants.*.{where}", keys) for where, keys in _OF_A_VARIANT),
    *((f"shadow_variants.*.{where}", keys) for where, keys in _OF_A_VARIANT),
    ("data_capture", ("s3_uri", "initial_sampling_percentage")),
    ("async_inference", ("output",)),
    ("explainer.clarify_explainer", ("shap",)),
    (_SHAP, ("shap_baseline",)),
    (f"{_SHAP}.text", ("language", "granularity")),
    ("vpc", ("subnets", "security_group_ids")),
    (
        "cross_region_traffic",
        ("max_invocations_per_second_per_instance", "max_cross_region_percent_per_endpoint"),
    ),
)
"""Members that are required once their structure is sent (botocore: CreateEndpointConfig)."""


def required_members(spec: EndpointSpec, _: Environment) -> Iterator[Finding]:
    """E102: there are variants, and a group that is given has the members that AWS requires."""
    if not spec.variants:
        yield missing(("variants",), "write `variants: {main: {model: …}}`")
    yield from required(spec, REQUIRED)


def ends_with_document(spec: EndpointSpec, _: Environment) -> Iterator[Finding]:
    """E242: SageMaker has no call that stops an endpoint."""
    if spec.on_delete == "stop":
        message = "`on_delete: stop`: an endpoint does not stop, it is left or deleted"
        yield Finding("E242", message, ("on_delete",), "write `delete`, or remove it")


def secrets(spec: EndpointSpec, _: Environment) -> Iterator[Finding]:
    """E208: no value looks like a secret."""
    for key in ("tags", "api_overrides"):
        yield from secrets_in(getattr(spec, key), (key,))


RULES = (no_version, required_members, ends_with_document, secrets)
