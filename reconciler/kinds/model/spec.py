"""The spec of a model: all that CreateModel can say, and where its artifact comes from."""

from typing import Annotated

from pydantic import Field

from reconciler.core.environment import Networking
from reconciler.core.kind import Spec
from reconciler.core.model import Text
from reconciler.kinds.model.container import (
    Artifact,
    Container,
    InferenceExecution,
    PipelineContainer,
)
from reconciler.kinds.values import Scalars, without_name


class ModelSpec(Spec):
    """A model: an artifact, and the image that serves it."""

    role_arn: Text | None = None
    """Execution role. Inherited from the environment."""
    artifact: Artifact | None = None
    """Model parameters. An image that brings its own needs none."""
    container: Container | None = None
    """The image that serves."""
    env: dict[str, Text] | None = None
    """Environment variables of the container. No secrets: SageMaker shows them to every reader."""
    containers: Annotated[list[PipelineContainer] | None, Field(min_length=1, max_length=15)] = None
    """Several containers, in their order, in place of `container`, `artifact` and `env`."""
    inference_execution: InferenceExecution | None = None
    """How several containers work together."""
    networking: Networking | None = None
    """VPC and isolation. Inherited from the environment."""
    prune: bool | None = None
    """Deletes models of this document on SageMaker, once a newer one replaced them and no endpoint
    configuration names them any more."""
    api_overrides: Annotated[Scalars, without_name("ModelName")] = None
    """Members of CreateModel by AWS's own names, merged last into the request; in the document's
    own body null removes a member."""
