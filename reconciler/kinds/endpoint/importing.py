"""Importing: a CreateEndpointConfig request as the values of a spec, and the call beside it that
brings the configuration into service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from reconciler.core.call import Call
from reconciler.core.importing import said
from reconciler.core.kind import Finding
from reconciler.core.ownership import PREFIX
from reconciler.core.readers import Opened, Reader, Values
from reconciler.kinds.endpoint.deploying import deployment_config, deployment_of
from reconciler.kinds.endpoint.fields import TABLE
from reconciler.kinds.endpoint.kind import Endpoint
from reconciler.kinds.endpoint.rollout import Deployment
from reconciler.kinds.endpoint.rules import check, rollout
from reconciler.kinds.endpoint.spec import EndpointSpec
from reconciler.kinds.importing import comparing, reading

CONFIG = "CreateEndpointConfig"
DEPLOYING = ("CreateEndpoint", "UpdateEndpoint")
"""Calls that may stand beside a configuration, each under its own name."""

_NAME = "EndpointConfigName"


def opened(given: Mapping[str, Any]) -> Opened:
    """A bare CreateEndpointConfig request, or one under that name with a call of `DEPLOYING`."""
    if CONFIG not in given:
        return Opened(given)
    operation = next((name for name in DEPLOYING if name in given), None)
    unknown = tuple(given.keys() - {CONFIG, operation})
    if operation is None:
        return Opened(given[CONFIG], lost=unknown)
    params = given[operation]
    deployment, lost = _deployment(params)
    values = {"deployment": deployment} if deployment else {}
    if operation == "CreateEndpoint" and _tags(params) != _tags(given[CONFIG]):
        values |= _own_tags(params)
    return Opened(
        params=given[CONFIG],
        name=params.get("EndpointName"),
        values=values,
        calls=(Call(operation, params),),
        lost=(*unknown, *lost),
        refused=tuple(_refused(deployment)),
    )


def _tags(params: Mapping[str, Any]) -> dict[str, str]:
    """Tags of a call that nobody has checked yet, without the reconciler's own."""
    tags = params.get("Tags")
    return {
        tag["Key"]: tag.get("Value", "")
        for tag in (tags if isinstance(tags, list) else ())
        if isinstance(tag, Mapping) and not str(tag.get("Key", PREFIX)).startswith(PREFIX)
    }


def _own_tags(params: Mapping[str, Any]) -> Values:
    """Tags and owner of an endpoint whose configuration has others: a document's tags are those
    of the endpoint, and the configuration's go under `api_overrides`."""
    tags = _tags(params)
    return {"owner": tags.pop("owner", None), "tags": tags or None}


def _refused(values: Values) -> Iterator[Finding]:
    """What the rules say of a deployment, which they all call by AWS's one name here."""
    for found in rollout.findings(Deployment.model_validate(values)):
        yield Finding(found.code, f"`DeploymentConfig`: {found.message}", (), found.help)


def _deployment(params: Mapping[str, Any]) -> tuple[Values, tuple[str, ...]]:
    """How the endpoint is rolled out, as values; and members that this does not say."""
    config = said(params.get("DeploymentConfig") or {})
    values = deployment_of(config)
    if params.get("RetainAllVariantProperties"):
        values["retain_all_variant_properties"] = True
    excluded = params.get("ExcludeRetainedVariantProperties")
    if excluded:
        values["exclude_retained_variant_properties"] = [
            item["VariantPropertyType"] for item in excluded
        ]
    try:
        told = deployment_config(Deployment.model_validate(values))
    except ValidationError:
        return {}, ("DeploymentConfig",)
    lost = [] if told == config else ["DeploymentConfig"]
    lost += ["RetainDeploymentConfig"] if params.get("RetainDeploymentConfig") else []
    return values, tuple(lost)


READER = Reader(
    kind=Endpoint(),
    operation=CONFIG,
    name_member=_NAME,
    marks=frozenset({"ProductionVariants", CONFIG, _NAME}),
    table=TABLE,
    kept=frozenset({("name",), ("environments",), ("api_overrides",)}),
    read=reading(TABLE, _NAME, EndpointSpec, check),
    comparable=comparing(_NAME),
    opened=opened,
)
