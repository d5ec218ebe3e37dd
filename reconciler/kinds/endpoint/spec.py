"""The spec of an endpoint: all that CreateEndpointConfig can say, and how it is rolled out."""

from typing import Annotated

from pydantic import Field

from reconciler.core.kind import Spec
from reconciler.core.model import Model, Text
from reconciler.kinds.endpoint.rollout import Deployment
from reconciler.kinds.endpoint.traffic import (
    AsyncInference,
    CrossRegionTraffic,
    DataCapture,
    EndpointMetrics,
    Explainer,
)
from reconciler.kinds.endpoint.variants import Variant
from reconciler.kinds.values import Scalars, without_name


class Vpc(Model):
    """VPC of an endpoint whose models bring none."""

    subnets: list[Text] | None = Field(None, min_length=1, max_length=16)
    """Subnets of the VPC."""
    security_group_ids: list[Text] | None = Field(None, min_length=1, max_length=5)
    """Security groups of the VPC."""


class EndpointSpec(Spec):
    """An endpoint: models in service under a name that stays."""

    variants: Annotated[dict[str, Variant] | None, Field(max_length=10)] = None
    """Variants by name; traffic is shared by weight."""
    shadow_variants: Annotated[dict[str, Variant] | None, Field(max_length=10)] = None
    """Variants that get a copy of the traffic and whose answers nobody sees."""
    data_capture: DataCapture | None = None
    """Requests and answers, kept in S3."""
    async_inference: AsyncInference | None = None
    """Requests wait in a queue, and answers go to S3."""
    explainer: Explainer | None = None
    """Explanations of predictions."""
    kms_key_id: Text | None = None
    """Key that encrypts the volumes of the instances."""
    execution_role_arn: Text | None = None
    """Role of an endpoint whose variants have no model of their own (inference components)."""
    vpc: Vpc | None = None
    """VPC of an endpoint whose models bring none."""
    network_isolation: bool | None = None
    """All containers of the endpoint make no network call."""
    endpoint_metrics: EndpointMetrics | None = None
    """Metrics of the endpoint in CloudWatch."""
    cross_region_traffic: CrossRegionTraffic | None = None
    """Requests that go to other regions when instances are busy."""
    deployment: Deployment | None = None
    """How a new configuration takes the place of the one in service."""
    prune: bool | None = None
    """Deletes configurations of this document on SageMaker, once a newer one replaced them."""
    api_overrides: Annotated[Scalars, without_name("EndpointConfigName")] = None
    """Members of CreateEndpointConfig by AWS's own names, merged last into the request; in the
    document's own body null removes a member."""
