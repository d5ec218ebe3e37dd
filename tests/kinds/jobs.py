"""A sound training job, and what differs from it in a test."""

from __future__ import annotations

from typing import Any

from reconciler.core.environment import Environment
from reconciler.core.fields import overlay
from reconciler.core.kind import Facts, Finding
from reconciler.kinds.training_job.kind import TrainingJob
from reconciler.kinds.training_job.spec import TrainingJobSpec

KIND = TrainingJob()
ROLE = "arn:aws:iam::111122223333:role/train"
BASE: dict[str, Any] = {
    "name": "churn",
    "version": 1,
    "role_arn": ROLE,
    "container": {"image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1"},
    "compute": {"instance_type": "ml.m5.xlarge", "instance_count": 1},
}
SCRIPT: dict[str, Any] = {
    "container": None,
    "script": {
        "framework": "pytorch",
        "framework_version": "2.6",
        "source_dir": "src",
        "entry_script": "train.py",
    },
}
VPC = {"networking": {"subnets": ["subnet-1"], "security_group_ids": ["sg-1"]}}
GPU = {"compute": {"instance_type": "ml.g5.12xlarge"}}


def environment(**keys: Any) -> Environment:
    """An environment in eu-west-1."""
    values = {"name": "dev", "account_id": "111122223333", "region": "eu-west-1", "bucket": "acme"}
    return Environment.model_validate(values | keys)


def job(*changes: dict[str, Any]) -> TrainingJobSpec:
    """The sound job with changes merged over it, nearer ones later; None removes."""
    document = BASE
    for change in changes:
        document = overlay(document, change)
    return TrainingJobSpec.model_validate(document)


def findings(*changes: dict[str, Any], **limits: Any) -> list[Finding]:
    """What the rules say."""
    return list(KIND.check(job(*changes), environment(limits=limits)))


def request(*changes: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """The request of the sound job with changes."""
    spec = job(*changes)
    values = {
        "physical_name": "churn-0123456789",
        "environment": environment(),
        "uploads": {source.path: "s3://acme/code/abc/sourcedir.tar.gz" for source in
                    KIND.sources(spec)},
        "outputs": {ref.path: "s3://acme/jobs/up/model.tar.gz" for ref in KIND.references(spec)},
        "tags": spec.tags or {},
    }  # fmt: skip
    return dict(KIND.request(spec, Facts(**(values | facts))).params)
