"""Rules between fields of a training job (from E220), which no schema of AWS's expresses."""

from __future__ import annotations

from reconciler.core.catalogue_rule import Rule

RULES = (
    Rule(
        "E220",
        "spot with a warm pool",
        "A warm pool keeps instances after the job, spot capacity can be taken away at any time: "
        "SageMaker does not offer both together (developer guide, managed warm pools).",
        "Remove `compute.keep_alive_period` or `compute.managed_spot_training`.",
    ),
    Rule(
        "E221",
        "augmented manifest needs Pipe",
        "`AugmentedManifestFile can only be used if the Channel's input mode is Pipe` (botocore: "
        "S3DataSource.S3DataType).",
        "Set `input_mode: Pipe` on the channel.",
        "inputs:\n  train:\n    s3_uri: s3://acme-ml-data/train.manifest\n"
        "    s3_data_type: AugmentedManifestFile\n    attribute_names: [source-ref, label]\n"
        "    input_mode: Pipe",
    ),
    Rule(
        "E222",
        "attribute names without an augmented manifest",
        "Attribute names choose columns of an augmented manifest file; other data has none "
        "(botocore: S3DataSource.AttributeNames).",
        "Set `s3_data_type: AugmentedManifestFile`, or remove `attribute_names`.",
    ),
    Rule(
        "E223",
        "file system without a VPC",
        "EFS and FSx for Lustre are reached through a network interface in your own VPC "
        "(developer guide, training with file systems).",
        "Set `networking` with subnets and security groups, best in the environment document.",
        "networking: {subnets: [subnet-0a1b2c3d], security_group_ids: [sg-0a1b2c3d]}",
    ),
    Rule(
        "E224",
        "private registry without a VPC",
        "An image in a private Docker registry is reached with access mode Vpc, through your own "
        "VPC (botocore: TrainingImageConfig).",
        "Set `networking` with subnets and security groups, or use an image in ECR.",
    ),
    Rule(
        "E225",
        "instance preferences with another choice of instances",
        "InstancePreferences is mutually exclusive with InstanceType, InstanceGroups, "
        "InstancePlacementConfig and EnableManagedSpotTraining, and either each preference has "
        "its count or the job has one for all (botocore: ResourceConfig, InstancePreference). A "
        "nearer document's choice replaces the type or the groups of a farther one; its count, "
        "placement and spot stay.",
        "Keep one of them; `null` removes a key that a default gives.",
        "compute: {instance_count: 2, instance_preferences: [{instance_type: ml.p5.48xlarge}, "
        "{instance_type: ml.p4d.24xlarge}]}",
    ),
    Rule(
        "E226",
        "unknown instance group",
        "A channel or a distribution names an instance group that `compute.instance_groups` does "
        "not have, so its data would reach no instance.",
        "Correct the name, or add the group.",
    ),
    Rule(
        "E227",
        "pending time without accelerated instances",
        "MaxPendingTimeInSeconds takes effect only for accelerated instance types, such as those "
        "of the ml.p, ml.g and ml.trn families (botocore: StoppingCondition).",
        "Remove `stopping_condition.max_pending_time`, or choose an accelerated type.",
    ),
    Rule(
        "E228",
        "checkpoint path shared",
        "SageMaker restores whatever lies under the checkpoint path, so a job would start from "
        "the checkpoints of another one, or of its own earlier content.",
        "Give each job its own path, or remove `checkpoint.s3_uri`: the default path contains "
        "name and digest.",
    ),
    Rule(
        "E229",
        "long spot wait without checkpoints",
        "For built-in algorithms that do not checkpoint, managed spot training waits at most "
        "3600 seconds (developer guide, managed spot training).",
        "Set `max_wait_time` to 1h or less, or do without spot.",
    ),
    Rule(
        "E230",
        "tag key twice",
        "Tag keys are unique, and some services compare them without regard to case. The keys of "
        "the reconciler's own tags are taken as well.",
        "Keep one of the two, or rename it.",
    ),
    Rule(
        "E231",
        "too many or too long hyperparameters",
        "CreateTrainingJob takes at most 100 hyperparameters, a key of at most 256 and a value of "
        "at most 2500 characters (botocore: HyperParameters). Script mode adds some of its own.",
        "Put long values into a file under `source_dir` or an input, and pass its name.",
    ),
    Rule(
        "E232",
        "network isolation with something that needs the network",
        "With network isolation the container can make no network calls (botocore: "
        "EnableNetworkIsolation), so what fetches or installs from inside it fails.",
        "Put requirements into the image, or do without `network_isolation`.",
    ),
    Rule(
        "E233",
        "torchrun with a script that is not Python",
        "torchrun starts Python processes. The SageMaker Python SDK refuses a shell script as its "
        "entry, and in the container it would fail.",
        "Make `entry_script` a `.py` file, and start the rest from there.",
    ),
    Rule(
        "E234",
        "same thing twice in a list",
        "The list is a set for AWS: subnets, security groups, attribute or group names. A second "
        "mention is refused, or hides a slip for another value.",
        "Remove one of the two, or correct it.",
    ),
    Rule(
        "E235",
        "no image for this framework, version and region",
        "AWS publishes its training images per framework version, Python version, region and "
        "processor; the table of this version of the reconciler has none for this combination.",
        "Choose one of the versions in the message, or give the image yourself with `container`.",
        'script: {framework: pytorch, framework_version: "2.6", python_version: py312}',
    ),
    Rule(
        "E236",
        "distribution does not fit the instances",
        "The way of distributing needs something the instances or the framework do not have, "
        "such as GPUs for torchrun on a GPU image; the job would fail after it was paid for.",
        "Choose other instances, or another way under `distributed`.",
    ),
    Rule(
        "E237",
        "metric that cannot be found",
        "SageMaker searches the log with the metric's regular expression and takes the group in "
        "parentheses for the value (developer guide, define training metrics). One that cannot be "
        "read, or has no group, finds nothing, and the job completes without the metric. Without "
        "a group it is refused only where a gate needs the value.",
        "Close every bracket, and put the value in parentheses. `\\(` is a parenthesis of the log.",
        "metrics: {train:loss: 'loss=([0-9.]+)'}",
    ),
    Rule(
        "E238",
        "gate on a metric that the job does not have",
        "A gate whose metric is never reported does not pass, which shows only when the run is "
        "paid for. Scripts and own images report what `metrics` defines and nothing else.",
        "Correct the name, or define the metric under `metrics`.",
        "metrics: {val:acc: 'val_acc=([0-9.]+)'}\ngates: {val:acc: {min: 0.9}}",
    ),
)
