"""The roles that `init` writes allow exactly the operations that the code sends."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from botocore import xform_name

from tests.cli.test_init import statements, written_roles
from tests.test_house import MODULES

NAMES = {
    ("s3", "HeadBucket"): "s3:ListBucket",
    ("s3", "HeadObject"): "s3:GetObject",
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("service-quotas", "ListServiceQuotas"): "servicequotas:ListServiceQuotas",
    ("sts", "GetCallerIdentity"): None,
}
"""Actions that are not called like their operations (Service Authorization Reference); None where
no permission is needed."""

AHEAD = ("reconcile/preflight", "cli/checks_aws.py")
"""Modules that look at what launches need, for plans and `doctor`; apply sends none of it."""

COPIES = {"core/evidence.py", "core/launching.py", "cli/imported.py", "kinds/endpoint/importing.py"}
"""Modules whose calls repeat an operation that stands elsewhere, or are only compared."""

READS = re.compile(r"[a-z0-9]+:(Describe|List|Get|Search|BatchGet)[A-Za-z]*")


class Sent(NamedTuple):
    """An operation as it stands in the code."""

    module: str
    service: str
    operation: str | None
    """None where it is no literal."""


def sent() -> Iterator[Sent]:
    """Every call as a value, and every one that an adapter makes on a client of boto3."""
    for module, source in MODULES.items():
        if module.startswith("local/"):
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call):
                yield from _of_value(module, node)
                yield from _of_client(module, node)


def _of_value(module: str, node: ast.Call) -> Iterator[Sent]:
    """`Call("GetRole", {…}, service="iam")`; one without an operation is only compared."""
    if not isinstance(node.func, ast.Name) or node.func.id != "Call":
        return
    named = [word.value for word in node.keywords if word.arg == "service"]
    operation, *_ = words = [_literal(word) for word in (*node.args[:1], *node.args[2:], *named)]
    if operation != "":
        yield Sent(module, words[1] or "" if len(words) > 1 else "sagemaker", operation)


def _of_client(module: str, node: ast.Call) -> Iterator[Sent]:
    """`clients.get("s3").head_object(…)`"""
    match node.func:
        case ast.Attribute(
            value=ast.Call(func=ast.Attribute(value=owner, attr="get"), args=[service, *_]),
            attr=method,
        ) if "clients" in ast.unparse(owner):
            name = _literal(service) or ""
            (operation,) = [op for op in _operations(name) if xform_name(op) == method]
            yield Sent(module, name, operation)


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _operations(service: str) -> list[str]:
    from botocore.session import Session

    return list(Session().get_service_model(service).operation_names)


def action(one: Sent) -> str | None:
    """The permission that an operation needs."""
    return NAMES.get((one.service, one.operation or ""), f"{one.service}:{one.operation}")


SENT = list(sent())


@pytest.fixture(scope="module")
def allowed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What each role may do, its statements one after the other."""
    roles: dict[str, dict[str, Any]] = written_roles(tmp_path_factory.mktemp("roles"))
    return {
        name: [a for s in statements(role) if s["Effect"] == "Allow" for a in s["Action"]]
        for name, role in roles.items()
        if name in ("PlanRole", "ApplyRole")
    }


def test_every_operation_stands_literally_in_the_code() -> None:
    """Where it does not, it is one that stands elsewhere."""
    assert {one.module for one in SENT if one.operation is None} <= COPIES
    assert {one.service for one in SENT} >= {"sagemaker", "s3", "ecr", "logs", "iam", "kms", "ec2"}
    assert {one.module for one in SENT} >= {
        "adapters/s3.py",
        "kinds/tags.py",
        "kinds/endpoint/kind.py",
        "reconcile/taking_over.py",
        "reconcile/preflight.py",
    }


def test_the_plan_role_may_do_all_that_looks_and_nothing_else(
    allowed: dict[str, list[str]],
) -> None:
    """Logs are read by `apply` and people."""
    wanted = {action(one) for one in SENT if one.operation}
    looks = {name for name in wanted if name and READS.fullmatch(name)}
    assert set(allowed["PlanRole"]) == looks
    assert len(allowed["PlanRole"]) == len(looks)


def test_the_apply_role_may_do_all_that_is_sent_and_nothing_else(
    allowed: dict[str, list[str]],
) -> None:
    """But for what only looks ahead. To launch is also to hand the execution role on."""
    of_apply = [one for one in SENT if one.operation and not one.module.startswith(AHEAD)]
    wanted = {name for one in of_apply if (name := action(one))}
    assert set(allowed["ApplyRole"]) == {*wanted, "iam:PassRole"}
    twice = {name for name in allowed["ApplyRole"] if allowed["ApplyRole"].count(name) > 1}
    assert twice == {"sagemaker:AddTags"}  # on what is created, and on what is ours


def test_no_role_of_a_workflow_has_a_wildcard_for_an_action(
    allowed: dict[str, list[str]],
) -> None:
    assert not [name for names in allowed.values() for name in names if "*" in name]
