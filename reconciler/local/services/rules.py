"""What SageMaker refuses at CreateTrainingJob though each member fits the service model.

Rules between members, and inputs that are not there. The service answers ValidationException.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from reconciler.local.context import Context
from reconciler.local.errors import EngineError

_DAY = 86400


def require_possible(context: Context, request: Mapping[str, Any]) -> None:
    """Raise EngineError for the first rule that a valid CreateTrainingJob request breaks."""
    broken = next(chain(_broken_rules(request), _missing_inputs(context, request)), None)
    if broken is not None:
        raise EngineError("ValidationException", broken)


def _broken_rules(request: Mapping[str, Any]) -> Iterator[str]:
    algorithm = request.get("AlgorithmSpecification", {})
    if ("TrainingImage" in algorithm) == ("AlgorithmName" in algorithm):
        yield "Exactly one of TrainingImage and AlgorithmName must be specified"
    resources = request.get("ResourceConfig", {})
    if not {"InstanceType", "InstanceGroups", "InstancePreferences"} & set(resources):
        yield "ResourceConfig must specify InstanceType and InstanceCount, or InstanceGroups"
    yield from _broken_spot_rules(request)
    names = [channel["ChannelName"] for channel in request.get("InputDataConfig", [])]
    for name in names:
        if names.count(name) > 1:
            yield f"Duplicate channel name: {name}"
    for channel in request.get("InputDataConfig", []):
        yield from _broken_channel_rules(channel, request)


def _broken_spot_rules(request: Mapping[str, Any]) -> Iterator[str]:
    condition = request.get("StoppingCondition", {})
    longest = condition.get("MaxWaitTimeInSeconds")
    if not request.get("EnableManagedSpotTraining"):
        return
    if longest is None or longest < condition.get("MaxRuntimeInSeconds", _DAY):
        yield (
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
            "MaxRuntimeInSeconds"
        )
    if request.get("ResourceConfig", {}).get("KeepAlivePeriodInSeconds"):
        yield "KeepAlivePeriodInSeconds is not supported for managed spot training"


def _broken_channel_rules(channel: Mapping[str, Any], request: Mapping[str, Any]) -> Iterator[str]:
    name, source = channel["ChannelName"], channel["DataSource"]
    algorithm = request.get("AlgorithmSpecification", {})
    mode = channel.get("InputMode") or algorithm.get("TrainingInputMode")
    s3_type = source.get("S3DataSource", {}).get("S3DataType")
    if s3_type == "AugmentedManifestFile" and mode != "Pipe":
        yield f"Channel {name}: AugmentedManifestFile needs the input mode Pipe"
    if "FileSystemDataSource" in source and "VpcConfig" not in request:
        yield f"Channel {name}: a FileSystemDataSource needs a VpcConfig"


def _missing_inputs(context: Context, request: Mapping[str, Any]) -> Iterator[str]:
    for channel in request.get("InputDataConfig", []):
        source = channel["DataSource"].get("S3DataSource", {})
        if source.get("S3DataType") == "S3Prefix" and not _has_objects(context, source["S3Uri"]):
            yield (
                f'No S3 objects found under S3 URL "{source["S3Uri"]}" given in input data '
                "source. Please ensure that the bucket exists in the selected region "
                f"({context.region}), that objects exist under that S3 prefix."
            )


def _has_objects(context: Context, uri: str) -> bool:
    if not uri.startswith("s3://"):
        return True
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    try:
        return bool(context.storage.list(bucket, prefix, max_keys=1).objects)
    except EngineError:
        return False
