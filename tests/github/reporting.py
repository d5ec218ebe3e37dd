"""A story of documents, pull requests and applies, and what is told of it on a fake GitHub."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

from reconciler.adapters.github import GitHub
from reconciler.adapters.github_branch import Branches
from reconciler.adapters.github_pulls import Pulls
from reconciler.adapters.github_words import Words
from reconciler.adapters.workspace import Workspace
from reconciler.cli.reporting import Reporter
from reconciler.cli.reviewing import Reviews
from reconciler.core.plan import Plan
from reconciler.core.resource import Revision
from reconciler.reconcile.approval_block import approval_block
from reconciler.render.json import dumps, plan_document
from tests.adapters.fake_remote import Host
from tests.github.fake_host import FakeHost
from tests.support.story import Story

MARK = "<!-- reconciler:plan:prod -->"
ENVIRONMENT = """\
apiVersion: sagemaker-gitops/v1
kind: Environment
name: prod
account_id: "444455556666"
region: eu-west-1
bucket: acme-ml
role_arn: arn:aws:iam::444455556666:role/ml
repository: github.com/acme/ml
prices: {ml.m5.large: 0.128}
"""
JOB = """\
apiVersion: sagemaker-gitops/v1
kind: TrainingJob
name: wine
version: VERSION
container: {image: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1.0"}
hyperparameters: {depth: DEPTH}
compute: {instance_type: ml.m5.large, instance_count: 1}
stopping_condition: {max_runtime: 1h}
"""
MODEL = """\
apiVersion: sagemaker-gitops/v1
kind: Model
name: wine-model
artifact: {job: wine}
container: {image: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/serve:1.0"}
"""
ENDPOINT = """\
apiVersion: sagemaker-gitops/v1
kind: Endpoint
name: wine-live
on_delete: delete
variants: {main: {model: wine-model, instance_type: ml.m5.large, initial_instance_count: COUNT}}
"""


def job(version: int = 1, depth: int = 3, more: str = "") -> dict[str, str]:
    text = JOB.replace("VERSION", str(version)).replace("DEPTH", str(depth))
    return {"jobs/wine.yaml": text + more}


def endpoint(count: int) -> dict[str, str]:
    return {"jobs/wine-live.yaml": ENDPOINT.replace("COUNT", str(count))}


SHOWN = datetime(2026, 11, 25, tzinfo=UTC)


class Reported:
    """Documents live in the story for the planner, and in the repository for git and GitHub."""

    def __init__(self, folder: Path) -> None:
        self.host = Host.create(folder / "host")
        self.github = FakeHost(self.host.bare)
        self.story = Story({"environments/prod.yaml": ENVIRONMENT}, "prod")
        self.host.commit(self.story.files, "environment")

    def merge(self, number: int, files: Mapping[str, str | None], *, comment: bool = True) -> None:
        """Write files by a pull request, with the comment of its plan where one could be made."""
        head = self.host.commit(files, "asked", branch=f"change-{number}")
        self.github.propose(number, head)
        self.story.write(files)
        if comment:
            block = approval_block(document_of(self.story.plan()), head, SHOWN)
            Words(self.api).say(number, MARK, f"{MARK}\n\nplan\n\n{block}\n")
        self.github.merged(number, self.host.commit(files, f"asked (#{number})"))

    @property
    def api(self) -> GitHub:
        return GitHub.of(self.github.variables, remote=None)

    @property
    def reviews(self) -> Reviews:
        return Reviews(Pulls(self.api, "main"), Words(self.api), "prod")

    def apply(self, ends: str, *, number: int | None = None) -> None:
        """Apply; what is launched is launched for a pull request."""
        before = {name: set(record.runs) for name, record in self.story.records.items()}
        self.story.apply(ends)
        for name, record in self.story.records.items():
            for physical_name in set(record.runs) - before.get(name, set()):
                run = replace(record.runs[physical_name], who={"pull_request": number})
                self.story.records[name] = record.with_run(physical_name, run)

    def tell(self, plan: Plan | None = None, **more: Any) -> list[str]:
        """Report the plan that is left, or `plan`, from a checkout of main; what was written."""
        document = document_of(self.revised(plan or self.story.plan()))
        failed = any(note["code"] for note in document["notes"])
        report = {"plan": document, "outcomes": [], "repaired": [], "failed": failed, **more}
        return list(self.reporter(report).tell())

    def revised(self, plan: Plan) -> Plan:
        """The plan as one of main's newest commit."""
        return replace(plan, revision=Revision(self.host.git("rev-parse", "main")))

    def reporter(self, report: Mapping[str, Any] | None) -> Reporter:
        self.host.git("fetch", "--quiet", "origin", at=self.host.ada)
        self.host.git("checkout", "--quiet", "--detach", "origin/main", at=self.host.ada)
        pulls, words = Pulls(self.api, "main"), Words(self.api)
        return Reporter(
            "prod",
            dict(self.story.records),
            report,
            "main",
            Branches(self.api),
            pulls,
            words,
            Reviews(pulls, words, "prod"),
            Workspace.open(self.host.ada),
        )

    def said(self, number: int) -> str:
        """The comment on a pull request as a reader sees it."""
        (body,) = self.github.said_on(number)
        return unescape(body.replace("\\", "").partition("<!-- reconciler:approved")[0])


def document_of(plan: Plan) -> dict[str, Any]:
    return dict(json.loads(dumps(plan_document(plan))))
