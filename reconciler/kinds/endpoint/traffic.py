"""What happens to requests beside being answered: captured, queued, explained, measured."""

from typing import Annotated, Literal

from pydantic import Field

from reconciler.core.model import Duration, Model, Text
from reconciler.kinds.values import Megabytes, S3Uri


class CaptureContentTypeHeader(Model):
    """Content types that are captured as text and not in base64."""

    csv_content_types: Annotated[list[Text] | None, Field(min_length=1, max_length=10)] = None
    """Types that are CSV, such as text/csv."""
    json_content_types: Annotated[list[Text] | None, Field(min_length=1, max_length=10)] = None
    """Types that are JSON, such as application/json."""


class DataCapture(Model):
    """Requests and answers, kept in S3."""

    s3_uri: S3Uri | None = None
    """S3 prefix."""
    initial_sampling_percentage: int | None = Field(None, ge=0, le=100)
    """Share of the requests, in percent."""
    capture: bool | None = None
    """Whether anything is captured. Default true."""
    capture_options: Annotated[
        list[Literal["Input", "Output", "InputAndOutput"]] | None,
        Field(min_length=1, max_length=32),
    ] = None
    """What is captured. Default both: [Input, Output]."""
    capture_content_type_header: CaptureContentTypeHeader | None = None
    """Content types that are captured as text."""
    kms_key_id: Text | None = None
    """Key that encrypts what is captured."""


class AsyncClient(Model):
    """How SageMaker calls the container."""

    max_concurrent_invocations_per_instance: int | None = Field(None, ge=1, le=1000)
    """Most requests at the same time to one instance."""


class AsyncNotification(Model):
    """Who is told of an end."""

    success_topic: Text | None = None
    """ARN of the SNS topic for answers."""
    error_topic: Text | None = None
    """ARN of the SNS topic for failures."""
    include_inference_response_in: Annotated[
        list[Literal["SUCCESS_NOTIFICATION_TOPIC", "ERROR_NOTIFICATION_TOPIC"]] | None,
        Field(max_length=2),
    ] = None
    """Topics whose messages hold the answer itself."""


class AsyncOutput(Model):
    """Where answers go."""

    s3_output_path: S3Uri | None = None
    """S3 prefix of answers."""
    s3_failure_path: S3Uri | None = None
    """S3 prefix of failures."""
    kms_key_id: Text | None = None
    """Key that encrypts answers."""
    notification: AsyncNotification | None = None
    """Who is told of an end."""


class AsyncInference(Model):
    """Requests wait in a queue, and answers go to S3."""

    client: AsyncClient | None = None
    """How SageMaker calls the container."""
    output: AsyncOutput | None = None
    """Where answers go."""


class ClarifyInference(Model):
    """What requests and answers of the container look like."""

    features_attribute: Text | None = None
    """JMESPath to the features in a request of JSON lines."""
    content_template: Text | None = None
    """Template of a JSON lines request, such as {"myfeatures":$features}."""
    max_record_count: int | None = Field(None, ge=1)
    """Most records in a request to the container."""
    max_payload: Megabytes | None = None
    """Largest request to the container: 1MB to 25MB."""
    probability_index: int | None = Field(None, ge=0)
    """Column of the probability in a CSV answer."""
    label_index: int | None = Field(None, ge=0)
    """Column of the label in a CSV answer."""
    probability_attribute: Text | None = None
    """JMESPath to the probability in an answer of JSON lines."""
    label_attribute: Text | None = None
    """JMESPath to the label in an answer of JSON lines."""
    label_headers: Annotated[list[Text] | None, Field(min_length=1, max_length=16)] = None
    """Names of the labels."""
    feature_headers: Annotated[list[Text] | None, Field(min_length=1, max_length=256)] = None
    """Names of the features."""
    feature_types: Annotated[
        list[Literal["numerical", "categorical", "text"]] | None,
        Field(min_length=1, max_length=256),
    ] = None
    """Types of the features."""


class ShapBaseline(Model):
    """What an input is compared with."""

    mime_type: Text | None = None
    """MIME type of the baseline."""
    shap_baseline: Text | None = None
    """The baseline itself."""
    shap_baseline_uri: S3Uri | None = None
    """S3 URI of the baseline."""


class ShapText(Model):
    """How text features are cut."""

    language: Text | None = None
    """Language, such as en."""
    granularity: Literal["token", "sentence", "paragraph"] | None = None
    """Unit that gets a value."""


class Shap(Model):
    """SHAP values."""

    shap_baseline: ShapBaseline | None = None
    """What an input is compared with."""
    number_of_samples: int | None = Field(None, ge=1)
    """Number of samples."""
    use_logit: bool | None = None
    """Whether predictions are taken as logits."""
    seed: int | None = None
    """Seed of the random numbers."""
    text: ShapText | None = None
    """How text features are cut."""


class ClarifyExplainer(Model):
    """SageMaker Clarify."""

    explanations: Text | None = None
    """JMESPath that says which records are explained."""
    inference: ClarifyInference | None = None
    """What requests and answers of the container look like."""
    shap: Shap | None = None
    """SHAP values."""


class Explainer(Model):
    """Explanations of predictions."""

    clarify_explainer: ClarifyExplainer | None = None
    """SageMaker Clarify."""


class EndpointMetrics(Model):
    """Metrics of the endpoint in CloudWatch."""

    enhanced_metrics: bool | None = None
    """Metrics for each instance and container."""
    detailed_observability: bool | None = None
    """Metrics of accelerators and containers."""
    metric_publish_frequency: Duration | None = None
    """How often metrics are published."""


class CrossRegionTraffic(Model):
    """Requests that go to other regions when instances are busy."""

    max_invocations_per_second_per_instance: int | None = Field(None, ge=1, le=10000)
    """Requests to one instance from which others go elsewhere."""
    max_cross_region_percent_per_endpoint: int | None = Field(None, ge=1, le=100)
    """Largest share of requests that go elsewhere, in percent."""
