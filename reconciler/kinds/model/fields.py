"""The table of Model: every member of CreateModel and the key it has here.

It drives the request, `import`, the hints about AWS's own names and the reference page. The
members of one container stand in rows of their own: they are those of `container`, `artifact` and
`env` of a model with one container, and of each item of `containers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.core.fields import Field, Items, Named, Pairs, Table, Unit, aws_names
from reconciler.core.units import format_duration

_DATA = (
    ("s3_uri", "S3Uri"),
    ("s3_data_type", "S3DataType"),
    ("compression_type", "CompressionType"),
    ("model_access.accept_eula", "ModelAccessConfig.AcceptEula"),
    ("hub_access.hub_content_arn", "HubAccessConfig.HubContentArn"),
    ("manifest_s3_uri", "ManifestS3Uri"),
    ("e_tag", "ETag"),
    ("manifest_etag", "ManifestEtag"),
)

_METRICS_ENDPOINT = (
    Field("metrics_endpoint_path", "MetricsEndpointPath"),
    Field("metric_publish_frequency", "MetricPublishFrequencyInSeconds", Unit(format_duration)),
)

DATA_SOURCE = "ModelDataSource.S3DataSource"

CONTAINER: Table = (
    Field("image", "Image"),
    Field("hostname", "ContainerHostname"),
    Field("repository_access_mode", "ImageConfig.RepositoryAccessMode"),
    Field(
        "repository_auth.repository_credentials_provider_arn",
        "ImageConfig.RepositoryAuthConfig.RepositoryCredentialsProviderArn",
    ),
    Field("mode", "Mode"),
    Field("multi_model.model_cache_setting", "MultiModelConfig.ModelCacheSetting"),
    Field("model_package_name", "ModelPackageName"),
    Field("inference_specification_name", "InferenceSpecificationName"),
    Field(
        "additional_model_data_sources",
        "AdditionalModelDataSources",
        Named("ChannelName", tuple(Field(key, f"S3DataSource.{member}") for key, member in _DATA)),
    ),
    Field(
        "container_metrics.metrics_endpoints",
        "ContainerMetricsConfig.MetricsEndpoints",
        Items(_METRICS_ENDPOINT),
    ),
    Field("artifact.s3_uri", "ModelDataUrl"),
    *(Field(f"artifact.{key}", f"{DATA_SOURCE}.{member}") for key, member in _DATA),
    Field("env", "Environment"),
)
"""Rows of one container. Both members that can hold an artifact's URI have the same key: the form
of the URI decides (`model/request.py`)."""

PRIMARY = "PrimaryContainer"


def _primary(field: Field) -> Field:
    """The row of a model with one container: artifact and environment stand at the top."""
    top = field.key == "env" or field.key.startswith("artifact.")
    key = field.key if top else f"container.{field.key}"
    return Field(key, f"{PRIMARY}.{field.member}", field.form)


TABLE: Table = (
    *map(_primary, CONTAINER),
    Field("containers", "Containers", Items(CONTAINER)),
    Field("inference_execution.mode", "InferenceExecutionConfig.Mode"),
    Field("role_arn", "ExecutionRoleArn"),
    Field("networking.subnets", "VpcConfig.Subnets"),
    Field("networking.security_group_ids", "VpcConfig.SecurityGroupIds"),
    Field("networking.network_isolation", "EnableNetworkIsolation"),
    Field("tags", "Tags", Pairs("Key", "Value")),
)
"""Every row."""

DERIVED = frozenset({"ModelName"})
"""Worked out from name and content."""

OTHER_NAMES: Mapping[str, str] = {
    "container.hostname": "the group says `container` already",
    "containers[].hostname": "the group says `containers` already",
    "artifact.s3_uri": "one key for both members that can hold it",
    "containers[].artifact.s3_uri": "one key for both members that can hold it",
    "env": "`environments` are dev and prod",
    "containers[].env": "`environments` are dev and prod",
    "role_arn": "the environment gives it to every kind under this key",
}
"""Keys that do not follow the naming rule, each with its reason."""


_GROUPS = {
    "PrimaryContainer": "container",
    "ImageConfig": "container",
    "ModelDataSource": "artifact",
    "S3DataSource": "artifact",
    "ContainerMetricsConfig": "container_metrics",
    "MultiModelConfig": "multi_model",
    "InferenceExecutionConfig": "inference_execution",
    "VpcConfig": "networking",
}

AWS_NAMES: Mapping[str, str] = aws_names(TABLE) | _GROUPS
"""AWS's member names, each with our key for it."""


def shown(key: str, value: Any) -> Any:
    """Give a value of the content as documents have it; none of a model's own has a unit."""
    return value
