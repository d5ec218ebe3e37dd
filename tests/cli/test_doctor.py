"""`reconciler doctor`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from reconciler.cli.checks import Check, Verdict
from reconciler.cli.checks_aws import checks_of_aws
from reconciler.cli.checks_github import checks_of_github
from reconciler.core.call import Call
from reconciler.core.environment import Environment, Networking
from reconciler.core.ports import Cloud
from reconciler.core.schema import schema_text
from reconciler.errors import AccessDenied, NoCredentials, NotThere, ReconcilerError, Refused
from reconciler.kinds import KINDS
from tests.cli.conftest import PROD

ROLE = "arn:aws:iam::444455556666:role/ml"
ENVIRONMENT = Environment(
    name="prod",
    account_id="444455556666",
    region="eu-west-1",
    bucket="acme-ml-prod",
    role_arn=ROLE,
)
TRUST = {
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["sagemaker.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ]
}
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


class Account:
    """An account as far as the checks look at it; an answer that is an error is raised."""

    def __init__(self, **answers: Any) -> None:
        self.answers: dict[str, Any] = {
            "login": ("444455556666", "eu-west-1"),
            "HeadBucket": {"BucketRegion": "eu-west-1"},
            "GetRole": {"Role": {"Arn": ROLE, "AssumeRolePolicyDocument": TRUST}},
            **answers,
        }
        self.sent: list[Call] = []

    def identity(self) -> tuple[str, str]:
        return cast("tuple[str, str]", self._answer("login"))

    def send(self, call: Call) -> Mapping[str, Any]:
        self.sent.append(call)
        return cast("Mapping[str, Any]", self._answer(call.operation))

    def _answer(self, name: str) -> Any:
        answer = self.answers[name]
        if isinstance(answer, Exception):
            raise answer
        return answer


def aws(environment: Environment = ENVIRONMENT, **answers: Any) -> dict[str, Check]:
    account = cast("Cloud", Account(**answers))
    return {check.name: check for check in checks_of_aws(account, environment)}


def test_an_account_that_is_set_up_is_good() -> None:
    """Login, bucket and role, each with what it is."""
    found = aws()
    assert {check.verdict for check in found.values()} == {Verdict.GOOD}
    assert found["login"].message == "account 444455556666, eu-west-1"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (NoCredentials("expired", advice="log in"), "expired"),
        (("111122223333", "eu-west-1"), "the credentials are of account 111122223333"),
    ],
)
def test_with_a_wrong_login_nothing_else_is_asked(answer: Any, said: str) -> None:
    """What another account answers would mean nothing."""
    found = aws(login=answer)
    assert found["login"].verdict is Verdict.BAD and said in found["login"].message
    assert found["login"].advice
    assert found["bucket"].verdict is found["role"].verdict is Verdict.NOT_CHECKED


@pytest.mark.parametrize(
    ("answer", "verdict", "said"),
    [
        (AccessDenied("HeadBucket", "403", ""), Verdict.BAD, "not ours to look at"),
        (NotThere("HeadBucket", "404", ""), Verdict.BAD, "there is no acme-ml-prod"),
        (Refused("HeadBucket", "301", "moved"), Verdict.BAD, "301"),
        ({"BucketRegion": "us-east-1"}, Verdict.WARNING, "is in us-east-1"),
        ({}, Verdict.GOOD, "acme-ml-prod"),
    ],
)
def test_a_bucket_is_judged_by_its_answer(answer: Any, verdict: Verdict, said: str) -> None:
    """Missing, foreign, elsewhere."""
    bucket = aws(HeadBucket=answer)["bucket"]
    assert bucket.verdict is verdict and said in bucket.message


def role(**parts: Any) -> dict[str, Any]:
    return {"Role": {"Arn": ROLE, "AssumeRolePolicyDocument": TRUST, **parts}}


@pytest.mark.parametrize(
    ("answer", "verdict", "said"),
    [
        (AccessDenied("GetRole", "AccessDenied", ""), Verdict.NOT_CHECKED, "iam:GetRole"),
        (Refused("GetRole", "NoSuchEntity", ""), Verdict.BAD, "there is no role ml"),
        (Refused("GetRole", "ValidationError", "bad"), Verdict.BAD, "ValidationError"),
        (role(Arn="arn:aws:iam::444455556666:role/x/ml"), Verdict.BAD, "role/x/ml, not "),
        (role(AssumeRolePolicyDocument={"Statement": {}}), Verdict.BAD, "does not trust"),
        (role(AssumeRolePolicyDocument=None), Verdict.BAD, "does not trust"),
        (
            role(
                AssumeRolePolicyDocument={
                    "Statement": [{"Effect": "Deny", "Principal": {"Service": "*"}}]
                }
            ),
            Verdict.BAD,
            "does not trust",
        ),
    ],
)
def test_a_role_is_judged_by_its_answer(answer: Any, verdict: Verdict, said: str) -> None:
    """That it may not be looked at is no fault of the role."""
    found = aws(GetRole=answer)["role"]
    assert found.verdict is verdict and said in found.message


NAMES_MORE = ENVIRONMENT.model_copy(
    update={
        "kms_key_id": "alias/ml",
        "networking": Networking(subnets=["subnet-a"], security_group_ids=["sg-a"]),
    }
)


def test_a_key_and_a_network_are_looked_up_where_the_environment_names_them() -> None:
    """As a plan looks at those of its launches."""
    found = aws(
        NAMES_MORE,
        DescribeKey=Refused("DescribeKey", "NotFoundException", ""),
        DescribeSubnets={"Subnets": [{"SubnetId": "subnet-a", "VpcId": "vpc-a"}]},
        DescribeSecurityGroups={"SecurityGroups": [{"GroupId": "sg-a", "VpcId": "vpc-a"}]},
    )
    assert list(found) == ["login", "bucket", "role", "key", "network"]
    assert found["key"].message == "there is no key alias/ml"
    assert found["network"].verdict is Verdict.GOOD


def test_a_key_and_a_network_are_not_looked_up_with_a_wrong_login() -> None:
    found = aws(NAMES_MORE, login=("111122223333", "eu-west-1"))
    assert found["key"].verdict is found["network"].verdict is Verdict.NOT_CHECKED


def test_an_environment_without_a_role_is_a_warning() -> None:
    """Each job may name its own."""
    bare = ENVIRONMENT.model_copy(update={"role_arn": None})
    assert aws(bare)["role"].verdict is Verdict.WARNING


class Branches:
    """A repository on GitHub as far as the checks look at it."""

    def __init__(self, rules: Mapping[str, set[str]], last: datetime | None = NOW) -> None:
        self._rules = rules
        self._last = last

    def default_branch(self) -> str:
        return "main"

    def rules_of(self, branch: str) -> frozenset[str]:
        return frozenset(self._rules.get(branch, ()))

    def heartbeat(self, environment: str) -> datetime | None:
        return self._last


def github(view: Any, lock_branch: str | None = None) -> dict[str, Check]:
    environment = ENVIRONMENT.model_copy(update={"lock_branch": lock_branch})
    return {check.name: check for check in checks_of_github(view, environment, NOW)}


@pytest.mark.parametrize(
    ("rules", "lock_branch", "verdict", "said"),
    [
        ({}, None, Verdict.GOOD, "main takes commits from GITHUB_TOKEN"),
        ({"main": {"deletion", "non_fast_forward"}}, None, Verdict.GOOD, "main takes commits"),
        ({"main": {"pull_request", "deletion"}}, None, Verdict.WARNING, "(pull_request)"),
        ({"main": {"pull_request"}}, "lock", Verdict.GOOD, "lock takes commits"),
        (
            {"lock": {"update"}},
            "lock",
            Verdict.BAD,
            "the lock's own branch lock has rules (update)",
        ),
    ],
)
def test_rules_of_the_branch_say_how_the_lock_is_delivered(
    rules: dict[str, set[str]], lock_branch: str | None, verdict: Verdict, said: str
) -> None:
    """What keeps GITHUB_TOKEN out needs an App, or a branch of the lock's own."""
    found = github(Branches(rules), lock_branch)["lock delivery"]
    assert found.verdict is verdict and said in found.message
    assert (found.advice is None) == (verdict is Verdict.GOOD)


@pytest.mark.parametrize(
    ("last", "verdict"),
    [
        (NOW - timedelta(minutes=20), Verdict.GOOD),
        (NOW - timedelta(hours=30), Verdict.WARNING),
        (None, Verdict.WARNING),
    ],
)
def test_the_heartbeat_is_judged_by_its_age(last: datetime | None, verdict: Verdict) -> None:
    """A workflow that stopped running is found here."""
    assert github(Branches({}, last))["heartbeat"].verdict is verdict


def test_a_refusal_of_github_is_told() -> None:
    """Nothing is claimed of rules that nobody saw."""

    class Refusing(Branches):
        def rules_of(self, branch: str) -> frozenset[str]:
            raise ReconcilerError(f"GitHub: 403 {branch}")

    assert github(Refusing({}))["lock delivery"].verdict is Verdict.BAD


def test_a_local_repository_is_good_with_warnings(repo: Any) -> None:
    """Exit status 0; what could be better is said with what to type."""
    result = repo.run("doctor")
    assert result.exit_code == 0, result.output
    assert "✓ python " in result.stdout and "✓ git " in result.stdout
    assert "! schema         there is no schemas/spec.v1.json for editors\n" in result.stdout
    assert "                 reconciler schema -o schemas/spec.v1.json\n" in result.stdout
    assert "- remote         not checked: there is none\n" in result.stdout
    assert "✓ lock of local  0 records\n" in result.stdout
    assert " sandbox " in result.stdout
    repo.write({"schemas/spec.v1.json": schema_text(KINDS)})
    repo.git("remote", "add", "origin", "https://github.com/acme/ml.git")
    again = repo.run("doctor").stdout
    assert "✓ schema " in again and "✓ remote         github.com/acme/ml\n" in again


def test_what_does_not_work_is_exit_status_1(repo: Any) -> None:
    """An environment that cannot be read; a lock that cannot be."""
    (repo.root / "locks/local").mkdir(parents=True)
    (repo.root / "locks/local/digits.json").write_text("{")
    broken = repo.run("doctor")
    assert broken.exit_code == 1
    assert "✗ lock of local  " in broken.stdout and "is not a record" in broken.stdout
    (repo.root / "environments/local.yaml").write_text("name: [")
    unread = repo.run("doctor")
    assert unread.exit_code == 1 and "✗ environments " in unread.stdout


def test_outside_a_repository_only_the_computer_is_looked_at(tmp_path: Any, repo: Any) -> None:
    """No traceback."""
    result = repo.run("-C", str(tmp_path), "doctor")
    assert result.exit_code == 1
    assert "✓ git " in result.stdout and "✗ repository " in result.stdout
    assert "Traceback" not in result.output


def test_machines_get_a_document(repo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the verdict of each check; without credentials the login is bad."""
    repo.write({"environments/prod.yaml": PROD})
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    result = repo.run("doctor", "-e", "prod", "-o", "json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["format"] == "reconciler/doctor/v1" and document["ok"] is False
    verdicts = {check["name"]: check["verdict"] for check in document["checks"]}
    assert verdicts["login"] == "bad"
    assert verdicts["bucket"] == verdicts["heartbeat"] == "not_checked"
    assert verdicts["remote"] == "warning"
    assert "sandbox" not in verdicts
