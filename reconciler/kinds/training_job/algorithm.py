"""What runs: a script on a framework image, an own container, a built-in algorithm, or a
customization job without servers. Exactly one of the four is given."""

from typing import Annotated, Literal

from pydantic import Field

from reconciler.core.model import Model, Text
from reconciler.kinds.code import Code

ALGORITHMS = ("script", "container", "builtin", "serverless")
"""Keys of a spec of which exactly one is given."""

Framework = Literal[
    "huggingface", "mxnet", "pytorch", "pytorch-amzn2023", "pytorch-neuron", "sklearn",
    "tensorflow", "xgboost",
]  # fmt: skip
"""Frameworks of which AWS publishes training images (`kinds/images.json`)."""


class Script(Code):
    """Script mode: code of this repository on a framework image of AWS."""

    framework: Framework | None = None
    """Framework whose image is used."""
    framework_version: Text | None = None
    """Version as AWS's image has it, in quotes: "2.6", "1.2-1"."""
    python_version: Text | None = None
    """Python of the image, such as py312. Default: the newest that the image table has."""
    base_framework_version: Text | None = None
    """Hugging Face only: version of the PyTorch or TensorFlow below, such as "2.5.1"."""
    base_framework: Literal["pytorch", "tensorflow"] | None = None
    """Hugging Face only: what Transformers runs on. Default pytorch."""
    image: Text | None = None
    """Image that is used in place of the one from the table."""


class RepositoryAuth(Model):
    """How a private registry outside AWS lets SageMaker in."""

    training_repository_credentials_provider_arn: Text | None = None
    """ARN of the Lambda function that gives the credentials."""


class Container(Code):
    """An own image, with or without a script of this repository."""

    image: Text | None = None
    """Image URI. A plan resolves a tag to its digest, a `@sha256:` digest stays."""
    entrypoint: Annotated[list[Text] | None, Field(min_length=1, max_length=100)] = None
    """Entrypoint in place of the image's own."""
    arguments: Annotated[list[Text] | None, Field(min_length=1, max_length=100)] = None
    """Arguments of the entrypoint."""
    training_toolkit: bool | None = None
    """Whether the image carries AWS's training toolkit, which starts `entry_script`. Default true.
    false: the image needs Python 3.6 or newer as `python3`, and a small launcher goes along."""
    training_repository_access_mode: Literal["Platform", "Vpc"] | None = None
    """Vpc: the image is in a private registry that is reached through the job's VPC."""
    training_repository_auth: RepositoryAuth | None = None
    """Credentials for a private registry."""


class Builtin(Model):
    """An algorithm of SageMaker or of the AWS Marketplace."""

    name: Text | None = None
    """Name of a built-in algorithm, such as xgboost or linear-learner."""
    algorithm_version: Text | None = None
    """Version of the algorithm's image, such as 1.7-1. Default: the newest."""
    algorithm_name: Text | None = None
    """Name or ARN of an algorithm resource (own, or subscribed to), in place of `name`."""


class Serverless(Model):
    """Customization or evaluation of a foundation model; SageMaker brings the computers."""

    base_model_arn: Text | None = None
    """ARN of the base model in a SageMaker hub."""
    accept_eula: bool | None = None
    """Accepts the license of the base model."""
    job_type: Literal["FineTuning", "Evaluation"] | None = None
    """What the job does."""
    customization_technique: Literal["SFT", "DPO", "RLVR", "RLAIF"] | None = None
    """How the model is customized."""
    peft: Literal["LORA"] | None = None
    """Parameter-efficient fine-tuning technique."""
    evaluation_type: (
        Literal["LLMAJEvaluation", "CustomScorerEvaluation", "BenchmarkEvaluation"] | None
    ) = None
    """How the model is evaluated."""
    evaluator_arn: Text | None = None
    """ARN of the evaluator."""
    sequence_length: Text | None = None
    """Longest sequence, such as 4K."""
