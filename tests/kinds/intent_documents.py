"""A neutral intent (what a person wants of a training job) as a document of ours.

The intents and what AWS's own SDKs send for them were captured once and lie in `intents/`.
"""

from __future__ import annotations

from typing import Any

from reconciler.core.environment import Environment
from reconciler.core.files import Files
from reconciler.core.kind import Facts
from reconciler.core.manifest import build
from reconciler.core.resource import Manifest
from reconciler.core.scalars import Float, Integer
from reconciler.core.units import format_duration
from reconciler.kinds.training_job.kind import TrainingJob
from reconciler.kinds.training_job.spec import TrainingJobSpec
from reconciler.servicemodel.check import check
from reconciler.servicemodel.load import load

STRATEGIES = {
    "torchrun": "torchrun",
    "smp_v2": "torchrun",
    "mpi": "mpi",
    "smp_v1": "mpi",
    "smddp": "smddp",
    "pytorch_ddp": "pytorch_ddp",
    "parameter_server": "parameter_server",
    "multi_worker_mirrored": "multi_worker_mirrored",
}
HANDLED = {"distributed", "metrics", "tags", "tensorboard", "debugger", "profiler", "networking"}
"""Keys of a document that an intent writes in another form."""

RENAMED = {
    "s3_data_type": "s3_data_type",
    "distribution": "s3_data_distribution_type",
    "attribute_names": "attribute_names",
    "instance_groups": "instance_group_names",
    "content_type": "content_type",
    "compression": "compression_type",
    "record_wrapping": "record_wrapper_type",
    "input_mode": "input_mode",
}


def environment_of(intent: dict[str, Any]) -> Environment:
    """Where the intent wants the job to run."""
    return Environment(
        name="dev",
        account_id=intent["account"],
        region=intent["region"],
        bucket=intent["default_bucket"],
        role_arn=intent["role"],
    )


def document_of(intent: dict[str, Any]) -> dict[str, Any]:
    """The document, as the YAML reader would give it."""
    bucket = intent["default_bucket"].replace("us-west-2", intent["region"])
    output = intent.get("output", {})
    document: dict[str, Any] = {
        "name": intent["name"],
        "version": 1,
        "role_arn": intent["role"],
        **algorithm(intent),
        "compute": compute(intent),
        "output": said(
            s3_output_path=output.get("s3_uri", f"s3://{bucket}/"),
            kms_key_id=output.get("kms_key"),
            compression_type=output.get("compression"),
        ),
        "hyperparameters": {k: scalar(v) for k, v in intent.get("hyperparameters", {}).items()},
        "inputs": {channel["name"]: source(channel) for channel in intent.get("inputs", [])},
    }
    alike = TrainingJobSpec.model_fields.keys() - HANDLED - document.keys()
    document |= {key: intent[key] for key in alike & intent.keys()}
    document |= said(
        training_input_mode=intent.get("input_mode"),
        tags=tags(intent["tags"]) if "tags" in intent else None,
        metrics={m["name"]: m["regex"] for m in intent.get("metrics", [])} or None,
        tensorboard=intent.get("tensorboard"),
    )
    document |= limits(intent) | network(intent) | debugger(intent) | profiler(intent)
    if "distribution" in intent:
        document["distributed"] = distributed(intent["distribution"])
    return document


def request_of(
    intent: dict[str, Any], files: Files
) -> tuple[dict[str, Any], list[Manifest], list[str]]:
    """The request for an intent, what it uploads, and what the rules say about its document.

    Raises ValueError for what no document can hold.
    """
    environment = environment_of(intent)
    document = document_of(intent)
    spec = TrainingJobSpec.model_validate(document)
    kind = TrainingJob()
    found = list(kind.check(spec, environment))
    uploads: list[Manifest] = []
    for source in kind.sources(spec):
        built = build(source, files)
        if isinstance(built, Manifest):
            uploads.append(built)
        else:
            found += built
    paths = {m.source.path: {entry.path for entry in m.entries} for m in uploads}
    found += kind.check_sources(spec, paths)
    code_bucket = document["output"]["s3_output_path"].split("/")[2]
    facts = Facts(
        physical_name=intent["name"],
        environment=environment,
        uploads={s.path: f"s3://{code_bucket}/code/sourcedir.tar.gz" for s in kind.sources(spec)},
        outputs={},
        tags=spec.tags or {},
    )
    findings = [f"{f.code}: {f.message}" for f in found]
    if findings:
        return {}, [], findings
    params = dict(kind.request(spec, facts).params)
    refused = check(load("sagemaker"), "CreateTrainingJob", params)
    return params, uploads, [f"E213: {finding.message}" for finding in refused]


def said(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def scalar(value: Any) -> Any:
    """Numbers with the characters that the intent has."""
    if isinstance(value, list):
        return [scalar(item) for item in value]
    if isinstance(value, dict):
        return {key: scalar(item) for key, item in value.items()}
    if isinstance(value, float):
        return Float(value, repr(value))
    return Integer(value) if isinstance(value, int) and not isinstance(value, bool) else value


def algorithm(intent: dict[str, Any]) -> dict[str, Any]:
    image = intent["image"]
    code = code_of(intent)
    if image["kind"] == "framework" and not code and image["framework"] == "xgboost":
        return {"builtin": {"name": "xgboost", "algorithm_version": image["version"]}}
    if image["kind"] == "framework":
        return {
            "script": said(
                framework=image["framework"],
                framework_version=image["version"],
                python_version=image.get("py"),
                base_framework=image.get("base_framework"),
                base_framework_version=image.get("base_version"),
            )
            | code
        }
    if image["kind"] == "uri":
        arguments = said(entrypoint=intent.get("entrypoint"), arguments=intent.get("arguments"))
        return {"container": {"image": image["uri"]} | arguments | code}
    if image["kind"] == "algorithm":
        return {"builtin": {"algorithm_name": image["arn"]}}
    return {"builtin": said(name=image["algorithm"], algorithm_version=image.get("version"))}


def code_of(intent: dict[str, Any]) -> dict[str, Any]:
    code = intent.get("source")
    if code is None:
        return {}
    return said(
        entry_script=code["entry_point"].removeprefix("../../fixtures/"),
        source_dir=code.get("source_dir", "").removeprefix("../../fixtures/") or None,
        dependencies=[d.removeprefix("../../fixtures/") for d in code.get("dependencies", [])]
        or None,
        container_log_level=intent.get("container_log_level"),
    )


def compute(intent: dict[str, Any]) -> dict[str, Any]:
    wanted = intent["compute"]
    groups = {
        group["name"]: {k: group[k] for k in ("instance_type", "instance_count")}
        for group in wanted.get("instance_groups", [])
    }
    keep_alive = wanted.get("keep_alive_seconds")
    return said(
        instance_type=wanted.get("instance_type"),
        instance_count=wanted.get("instance_count"),
        instance_groups=groups or None,
        training_plan_arn=wanted.get("training_plan_arn"),
        volume_size=f"{wanted['volume_gb']}GB" if "volume_gb" in wanted else None,
        volume_kms_key_id=wanted.get("volume_kms_key"),
        keep_alive_period=format_duration(keep_alive) if keep_alive else None,
        managed_spot_training=intent.get("spot"),
    )


def limits(intent: dict[str, Any]) -> dict[str, Any]:
    stopping = intent.get("stopping", {})
    names = {
        "max_runtime_seconds": "max_runtime",
        "max_wait_seconds": "max_wait_time",
        "max_pending_seconds": "max_pending_time",
    }
    found = {names[key]: format_duration(value) for key, value in stopping.items()}
    document: dict[str, Any] = {"stopping_condition": found} if found else {}
    if "retry_attempts" in intent:
        document["retry_strategy"] = {"maximum_retry_attempts": intent["retry_attempts"]}
    return document


def source(channel: dict[str, Any]) -> dict[str, Any]:
    found = {ours: channel[theirs] for theirs, ours in RENAMED.items() if theirs in channel}
    if "shuffle_seed" in channel:
        found["shuffle"] = {"seed": channel["shuffle_seed"]}
    if channel["type"] == "s3":
        return {"s3_uri": channel["uri"]} | found
    return {
        "file_system": {
            "file_system_id": channel["file_system_id"],
            "file_system_type": {"efs": "EFS", "fsx": "FSxLustre"}[channel["type"]],
            "directory_path": channel["directory"],
            "file_system_access_mode": channel["access"],
        }
    } | found


def network(intent: dict[str, Any]) -> dict[str, Any]:
    wanted = intent.get("network")
    if wanted is None:
        return {}
    return {
        "networking": said(
            subnets=wanted.get("subnets"),
            security_group_ids=wanted.get("security_group_ids"),
            network_isolation=wanted.get("isolation"),
            inter_container_traffic_encryption=wanted.get("encrypt_traffic"),
        )
    }


def distributed(wanted: dict[str, Any]) -> dict[str, Any]:
    strategy = wanted["strategy"]
    part = said(
        process_count_per_node=wanted.get("processes_per_host"),
        custom_mpi_options=wanted.get("mpi_options"),
        smp=wanted.get("parameters"),
    )
    groups = said(instance_groups=wanted.get("instance_groups"))
    return {STRATEGIES[strategy]: part} | groups


def debugger(intent: dict[str, Any]) -> dict[str, Any]:
    wanted = intent.get("debugger", {})
    found: dict[str, Any] = {}
    hook = wanted.get("hook")
    if hook:
        found = said(
            s3_output_path=hook.get("s3_output_path"),
            hook_parameters=hook.get("hook_parameters"),
            collections={c["name"]: c.get("parameters", {}) for c in hook.get("collections", [])},
        )
    rules = {rule_name(r): rule(r) for r in wanted.get("rules", [])}
    return {"debugger": found | ({"rules": rules} if rules else {})} if found or rules else {}


def profiler(intent: dict[str, Any]) -> dict[str, Any]:
    wanted = intent.get("profiler", {})
    if wanted.get("disabled"):
        return {"profiler": {"disable_profiler": True}}
    interval = wanted.get("interval_ms")
    found = said(
        s3_output_path=wanted.get("s3_output_path"),
        profiling_interval=f"{interval}ms" if interval else None,
        rules={rule_name(r): rule(r) for r in wanted.get("rules", [])} or None,
    )
    # Who asks for a profile is told so: the SDK sends this too.
    return {"profiler": found | {"disable_profiler": False}} if found else {}


def rule_name(wanted: dict[str, Any]) -> str:
    return "".join(word.capitalize() for word in wanted["builtin"].split("_"))


def rule(wanted: dict[str, Any]) -> dict[str, Any]:
    parameters = {"rule_to_invoke": rule_name(wanted)} | wanted.get("parameters", {})
    return {"rule_parameters": parameters}


def tags(pairs: list[dict[str, str]]) -> dict[str, str]:
    """A map; a YAML document that has a key twice is refused when it is read."""
    found: dict[str, str] = {}
    for pair in pairs:
        if pair["key"] in found:
            raise ValueError(f"key {pair['key']!r} twice")
        found[pair["key"]] = pair["value"]
    return found
