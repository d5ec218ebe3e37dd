"""The table of TrainingJob: every member of CreateTrainingJob and the key it has here.

It drives the request, `import`, the hints about AWS's own names and the reference page. Members
whose value is worked out (`DERIVED`) or only ever read (`READ_ONLY`) stand in no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.core.fields import Field, Items, Named, Pairs, Unit, aws_names
from reconciler.core.units import format_duration, format_size
from reconciler.kinds.values import format_milliseconds

_DURATION = Unit(format_duration)
_SIZE = Unit(format_size)
_MILLISECONDS = Unit(format_milliseconds)

_CHANNEL = (
    Field("s3_uri", "DataSource.S3DataSource.S3Uri"),
    Field("s3_data_type", "DataSource.S3DataSource.S3DataType"),
    Field("s3_data_distribution_type", "DataSource.S3DataSource.S3DataDistributionType"),
    Field("attribute_names", "DataSource.S3DataSource.AttributeNames"),
    Field("instance_group_names", "DataSource.S3DataSource.InstanceGroupNames"),
    Field("model_access.accept_eula", "DataSource.S3DataSource.ModelAccessConfig.AcceptEula"),
    Field("hub_access.hub_content_arn", "DataSource.S3DataSource.HubAccessConfig.HubContentArn"),
    Field("file_system.file_system_id", "DataSource.FileSystemDataSource.FileSystemId"),
    Field("file_system.file_system_type", "DataSource.FileSystemDataSource.FileSystemType"),
    Field(
        "file_system.file_system_access_mode",
        "DataSource.FileSystemDataSource.FileSystemAccessMode",
    ),
    Field("file_system.directory_path", "DataSource.FileSystemDataSource.DirectoryPath"),
    Field("dataset.dataset_arn", "DataSource.DatasetSource.DatasetArn"),
    Field("content_type", "ContentType"),
    Field("compression_type", "CompressionType"),
    Field("record_wrapper_type", "RecordWrapperType"),
    Field("input_mode", "InputMode"),
    Field("shuffle.seed", "ShuffleConfig.Seed"),
)

_GROUP = (
    Field("instance_type", "InstanceType"),
    Field("instance_count", "InstanceCount"),
)

_PREFERENCE = (*_GROUP, Field("training_plan_arns", "TrainingPlanArns"))

_PLACEMENT = (
    Field("ultra_server_id", "UltraServerId"),
    Field("instance_count", "InstanceCount"),
)

_RULE = (
    Field("rule_evaluator_image", "RuleEvaluatorImage"),
    Field("rule_parameters", "RuleParameters"),
    Field("local_path", "LocalPath"),
    Field("s3_output_path", "S3OutputPath"),
    Field("instance_type", "InstanceType"),
    Field("volume_size", "VolumeSizeInGB", _SIZE),
)

_ALGORITHM = (
    Field("container.image", "AlgorithmSpecification.TrainingImage"),
    Field("container.entrypoint", "AlgorithmSpecification.ContainerEntrypoint"),
    Field("container.arguments", "AlgorithmSpecification.ContainerArguments"),
    Field(
        "container.training_repository_access_mode",
        "AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAccessMode",
    ),
    Field(
        "container.training_repository_auth.training_repository_credentials_provider_arn",
        "AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAuthConfig"
        ".TrainingRepositoryCredentialsProviderArn",
    ),
    Field("builtin.algorithm_name", "AlgorithmSpecification.AlgorithmName"),
    Field("training_input_mode", "AlgorithmSpecification.TrainingInputMode"),
    Field("metrics", "AlgorithmSpecification.MetricDefinitions", Pairs("Name", "Regex")),
    Field("metrics_time_series", "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries"),
    Field("hyperparameters", "HyperParameters"),
    Field("env", "Environment"),
)

_DATA = (
    Field("inputs", "InputDataConfig", Named("ChannelName", _CHANNEL)),
    Field("output.s3_output_path", "OutputDataConfig.S3OutputPath"),
    Field("output.kms_key_id", "OutputDataConfig.KmsKeyId"),
    Field("output.compression_type", "OutputDataConfig.CompressionType"),
    Field("checkpoint.s3_uri", "CheckpointConfig.S3Uri"),
    Field("checkpoint.local_path", "CheckpointConfig.LocalPath"),
)

_COMPUTE = (
    Field("compute.instance_type", "ResourceConfig.InstanceType"),
    Field("compute.instance_count", "ResourceConfig.InstanceCount"),
    Field(
        "compute.instance_groups",
        "ResourceConfig.InstanceGroups",
        Named("InstanceGroupName", _GROUP),
    ),
    Field("compute.instance_preferences", "ResourceConfig.InstancePreferences", Items(_PREFERENCE)),
    Field(
        "compute.instance_placement.multiple_jobs",
        "ResourceConfig.InstancePlacementConfig.EnableMultipleJobs",
    ),
    Field(
        "compute.instance_placement.placement_specifications",
        "ResourceConfig.InstancePlacementConfig.PlacementSpecifications",
        Items(_PLACEMENT),
    ),
    Field("compute.training_plan_arn", "ResourceConfig.TrainingPlanArn"),
    Field("compute.volume_size", "ResourceConfig.VolumeSizeInGB", _SIZE),
    Field("compute.volume_kms_key_id", "ResourceConfig.VolumeKmsKeyId"),
    Field("compute.keep_alive_period", "ResourceConfig.KeepAlivePeriodInSeconds", _DURATION),
    Field("compute.managed_spot_training", "EnableManagedSpotTraining"),
    Field("stopping_condition.max_runtime", "StoppingCondition.MaxRuntimeInSeconds", _DURATION),
    Field("stopping_condition.max_wait_time", "StoppingCondition.MaxWaitTimeInSeconds", _DURATION),
    Field(
        "stopping_condition.max_pending_time",
        "StoppingCondition.MaxPendingTimeInSeconds",
        _DURATION,
    ),
    Field("retry_strategy.maximum_retry_attempts", "RetryStrategy.MaximumRetryAttempts"),
)

_PLACE = (
    Field("role_arn", "RoleArn"),
    Field("networking.subnets", "VpcConfig.Subnets"),
    Field("networking.security_group_ids", "VpcConfig.SecurityGroupIds"),
    Field("networking.network_isolation", "EnableNetworkIsolation"),
    Field("networking.inter_container_traffic_encryption", "EnableInterContainerTrafficEncryption"),
    Field("tags", "Tags", Pairs("Key", "Value")),
    Field("session_tag_chaining", "SessionChainingConfig.EnableSessionTagChaining"),
)

_PROFILER = (
    Field("profiler.s3_output_path", "ProfilerConfig.S3OutputPath"),
    Field(
        "profiler.profiling_interval",
        "ProfilerConfig.ProfilingIntervalInMilliseconds",
        _MILLISECONDS,
    ),
    Field("profiler.profiling_parameters", "ProfilerConfig.ProfilingParameters"),
    Field("profiler.disable_profiler", "ProfilerConfig.DisableProfiler"),
    Field("profiler.rules", "ProfilerRuleConfigurations", Named("RuleConfigurationName", _RULE)),
)

_REMOTE_DEBUG = Field("remote_debug", "RemoteDebugConfig.EnableRemoteDebug")

_WATCHING = (
    Field("debugger.s3_output_path", "DebugHookConfig.S3OutputPath"),
    Field("debugger.local_path", "DebugHookConfig.LocalPath"),
    Field("debugger.hook_parameters", "DebugHookConfig.HookParameters"),
    Field(
        "debugger.collections",
        "DebugHookConfig.CollectionConfigurations",
        Pairs("CollectionName", "CollectionParameters"),
    ),
    Field("debugger.rules", "DebugRuleConfigurations", Named("RuleConfigurationName", _RULE)),
    *_PROFILER,
    Field("tensorboard.s3_output_path", "TensorBoardOutputConfig.S3OutputPath"),
    Field("tensorboard.local_path", "TensorBoardOutputConfig.LocalPath"),
    Field("experiment.experiment_name", "ExperimentConfig.ExperimentName"),
    Field("experiment.trial_name", "ExperimentConfig.TrialName"),
    Field("experiment.trial_component_display_name", "ExperimentConfig.TrialComponentDisplayName"),
    Field("experiment.run_name", "ExperimentConfig.RunName"),
    Field("mlflow.mlflow_resource_arn", "MlflowConfig.MlflowResourceArn"),
    Field("mlflow.mlflow_experiment_name", "MlflowConfig.MlflowExperimentName"),
    Field("mlflow.mlflow_run_name", "MlflowConfig.MlflowRunName"),
    _REMOTE_DEBUG,
    Field("infra_check", "InfraCheckConfig.EnableInfraCheck"),
)

_SERVERLESS = (
    Field("serverless.base_model_arn", "ServerlessJobConfig.BaseModelArn"),
    Field("serverless.accept_eula", "ServerlessJobConfig.AcceptEula"),
    Field("serverless.job_type", "ServerlessJobConfig.JobType"),
    Field("serverless.customization_technique", "ServerlessJobConfig.CustomizationTechnique"),
    Field("serverless.peft", "ServerlessJobConfig.Peft"),
    Field("serverless.evaluation_type", "ServerlessJobConfig.EvaluationType"),
    Field("serverless.evaluator_arn", "ServerlessJobConfig.EvaluatorArn"),
    Field("serverless.sequence_length", "ServerlessJobConfig.SequenceLength"),
    Field("model_package.model_package_group_arn", "ModelPackageConfig.ModelPackageGroupArn"),
    Field("model_package.source_model_package_arn", "ModelPackageConfig.SourceModelPackageArn"),
)

TABLE = (*_ALGORITHM, *_DATA, *_COMPUTE, *_PLACE, *_WATCHING, *_SERVERLESS)
"""Every row."""

KEEP_ALIVE_KEY = "compute.keep_alive_period"

UPDATE_TABLE = (
    *_PROFILER,
    _REMOTE_DEBUG,
    Field(KEEP_ALIVE_KEY, "ResourceConfig.KeepAlivePeriodInSeconds", _DURATION),
)
"""Rows of what UpdateTrainingJob can change."""

DERIVED = frozenset({"TrainingJobName"})
"""Worked out from name, content and attempt."""

READ_ONLY = frozenset(
    {"ResourceConfig.SelectedInstanceType", "ResourceConfig.SelectedInstanceCount"}
)
"""SageMaker's answer to instance preferences; a request that has them is refused."""

OTHER_NAMES: Mapping[str, str] = {
    "container.image": "the algorithm is one of four groups, which say `image`",
    "container.entrypoint": "the group says `container` already",
    "container.arguments": "the group says `container` already",
    "metrics": "a map: name to regular expression",
    "metrics_time_series": "`sage_maker_metrics_time_series` says nothing more",
    "hyperparameters": "one word, as everybody writes it",
    "env": "`environments` are dev and prod",
    "inputs": "a map of channels",
    "debugger.collections": "the group says what is configured",
    "debugger.rules": "the group says what the rules are for",
    "profiler.rules": "the group says what the rules are for",
}
"""Keys that do not follow the naming rule, each with its reason."""


_GROUPS = {
    "AlgorithmSpecification": "container",
    "InputDataConfig": "inputs",
    "OutputDataConfig": "output",
    "ResourceConfig": "compute",
    "StoppingCondition": "stopping_condition",
    "RetryStrategy": "retry_strategy",
    "CheckpointConfig": "checkpoint",
    "VpcConfig": "networking",
    "DebugHookConfig": "debugger",
    "DebugRuleConfigurations": "debugger",
    "ProfilerConfig": "profiler",
    "ProfilerRuleConfigurations": "profiler",
    "TensorBoardOutputConfig": "tensorboard",
    "ExperimentConfig": "experiment",
    "MlflowConfig": "mlflow",
    "ModelPackageConfig": "model_package",
    "ServerlessJobConfig": "serverless",
    "RemoteDebugConfig": "remote_debug",
    "InfraCheckConfig": "infra_check",
    "SessionChainingConfig": "session_tag_chaining",
    "ShuffleConfig": "shuffle",
    "FileSystemDataSource": "file_system",
    "DatasetSource": "dataset",
    "InstancePlacementConfig": "instance_placement",
}

AWS_NAMES: Mapping[str, str] = aws_names(TABLE) | _GROUPS
"""AWS's member names, each with our key for it."""

_UNITS = {field.key: field.form for field in TABLE if isinstance(field.form, Unit)}


def shown(key: str, value: Any) -> Any:
    """Give a value of the content with its unit, as documents have it: 3600 is `1h`."""
    form = _UNITS.get(key)
    return form.write(value) if form and isinstance(value, int) else value
