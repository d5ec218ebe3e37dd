"""What a model is made of: artifacts, and the containers that serve them."""

from typing import Annotated, Literal

from pydantic import Field

from reconciler.core.model import Duration, Model, Text
from reconciler.kinds.code import Code
from reconciler.kinds.values import InstanceType, S3Uri, Sha256

IMAGES = ("image", "framework", "model_package_name")
"""Keys of a container of which exactly one is given."""

ORIGINS = ("job", "s3_uri")
"""Keys of an artifact of which exactly one is given."""


class ModelAccess(Model):
    """License of a model."""

    accept_eula: bool | None = None
    """Accepts the license of the model."""


class HubAccess(Model):
    """Content of a private hub."""

    hub_content_arn: Text | None = None
    """ARN of the content."""


class DataSource(Model):
    """Model data in S3."""

    s3_uri: S3Uri | None = None
    """S3 URI: a model.tar.gz, or a prefix that ends with `/` for files as they are."""
    s3_data_type: Literal["S3Prefix", "S3Object"] | None = None
    """What the URI names. Default: S3Prefix if it ends with `/`, else S3Object."""
    compression_type: Literal["None", "Gzip"] | None = None
    """Default: Gzip for a .tar.gz, else None."""
    model_access: ModelAccess | None = None
    """License of the model."""
    hub_access: HubAccess | None = None
    """Content of a private hub."""
    manifest_s3_uri: S3Uri | None = None
    """Manifest of the model data, for gated models of a hub."""
    e_tag: Text | None = None
    """ETag that the object must have."""
    manifest_etag: Text | None = None
    """ETag that the manifest must have."""


class Artifact(DataSource):
    """Model parameters: of a job of this repository, or trained elsewhere."""

    job: Text | None = None
    """Training job whose recorded artifact is taken."""
    version: int | None = Field(None, ge=1)
    """Version of the job. Default: the newest completed one whose gates did not fail."""
    environment: Text | None = None
    """Environment in which the job ran. Default: this one."""
    sha256: Sha256 | None = None
    """sha256 (hex) that the object under `s3_uri` must have."""


class RepositoryAuth(Model):
    """How a private registry outside AWS lets SageMaker in."""

    repository_credentials_provider_arn: Text | None = None
    """ARN of the Lambda function that gives the credentials."""


class MultiModel(Model):
    """How one container serves many models."""

    model_cache_setting: Literal["Enabled", "Disabled"] | None = None
    """Whether models stay in memory. Default Enabled."""


class MetricsEndpoint(Model):
    """One path of the container that tells metrics."""

    metrics_endpoint_path: Text | None = None
    """Path, such as /metrics."""
    metric_publish_frequency: Duration | None = None
    """How often the metrics are published."""


class ContainerMetrics(Model):
    """Metrics of the container itself, in the format of Prometheus."""

    metrics_endpoints: Annotated[list[MetricsEndpoint] | None, Field(max_length=1)] = None
    """Where the container tells them."""


class Container(Code):
    """One image that serves, with or without code of this repository."""

    image: Text | None = None
    """Image URI. A plan resolves a tag to its digest; a digest stays."""
    framework: Text | None = None
    """Framework or built-in algorithm whose inference image of AWS is used: sklearn, pytorch,
    xgboost, knn."""
    framework_version: Text | None = None
    """Version as AWS's image has it, in quotes: "2.6", "1.2-1"."""
    python_version: Text | None = None
    """Python of the image, such as py312. Default: the newest that the image table has."""
    base_framework_version: Text | None = None
    """Hugging Face only: version of the PyTorch or TensorFlow below, such as "2.6.0"."""
    base_framework: Literal["pytorch", "tensorflow"] | None = None
    """Hugging Face only: what Transformers runs on. Default pytorch."""
    instance_type: InstanceType | None = None
    """Instance type that the framework's image is for: it decides between CPU and GPU images."""
    model_package_name: Text | None = None
    """Model package that brings image and artifact."""
    inference_specification_name: Text | None = None
    """Which inference specification of the model package is used."""
    hostname: Text | None = None
    """DNS name of the container in a pipeline."""
    repository_access_mode: Literal["Platform", "Vpc"] | None = None
    """Vpc: the image is in a private registry that is reached through the model's VPC."""
    repository_auth: RepositoryAuth | None = None
    """Credentials for a private registry."""
    mode: Literal["SingleModel", "MultiModel"] | None = None
    """MultiModel: the artifact is a prefix with many models. Default SingleModel."""
    multi_model: MultiModel | None = None
    """How one container serves many models."""
    additional_model_data_sources: Annotated[dict[str, DataSource] | None, Field(max_length=5)] = (
        None
    )
    """More model data beside the artifact, by channel name."""
    container_metrics: ContainerMetrics | None = None
    """Metrics of the container itself."""


class PipelineContainer(Container):
    """One container of several."""

    artifact: Artifact | None = None
    """Model parameters of this container."""
    env: dict[str, Text] | None = None
    """Environment variables of this container."""


class InferenceExecution(Model):
    """How several containers work together."""

    mode: Literal["Serial", "Direct"] | None = None
    """Serial: one after the other (default). Direct: each is invoked by its hostname."""
