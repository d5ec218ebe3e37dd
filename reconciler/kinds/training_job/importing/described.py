"""Described: the request that an answer of DescribeTrainingJob came from.

The answer has what SageMaker adds, and lacks the tags and the session chaining.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from reconciler.core.fields import get, put
from reconciler.core.importing import said
from reconciler.core.ownership import PREFIX
from reconciler.kinds.image_names import names_of
from reconciler.kinds.training_job.fields import READ_ONLY
from reconciler.kinds.training_job.importing.algorithms import is_builtin

DEFAULTS: Mapping[str, Any] = {
    "EnableNetworkIsolation": False,
    "EnableInterContainerTrafficEncryption": False,
    "EnableManagedSpotTraining": False,
    "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries": False,
    "OutputDataConfig.KmsKeyId": "",
    "OutputDataConfig.CompressionType": "GZIP",
    "ResourceConfig.VolumeKmsKeyId": "",
    "CheckpointConfig.LocalPath": "/opt/ml/checkpoints",
    "TensorBoardOutputConfig.LocalPath": "/opt/ml/output/tensorboard",
    "RemoteDebugConfig.EnableRemoteDebug": False,
    "InfraCheckConfig.EnableInfraCheck": False,
}
"""Members that SageMaker's answers have where the request said nothing (ACK's generator.yaml and
Terraform's provider ignore them; botocore names the two paths as defaults)."""

CHANNEL_DEFAULTS: Mapping[str, Any] = {"CompressionType": "None", "RecordWrapperType": "None"}
"""The same for each channel."""


def is_answer(params: Mapping[str, Any]) -> bool:
    """Whether this is an answer and not a request."""
    return "TrainingJobArn" in params or "TrainingJobStatus" in params


def request_of(
    answer: Mapping[str, Any], tags: Mapping[str, str], members: Collection[str]
) -> dict[str, Any]:
    """The request behind an answer; `members` are those of CreateTrainingJob, `tags` the job's own.

    The reconciler's tags and those of AWS are left out.
    """
    params: dict[str, Any] = said({name: answer[name] for name in members if name in answer})
    for member, default in DEFAULTS.items():
        _drop(params, member, default)
    for member in READ_ONLY:
        _drop(params, member, get(params, tuple(member.split("."))))
    for channel in params.get("InputDataConfig", ()):
        for member, default in CHANNEL_DEFAULTS.items():
            _drop(channel, member, default)
    resources = params.get("ResourceConfig", {})
    if "InstancePreferences" in resources:
        # The answer says what was taken in the place of what was asked for.
        _drop(params, "ResourceConfig.InstanceType", resources.get("InstanceType"))
        _drop(params, "ResourceConfig.InstanceCount", resources.get("InstanceCount"))
    if "ServerlessJobConfig" in params:
        _drop(params, "StoppingCondition", params.get("StoppingCondition"))
    if _is_builtin(params, str(answer.get("TrainingJobArn", ""))):
        # SageMaker adds the metrics of its own algorithms; a request cannot name others.
        _drop(params, "AlgorithmSpecification.MetricDefinitions",
              get(params, ("AlgorithmSpecification", "MetricDefinitions")))  # fmt: skip
    kept = {key: value for key, value in tags.items() if not key.startswith((PREFIX, "aws:"))}
    if kept:
        params["Tags"] = [{"Key": key, "Value": value} for key, value in kept.items()]
    cleaned: dict[str, Any] = said(params)
    return cleaned


def _drop(params: dict[str, Any], member: str, value: Any) -> None:
    path = tuple(member.split("."))
    if value is not None and get(params, path) == value:
        put(params, path, None)


def _is_builtin(params: Mapping[str, Any], arn: str) -> bool:
    image = get(params, ("AlgorithmSpecification", "TrainingImage"))
    resources = params.get("ResourceConfig", {})
    parts = arn.split(":")
    region = parts[3] if len(parts) > 3 else ""
    names = names_of(str(image), region=region, instance_type=resources.get("InstanceType"))
    return any(is_builtin(name) for name in names)
