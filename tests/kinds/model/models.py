"""A sound model, and what differs from it in a test."""

from __future__ import annotations

from typing import Any

from reconciler.core.fields import overlay
from reconciler.core.kind import Facts, Finding
from reconciler.kinds.model.kind import Model
from reconciler.kinds.model.spec import ModelSpec
from tests.kinds.jobs import environment

KIND = Model()
BASE: dict[str, Any] = {
    "name": "churn",
    "role_arn": "arn:aws:iam::111122223333:role/serve",
    "artifact": {"job": "churn-xgb"},
    "container": {"image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/serve:1"},
}
SKLEARN: dict[str, Any] = {
    "container": {"image": None, "framework": "sklearn", "framework_version": "1.2-1"}
}
CODE: dict[str, Any] = {"container": {"source_dir": "serving", "entry_script": "inference.py"}}
ARTIFACT = "s3://acme/jobs/churn-xgb/output/model.tar.gz"


def model(*changes: dict[str, Any]) -> ModelSpec:
    """The sound model with changes merged over it, nearer ones later; None removes."""
    document = BASE
    for change in changes:
        document = overlay(document, change)
    return ModelSpec.model_validate(document)


def several(*containers: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A change that makes it a model with these containers."""
    return {"artifact": None, "container": None, "containers": list(containers), **more}


def findings(*changes: dict[str, Any], **limits: Any) -> list[Finding]:
    """What the rules say."""
    return list(KIND.check(model(*changes), environment(limits=limits)))


def request(*changes: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """The request of the sound model with changes."""
    spec = model(*changes)
    values = {
        "physical_name": "churn-0123456789",
        "environment": environment(),
        "uploads": {source.path: "s3://acme/code/abc/sourcedir.tar.gz" for source in
                    KIND.sources(spec)},
        "outputs": {ref.path: ARTIFACT for ref in KIND.references(spec)},
        "tags": spec.tags or {},
    }  # fmt: skip
    return dict(KIND.request(spec, Facts(**(values | facts))).params)
