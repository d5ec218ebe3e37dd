"""A key that launches name is there and can encrypt, or the reviewer is told."""

from __future__ import annotations

from typing import cast

import pytest

from reconciler.core.call import Call
from reconciler.core.checks import Verdict
from reconciler.core.plan import Action, Change
from reconciler.core.ports import Cloud
from reconciler.errors import AccessDenied, Refused, Unanswered
from reconciler.reconcile.preflight_keys import key_checks, keys_of
from tests.support.ahead import Account, Answer, looked_up, told
from tests.support.story import Story
from tests.test_scenarios import BASE

KEY = "arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"
USABLE = {
    "KeyId": KEY.rpartition("/")[2],
    "KeyState": "Enabled",
    "KeyUsage": "ENCRYPT_DECRYPT",
    "KeySpec": "SYMMETRIC_DEFAULT",
}


def test_each_key_is_described_once_wherever_it_stands() -> None:
    """But no key of AWS's own."""
    output = {"OutputDataConfig": {"S3OutputPath": "s3://b/", "KmsKeyId": KEY}}
    serverless = {"VolumeKmsKeyId": "alias/other"}
    trained = Call("CreateTrainingJob", {**output, "ResourceConfig": serverless})
    dump = {"DestinationS3Uri": "s3://b/", "KmsKeyId": "alias/dump"}
    served = Call(
        "CreateEndpointConfig",
        {
            "KmsKeyId": KEY,
            "ProductionVariants": [{"VariantName": "a", "CoreDumpConfig": dump}],
            "DataCaptureConfig": {"KmsKeyId": "alias/aws/s3"},
        },
    )
    change = Change(Action.LAUNCH, "Endpoint", "x", 1, "x", "0" * 64, calls=(trained, served))
    account = Account(DescribeKey={"KeyMetadata": USABLE})
    wanted = [KEY, "alias/other", "alias/dump"]
    assert told(looked_up(account, change)) == [(Verdict.GOOD, key) for key in wanted]
    assert [call.params for call in account.sent] == [{"KeyId": key} for key in wanted]


@pytest.mark.parametrize(
    ("answer", "verdict", "said"),
    [
        ({"KeyMetadata": USABLE}, Verdict.GOOD, KEY),
        ({"KeyMetadata": {**USABLE, "KeyState": "Disabled"}}, Verdict.BAD, "is Disabled"),
        (
            {"KeyMetadata": {**USABLE, "KeyState": "PendingDeletion"}},
            Verdict.BAD,
            "PendingDeletion",
        ),
        ({"KeyMetadata": {**USABLE, "KeyUsage": "SIGN_VERIFY"}}, Verdict.BAD, "for SIGN_VERIFY"),
        ({"KeyMetadata": {**USABLE, "KeySpec": "RSA_2048"}}, Verdict.BAD, "with RSA_2048"),
        (Refused("DescribeKey", "NotFoundException", "x"), Verdict.BAD, f"there is no key {KEY}"),
        (Refused("DescribeKey", "SomethingNew", "x"), Verdict.NOT_CHECKED, "SomethingNew"),
        (AccessDenied("DescribeKey", "AccessDenied", "x"), Verdict.NOT_CHECKED, "kms:DescribeKey"),
    ],
)
def test_a_key_is_judged_by_its_answer(answer: Answer, verdict: Verdict, said: str) -> None:
    [found] = key_checks(cast("Cloud", Account(DescribeKey=answer)), [KEY])
    assert found.verdict is verdict and said in found.message


def test_who_does_not_answer_for_one_key_is_not_asked_for_the_next() -> None:
    account = Account(DescribeKey=Unanswered("DescribeKey", "ConnectTimeoutError", "x"))
    found = list(key_checks(cast("Cloud", account), ["alias/a", "alias/b", "alias/c"]))
    assert len(account.sent) == 1 and "alias/a" in found[0].message
    assert told(found[1:]) == [(Verdict.NOT_CHECKED, "2 more were not looked up")]


def test_a_plan_of_many_keys_takes_a_bounded_number_of_calls() -> None:
    account = Account(DescribeKey={"KeyMetadata": USABLE})
    found = list(key_checks(cast("Cloud", account), [f"alias/{i}" for i in range(23)]))
    assert len(account.sent) == 20 and found[-1].message == "3 more were not looked up"


def test_the_key_of_what_a_launch_uploads_is_looked_up_too() -> None:
    """That of the environment, though the job encrypts its outputs with another one."""
    environment = BASE["environments/prod.yaml"] + "kms_key_id: alias/uploads\n"
    own = BASE["jobs/churn.yaml"] + "output: {kms_key_id: alias/outputs}\n"
    own = own.replace("{train: s3://acme-ml/churn/}", "{train: {path: data/churn}}")
    files = {"environments/prod.yaml": environment, "jobs/churn.yaml": own}
    [change] = Story({**BASE, **files, "data/churn/a.csv": "1\n"}, "prod").plan().changes
    assert list(keys_of(change)) == ["alias/outputs", "alias/uploads"]
