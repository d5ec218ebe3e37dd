"""Rules of meaning (E200 to E219): versions, names, references, limits, code, the lock."""

from __future__ import annotations

from reconciler.core.catalogue_rule import Rule

RULES = (
    Rule(
        "E201",
        "content changed, version did not",
        "A version names one content for ever, so that the lock can say what each version ran. "
        "Raising it is also what asks for the money of a new run.",
        "Raise it with `reconciler bump NAME`, which also gets past higher versions that ran "
        "already, or take the change back.",
        "version: 5",
    ),
    Rule(
        "E202",
        "exactly one of several keys",
        "These keys are alternatives (`script`, `container`, `builtin`, `serverless`; for an "
        "input `s3_uri`, `path`, `job`, `file_system`, `dataset`; under `compute` `instance_type` "
        "with its count, or `instance_groups`). With none or two of them it is open what would "
        "run.",
        "Keep one. A nearer document replaces the alternative of a farther one by itself.",
        "inputs:\n  train: {s3_uri: s3://acme-ml-data/churn/train/}",
    ),
    Rule(
        "E203",
        "unknown reference",
        "No document has the name that this one refers to.",
        "Correct the name; the message shows the nearest one.",
        "inputs:\n  tokenizer: {job: tokenizer-bpe, version: 3}",
    ),
    Rule(
        "E204",
        "references in a circle",
        "Each of these jobs waits for the artifact of the next, so none can start. The message "
        "shows the whole circle.",
        "Cut one reference, for example by an `s3_uri` of an artifact that exists.",
    ),
    Rule(
        "E205",
        "spot job waits shorter than it may run",
        "With managed spot training AWS requires MaxWaitTimeInSeconds, and it must be at least "
        "MaxRuntimeInSeconds, since it counts waiting and running together (botocore: "
        "StoppingCondition).",
        "Set `stopping_condition.max_wait_time` to `max_runtime` plus the time you would wait for "
        "spot capacity. Without spot, remove `max_wait_time`.",
        "compute: {managed_spot_training: true}\n"
        "stopping_condition: {max_runtime: 2h, max_wait_time: 4h}",
    ),
    Rule(
        "E206",
        "over a limit of the environment",
        "The `limits` of the environment document bound what jobs may ask for: instance types "
        "and counts, run time, cost, roles, images, buckets, required tags and network settings.",
        "Ask for less, or have the owners of the environment raise the limit; both lines are "
        "shown. `max_cost_usd` and `max_monthly_cost_usd` need the `prices` of the types that jobs "
        "use, and with spot count the waiting, for which an interrupted job may run. The first "
        "counts each attempt that `retry` allows; the second holds launches until a run has cost "
        "less than it might, or the month is over.",
    ),
    Rule(
        "E207",
        "name too long or not allowed",
        "The name on SageMaker is the environment's prefix, this name and ten digits of the "
        "digest, and it must fit into 63 characters (botocore: TrainingJobName). Prefix and name "
        "have at most 40, in lower case letters, digits and single dashes. Nothing is cut off, "
        "since two names could become one.",
        "Shorten the name, or the `name_prefix` of the environment.",
        "name: churn-xgb",
    ),
    Rule(
        "E208",
        "secret in a value",
        "SageMaker shows hyperparameters, environment variables and tags in its console, in "
        "Describe answers, in EventBridge events and in logs, and git keeps them for ever.",
        "Revoke the secret, then let the code read it at run time from Secrets Manager or "
        "Parameter Store, and pass only its name.",
        "env: {DB_SECRET: prod/churn/db}",
    ),
    Rule(
        "E209",
        "version went down",
        "The version is lower than one that ran, and it is not in the record itself. A label "
        "that was skipped cannot be told from one that was lost.",
        "Use the next higher version. To go back to earlier content, restore the content under a "
        "new version: its run is found and used again.",
    ),
    Rule(
        "E210",
        "two documents with one name",
        "A name identifies a resource over the whole repository, whatever its folder. While two "
        "documents claim it, neither is acted on.",
        "Rename one of the two; both places are shown.",
    ),
    Rule(
        "E212",
        "reference outside the environment",
        "The resource that is referred to exists, but does not belong to this environment, so it "
        "has no run here.",
        "Add the environment to its `environments`, or read the artifact of another environment "
        "by name.",
        "inputs:\n  base: {job: llm-pretrain, environment: prod}",
    ),
    Rule(
        "E213",
        "request refused by the service model",
        "The request that would be sent breaks a type, pattern, list of values or maximum of "
        "SageMaker's own service model, which comes with botocore. AWS would refuse it.",
        "Correct the field that the message names. `reconciler show NAME --request` prints the "
        "whole request.",
    ),
    Rule(
        "E214",
        "path not in the repository",
        "Code and data are taken from git, so the folder or file must be in the repository at "
        "the revision that is planned. Paths count from the root of the repository.",
        "Correct the path, or add and commit what it names.",
        "script: {source_dir: training/defects, entry_script: train.py}",
    ),
    Rule(
        "E215",
        "entry script not in the source",
        "The container starts `entry_script` from inside `source_dir`, and would fail after the "
        "instances were paid for.",
        "Write its path relative to `source_dir`, and check that no ignore pattern leaves it out.",
        "script: {source_dir: training/defects, entry_script: train.py}",
    ),
    Rule(
        "E216",
        "unsafe file in the source",
        "The archive of the code holds regular files of the repository only. Links that lead out "
        "of the folder, submodules, Git LFS pointers and names that collide or escape when "
        "unpacked are refused.",
        "Replace it by the file itself, or leave it out with `ignore_patterns`.",
        'script: {ignore_patterns: ["vendor/", "*.ipynb"]}',
    ),
    Rule(
        "E217",
        "lock written by a newer version",
        "A record has a newer format than this version of the reconciler reads. Writing it back "
        "could lose what the newer one recorded.",
        "Install the newer version of the reconciler.",
    ),
    Rule(
        "E218",
        "record of the lock is unreadable",
        "The file is not what the reconciler writes, so it cannot say what has run. Launching "
        "without that knowledge could pay twice.",
        "An edit that is not committed: `git checkout HEAD -- FILE`. A committed one: `git log -- "
        "FILE` names the commit, `git checkout COMMIT^ -- FILE` takes it back. Only where git "
        "never had the file (an engine on this computer) remove it: the next apply adopts what is "
        "there, but its source, images and who launched it are lost. Edit documents, not records.",
    ),
    Rule(
        "E219",
        "default environment is not clear",
        "Documents that name no environment belong to the one marked `default: true`. With two of "
        "them, or no environment at all, they would belong nowhere and nobody would check them.",
        "Mark one environment. `reconciler init` writes environments/local.yaml where there is "
        "none.",
        "default: true",
    ),
)
