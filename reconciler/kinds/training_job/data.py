"""Data of a job: what goes in, what comes out, and what is kept on the way."""

from typing import Annotated, Literal

from pydantic import Field

from reconciler.core.model import Model, Text
from reconciler.core.scalars import shorten
from reconciler.kinds.values import S3Uri, corrected_uri, s3_uri

INPUT_SOURCES = ("s3_uri", "path", "job", "file_system", "dataset")
"""Keys of a channel of which exactly one is given."""

InputMode = Literal["File", "Pipe", "FastFile"]
"""How data reach the container: copied first, streamed, or read from S3 as files on demand."""


class ModelAccess(Model):
    """License of a model in the channel."""

    accept_eula: bool | None = None
    """Accepts the end-user license agreement of the model."""


class HubAccess(Model):
    """Content of a private hub in the channel."""

    hub_content_arn: Text | None = None
    """ARN of the hub content."""


class FileSystem(Model):
    """A directory of a file system in the job's VPC."""

    file_system_id: Text | None = None
    """Id of the file system, such as fs-0123456789abcdef0."""
    file_system_type: Literal["EFS", "FSxLustre"] | None = None
    """Kind of the file system."""
    file_system_access_mode: Literal["ro", "rw"] | None = None
    """Read only, or read and write."""
    directory_path: Text | None = None
    """Full path of the directory."""


class Dataset(Model):
    """A data set of a SageMaker hub."""

    dataset_arn: Text | None = None
    """ARN of the data set."""


class Shuffle(Model):
    """Shuffling of a channel's objects before each epoch."""

    seed: int | None = None
    """Seed of the order."""


def _as_path(text: str) -> str:
    if "://" in text or text.lower().startswith("s3:"):
        return corrected_uri(text)
    return f"for files of this repository write `{{path: {shorten(text)}}}`"


InputUri = Annotated[S3Uri, s3_uri(_as_path)]
"""An S3 URI where a path of this repository may have been meant."""


class Input(Model):
    """One channel. A text in its place is its `s3_uri`."""

    s3_uri: InputUri | None = None
    """Prefix, object, or manifest in S3."""
    path: Text | None = None
    """File or folder of this repository, uploaded under the digest of its content."""
    job: Text | None = None
    """Job whose recorded artifact is the channel."""
    version: int | None = Field(None, ge=1)
    """Version of that job. Default: the run that its document resolves to."""
    environment: Text | None = None
    """Environment whose run of that job is taken. Default: the same."""
    file_system: FileSystem | None = None
    """Directory of an EFS or FSx for Lustre file system."""
    dataset: Dataset | None = None
    """Data set of a SageMaker hub."""
    ignore_patterns: list[Text] | None = None
    """With `path`: files that are left out, in the manner of .gitignore."""
    s3_data_type: (
        Literal["S3Prefix", "ManifestFile", "AugmentedManifestFile", "Converse"] | None
    ) = None
    """What the URI names. Default S3Prefix: every object that begins with it."""
    s3_data_distribution_type: Literal["FullyReplicated", "ShardedByS3Key"] | None = None
    """Whether each instance gets all objects (default) or its share; null sends neither."""
    attribute_names: Annotated[list[Text] | None, Field(max_length=16)] = None
    """Attributes to read from an augmented manifest, in this order."""
    instance_group_names: Annotated[list[Text] | None, Field(max_length=5)] = None
    """Instance groups that get the channel. Default: all."""
    model_access: ModelAccess | None = None
    """License of a model in the channel."""
    hub_access: HubAccess | None = None
    """Content of a private hub in the channel."""
    content_type: Annotated[Text | None, Field(max_length=256)] = None
    """MIME type, such as text/csv."""
    compression_type: Literal["None", "Gzip"] | None = None
    """Compression of the objects; Gzip only in Pipe mode."""
    record_wrapper_type: Literal["None", "RecordIO"] | None = None
    """RecordIO: SageMaker wraps each record, in Pipe mode."""
    input_mode: InputMode | None = None
    """Input mode of this channel. Default: that of the job."""
    shuffle: Shuffle | None = None
    """Shuffling of the objects."""


class Output(Model):
    """Where artifacts go."""

    s3_output_path: S3Uri | None = None
    """S3 prefix. Default: `jobs/<name>/` in the bucket of the environment."""
    kms_key_id: Text | None = None
    """Key that encrypts the artifacts. Inherited from the environment."""
    compression_type: Literal["GZIP", "NONE"] | None = None
    """GZIP (default): one model.tar.gz. NONE: the files as they are."""


class Checkpoint(Model):
    """Checkpoints, kept in step with S3 while the job runs."""

    s3_uri: S3Uri | None = None
    """S3 prefix. Default: `checkpoints/<physical name>/` in the bucket of the environment, so
    that two contents never share one."""
    local_path: Text | None = None
    """Folder in the container. Default /opt/ml/checkpoints."""
