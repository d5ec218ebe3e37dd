"""The table of Endpoint: every member of CreateEndpointConfig and the key it has here.

It drives the request, `import`, the hints about AWS's own names and the reference page. How an
endpoint is rolled out is told by another call and stands in `endpoint/deploying.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.core.fields import Each, Field, Items, Named, Pairs, Table, Unit, aws_names
from reconciler.core.units import format_duration, format_size
from reconciler.kinds.values import format_megabytes, format_minutes

_DURATION = Unit(format_duration)
_MEGABYTES = Unit(format_megabytes)

_SCALING = "ManagedInstanceScaling"
_PREFIX_AWARE = "PrefixAwareRoutingConfig"

_POOL = (
    Field("instance_type", "InstanceType"),
    Field("model_name_override", "ModelNameOverride"),
    Field("priority", "Priority"),
)

_LAYOUT = (Field("accelerator_partition_types", "AcceleratorPartitionTypes"),)

VARIANT: Table = (
    Field("model_name", "ModelName"),
    Field("initial_instance_count", "InitialInstanceCount"),
    Field("instance_type", "InstanceType"),
    Field("instance_pools", "InstancePools", Items(_POOL)),
    Field(
        "variant_instance_provision_timeout", "VariantInstanceProvisionTimeoutInSeconds", _DURATION
    ),
    Field("initial_variant_weight", "InitialVariantWeight"),
    Field("accelerator_type", "AcceleratorType"),
    Field("core_dump.s3_uri", "CoreDumpConfig.DestinationS3Uri"),
    Field("core_dump.kms_key_id", "CoreDumpConfig.KmsKeyId"),
    Field("serverless.memory_size", "ServerlessConfig.MemorySizeInMB", _MEGABYTES),
    Field("serverless.max_concurrency", "ServerlessConfig.MaxConcurrency"),
    Field("serverless.provisioned_concurrency", "ServerlessConfig.ProvisionedConcurrency"),
    Field("volume_size", "VolumeSizeInGB", Unit(format_size)),
    Field("model_data_download_timeout", "ModelDataDownloadTimeoutInSeconds", _DURATION),
    Field(
        "container_startup_health_check_timeout",
        "ContainerStartupHealthCheckTimeoutInSeconds",
        _DURATION,
    ),
    Field("ssm_access", "EnableSSMAccess"),
    Field("managed_instance_scaling.status", f"{_SCALING}.Status"),
    Field("managed_instance_scaling.min_instance_count", f"{_SCALING}.MinInstanceCount"),
    Field("managed_instance_scaling.max_instance_count", f"{_SCALING}.MaxInstanceCount"),
    Field(
        "managed_instance_scaling.scale_in_policy.strategy", f"{_SCALING}.ScaleInPolicy.Strategy"
    ),
    Field(
        "managed_instance_scaling.scale_in_policy.maximum_step_size",
        f"{_SCALING}.ScaleInPolicy.MaximumStepSize",
    ),
    Field(
        "managed_instance_scaling.scale_in_policy.cooldown",
        f"{_SCALING}.ScaleInPolicy.CooldownInMinutes",
        Unit(format_minutes),
    ),
    Field("routing.routing_strategy", "RoutingConfig.RoutingStrategy"),
    Field(
        "routing.prefix_aware_routing.prefix_length",
        f"RoutingConfig.{_PREFIX_AWARE}.PrefixLength",
    ),
    Field(
        "routing.prefix_aware_routing.concurrency_threshold",
        f"RoutingConfig.{_PREFIX_AWARE}.ConcurrencyThreshold",
    ),
    Field("inference_ami_version", "InferenceAmiVersion"),
    Field(
        "capacity_reservation.capacity_reservation_preference",
        "CapacityReservationConfig.CapacityReservationPreference",
    ),
    Field("capacity_reservation.ml_reservation_arn", "CapacityReservationConfig.MlReservationArn"),
    Field("accelerator_partition_layouts", "AcceleratorPartitionLayouts", Items(_LAYOUT)),
)
"""Rows of one variant, in production or in the shadow."""

_CAPTURE = (
    Field("data_capture.capture", "DataCaptureConfig.EnableCapture"),
    Field(
        "data_capture.initial_sampling_percentage", "DataCaptureConfig.InitialSamplingPercentage"
    ),
    Field("data_capture.s3_uri", "DataCaptureConfig.DestinationS3Uri"),
    Field("data_capture.kms_key_id", "DataCaptureConfig.KmsKeyId"),
    Field("data_capture.capture_options", "DataCaptureConfig.CaptureOptions", Each("CaptureMode")),
    Field(
        "data_capture.capture_content_type_header.csv_content_types",
        "DataCaptureConfig.CaptureContentTypeHeader.CsvContentTypes",
    ),
    Field(
        "data_capture.capture_content_type_header.json_content_types",
        "DataCaptureConfig.CaptureContentTypeHeader.JsonContentTypes",
    ),
)

_ASYNC = (
    Field(
        "async_inference.client.max_concurrent_invocations_per_instance",
        "AsyncInferenceConfig.ClientConfig.MaxConcurrentInvocationsPerInstance",
    ),
    *(
        Field(f"async_inference.output.{key}", f"AsyncInferenceConfig.OutputConfig.{member}")
        for key, member in (
            ("s3_output_path", "S3OutputPath"),
            ("s3_failure_path", "S3FailurePath"),
            ("kms_key_id", "KmsKeyId"),
            ("notification.success_topic", "NotificationConfig.SuccessTopic"),
            ("notification.error_topic", "NotificationConfig.ErrorTopic"),
            (
                "notification.include_inference_response_in",
                "NotificationConfig.IncludeInferenceResponseIn",
            ),
        )
    ),
)


def _explainer(key: str, member: str, form: Unit | None = None) -> Field:
    row = (f"explainer.clarify_explainer.{key}", f"ExplainerConfig.ClarifyExplainerConfig.{member}")
    return Field(*row, form) if form else Field(*row)


_EXPLAINER = (
    _explainer("explanations", "EnableExplanations"),
    _explainer("inference.features_attribute", "InferenceConfig.FeaturesAttribute"),
    _explainer("inference.content_template", "InferenceConfig.ContentTemplate"),
    _explainer("inference.max_record_count", "InferenceConfig.MaxRecordCount"),
    _explainer("inference.max_payload", "InferenceConfig.MaxPayloadInMB", _MEGABYTES),
    _explainer("inference.probability_index", "InferenceConfig.ProbabilityIndex"),
    _explainer("inference.label_index", "InferenceConfig.LabelIndex"),
    _explainer("inference.probability_attribute", "InferenceConfig.ProbabilityAttribute"),
    _explainer("inference.label_attribute", "InferenceConfig.LabelAttribute"),
    _explainer("inference.label_headers", "InferenceConfig.LabelHeaders"),
    _explainer("inference.feature_headers", "InferenceConfig.FeatureHeaders"),
    _explainer("inference.feature_types", "InferenceConfig.FeatureTypes"),
    _explainer("shap.shap_baseline.mime_type", "ShapConfig.ShapBaselineConfig.MimeType"),
    _explainer("shap.shap_baseline.shap_baseline", "ShapConfig.ShapBaselineConfig.ShapBaseline"),
    _explainer(
        "shap.shap_baseline.shap_baseline_uri", "ShapConfig.ShapBaselineConfig.ShapBaselineUri"
    ),
    _explainer("shap.number_of_samples", "ShapConfig.NumberOfSamples"),
    _explainer("shap.use_logit", "ShapConfig.UseLogit"),
    _explainer("shap.seed", "ShapConfig.Seed"),
    _explainer("shap.text.language", "ShapConfig.TextConfig.Language"),
    _explainer("shap.text.granularity", "ShapConfig.TextConfig.Granularity"),
)

TABLE: Table = (
    Field("variants", "ProductionVariants", Named("VariantName", VARIANT)),
    Field("shadow_variants", "ShadowProductionVariants", Named("VariantName", VARIANT)),
    *_CAPTURE,
    *_ASYNC,
    *_EXPLAINER,
    Field("kms_key_id", "KmsKeyId"),
    Field("execution_role_arn", "ExecutionRoleArn"),
    Field("vpc.subnets", "VpcConfig.Subnets"),
    Field("vpc.security_group_ids", "VpcConfig.SecurityGroupIds"),
    Field("network_isolation", "EnableNetworkIsolation"),
    Field("endpoint_metrics.enhanced_metrics", "MetricsConfig.EnableEnhancedMetrics"),
    Field("endpoint_metrics.detailed_observability", "MetricsConfig.EnableDetailedObservability"),
    Field(
        "endpoint_metrics.metric_publish_frequency",
        "MetricsConfig.MetricPublishFrequencyInSeconds",
        _DURATION,
    ),
    Field(
        "cross_region_traffic.max_invocations_per_second_per_instance",
        "CrossRegionTrafficConfig.MaxInvocationsPerSecondPerInstance",
    ),
    Field(
        "cross_region_traffic.max_cross_region_percent_per_endpoint",
        "CrossRegionTrafficConfig.MaxCrossRegionPercentPerEndpoint",
    ),
    Field("tags", "Tags", Pairs("Key", "Value")),
)
"""Every row."""

DERIVED = frozenset({"EndpointConfigName"})
"""Worked out from name and content."""

OTHER_NAMES: Mapping[str, str] = {
    "variants": "an endpoint has no others to tell them from",
    "shadow_variants": "short, beside `variants`",
    "variants.*.core_dump.s3_uri": "a place in S3 is `s3_uri` everywhere",
    "shadow_variants.*.core_dump.s3_uri": "a place in S3 is `s3_uri` everywhere",
    "data_capture.s3_uri": "a place in S3 is `s3_uri` everywhere",
}
"""Keys that do not follow the naming rule, each with its reason."""


_GROUPS = {
    "CoreDumpConfig": "core_dump",
    "ServerlessConfig": "serverless",
    "ManagedInstanceScaling": "managed_instance_scaling",
    "RoutingConfig": "routing",
    "CapacityReservationConfig": "capacity_reservation",
    "DataCaptureConfig": "data_capture",
    "AsyncInferenceConfig": "async_inference",
    "ExplainerConfig": "explainer",
    "VpcConfig": "vpc",
    "MetricsConfig": "endpoint_metrics",
    "CrossRegionTrafficConfig": "cross_region_traffic",
    "DeploymentConfig": "deployment",
    "EndpointName": "name",
}

AWS_NAMES: Mapping[str, str] = aws_names(TABLE) | _GROUPS
"""AWS's member names, each with our key for it."""

_UNITS = {
    **{field.key: field.form for field in TABLE if isinstance(field.form, Unit)},
    **{field.key: field.form for field in VARIANT if isinstance(field.form, Unit)},
}


def shown(key: str, value: Any) -> Any:
    """Give a value of the content with its unit, as documents have it: 2048 under
    `variants.main.serverless.memory_size` is `2GB`."""
    group, _, inner = key.partition(".")
    if group in ("variants", "shadow_variants"):
        key = inner.partition(".")[2]
    form = _UNITS.get(key)
    return form.write(value) if form and isinstance(value, int) else value
