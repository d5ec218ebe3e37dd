"""Rules of models and endpoints (from E240), which no schema of AWS's expresses."""

from __future__ import annotations

from reconciler.core.catalogue_rule import Rule

RULES = (
    Rule(
        "E240",
        "a container without one image",
        "A container of a model is an image of your own, AWS's inference image of a framework, or "
        "what a model package brings. None of them, or two, would not say what serves.",
        "Give exactly one of `image`, `framework` and `model_package_name`.",
        'container: {framework: sklearn, framework_version: "1.2-1"}',
    ),
    Rule(
        "E241",
        "a version where there is none",
        "A version launches a training job, because a job costs money. Models and endpoints have "
        "none: they are made anew whenever what their document says, or the artifact they follow, "
        "changes.",
        "Remove `version`. To hold a model at one artifact write `artifact: {job: …, version: 4}`.",
    ),
    Rule(
        "E242",
        "an end that this kind does not have",
        "SageMaker cannot stop an endpoint, it can only delete it; and a model runs nothing that "
        "could end.",
        "Write `on_delete: delete` for an endpoint that ends with its document; remove it from a "
        "model.",
    ),
    Rule(
        "E243",
        "hostnames of some containers only",
        "If one container of a pipeline has a hostname, all must have one (botocore: "
        "ContainerDefinition.ContainerHostname), and by it they are told apart.",
        "Give each container of `containers` its own `hostname`, or none of them.",
    ),
    Rule(
        "E244",
        "code that the image would not run",
        "AWS's inference images run the code in the folder `code/` of the artifact; only those of "
        "scikit-learn, XGBoost and Chainer fetch it from S3 (SageMaker Python SDK v2, which "
        "repacks the artifact for the others). Here an artifact stays as its job made it.",
        "Let the training job write `code/inference.py` into SM_MODEL_DIR beside its model, and "
        "remove `entry_script` and `source_dir` here.",
    ),
    Rule(
        "E245",
        "multi-model with something of a single model",
        "A multi-model container loads models from below an S3 prefix when they are asked for "
        "(developer guide, multi-model endpoints), and cannot take them as ModelDataSource "
        "(botocore: ContainerDefinition.ModelDataSource).",
        "Give `artifact: {s3_uri: s3://…/}`: a prefix, and nothing beside it.",
    ),
    Rule(
        "E246",
        "serverless out of its bounds",
        "A serverless variant has 1 to 6 GB of memory in whole gigabytes, keeps no more warm than "
        "it may run at once (botocore: ProductionVariantServerlessConfig), and shares its endpoint "
        "with no other variant and no data capture (developer guide, Serverless Inference).",
        "Correct the value, or use instances.",
        "variants: {main: {model: churn, serverless: {memory_size: 2GB, max_concurrency: 5}}}",
    ),
    Rule(
        "E247",
        "more than one shadow",
        "With shadow variants there is one variant in production and one in the shadow (botocore: "
        "CreateEndpointConfig.ShadowProductionVariants).",
        "Keep one in `variants` and one in `shadow_variants`.",
    ),
    Rule(
        "E248",
        "size of a step",
        "A canary is at most 50 percent of the instances, a linear step 10 to 50, a rolling batch "
        "5 to 50 (botocore: TrafficRoutingConfig, RollingUpdatePolicy).",
        "Choose a percentage within the bounds.",
        "deployment: {canary: {percent: 10, wait_interval: 10m}}",
    ),
    Rule(
        "E249",
        "deployment that cannot end so",
        "The timeout of a deployment must be longer than its waits (botocore: "
        "BlueGreenUpdatePolicy); a rolling one has no old fleet to wait for; and exceptions from "
        "retaining properties need that they are retained.",
        "Correct `deployment` as the message says.",
    ),
    Rule(
        "E250",
        "no traffic",
        "A variant gets the share that its weight has in the sum of all weights (botocore: "
        "ProductionVariant.InitialVariantWeight). If all are 0, nobody is served.",
        "Give at least one variant a weight above 0, or leave the weights out.",
    ),
    Rule(
        "E251",
        "artifact with other content",
        "The document says which sha256 an artifact from elsewhere has, and S3's own checksum of "
        "the object is another: it was replaced, or the document means another one.",
        "Find out which of the two is right; then correct `sha256`, or put the artifact back. An "
        "object gets a checksum with `aws s3 cp --checksum-algorithm SHA256`.",
    ),
    Rule(
        "E252",
        "managed scaling of a variant with a model",
        "SageMaker chooses the number of instances for inference components only. Its words: "
        '"ManagedInstanceScaling is only supported for inference component endpoints" (as '
        "quoted in hashicorp/terraform-provider-aws#45926).",
        "Remove `managed_instance_scaling` and give `initial_instance_count`; Application Auto "
        "Scaling can change the number later. Or remove the model, and let inference components "
        "bring theirs.",
    ),
    Rule(
        "E253",
        "two environments share one endpoint",
        "An endpoint keeps its name on SageMaker, which is unique in an account and region. Two "
        "environments of the same place, and all local ones, would take it from each other; the "
        "one that comes second finds it taken.",
        "Give one of the environments a `name_prefix`, or let the endpoint belong to one of them.",
        "name_prefix: staging-",
    ),
)
