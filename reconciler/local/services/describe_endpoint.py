"""What DescribeEndpoint says of an endpoint. Pure.

It never holds tags. The variants are those that serve; what an update brings stands apart, in
PendingDeploymentSummary.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.local.serving.endpoint import FAILED, MOVING, Deployment, Endpoint, Variant

_REPEATED = ("AsyncInferenceConfig", "ExplainerConfig", "MetricsConfig", "CrossRegionTrafficConfig")
"""Members of the endpoint config that DescribeEndpoint repeats as they are."""


def description(endpoint: Endpoint, arn: str) -> dict[str, Any]:
    """The answer of DescribeEndpoint; times are seconds since the epoch."""
    answer = summary(endpoint, arn)
    shown = endpoint.current or endpoint.pending
    if shown is not None:
        answer["EndpointConfigName"] = shown.config
        answer.update({name: shown.request[name] for name in _REPEATED if name in shown.request})
        capture = shown.request.get("DataCaptureConfig")
        if capture:
            answer["DataCaptureConfig"] = _capture(capture)
    if endpoint.current is not None:
        answer["ProductionVariants"] = [_variant(each) for each in endpoint.current.variants]
    if endpoint.pending is not None and endpoint.status != FAILED:
        answer["PendingDeploymentSummary"] = _pending(endpoint.pending)
    if endpoint.policy is not None and endpoint.status not in MOVING:
        answer["LastDeploymentConfig"] = endpoint.policy
    if endpoint.failure_reason is not None:
        answer["FailureReason"] = endpoint.failure_reason
    return answer


def summary(endpoint: Endpoint, arn: str) -> dict[str, Any]:
    """The line of ListEndpoints for an endpoint."""
    return {
        "EndpointName": endpoint.name,
        "EndpointArn": arn,
        "EndpointStatus": endpoint.status,
        "CreationTime": endpoint.created,
        "LastModifiedTime": endpoint.modified,
    }


def _variant(variant: Variant) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "VariantName": variant.name,
        "DeployedImages": [
            {"SpecifiedImage": container["Image"], "ResolvedImage": container["Image"]}
            for container in variant.containers
        ],
        "CurrentWeight": variant.current_weight,
        "DesiredWeight": variant.weight,
    }
    if "ServerlessConfig" in variant.request:
        serverless = variant.request["ServerlessConfig"]
        answer |= {"CurrentServerlessConfig": serverless, "DesiredServerlessConfig": serverless}
    else:
        answer["CurrentInstanceCount"] = variant.current_instances
        answer["DesiredInstanceCount"] = variant.instances
    for member in ("ManagedInstanceScaling", "RoutingConfig"):
        if member in variant.request:
            answer[member] = variant.request[member]
    return answer


def _pending(deployment: Deployment) -> dict[str, Any]:
    variants = []
    for each in deployment.variants:
        variant = {**_variant(each), "VariantStatus": [{"Status": "Creating"}]}
        if "InstanceType" in each.request:
            variant["InstanceType"] = each.request["InstanceType"]
        variants.append(variant)
    return {
        "EndpointConfigName": deployment.config,
        "ProductionVariants": variants,
        "StartTime": deployment.created,
    }


def _capture(config: Mapping[str, Any]) -> dict[str, Any]:
    is_on = bool(config.get("EnableCapture", False))
    return {
        "EnableCapture": is_on,
        "CaptureStatus": "Started" if is_on else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }
