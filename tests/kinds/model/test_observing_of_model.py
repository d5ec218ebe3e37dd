"""What SageMaker says of a model, and what is compared with it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.core.call import Call
from reconciler.core.images import references, replaced
from reconciler.core.live import Outcome, Phase
from reconciler.errors import NotThere, Refused, ServiceError
from tests.kinds.model.models import KIND, model, request, several

ARN = "arn:aws:sagemaker:eu-west-1:111122223333:model/churn-0123456789"


def described(params: dict[str, Any]) -> dict[str, Any]:
    """What Describe would answer to a created model, with the defaults that SageMaker adds."""
    answer = {**params, "ModelArn": ARN, "CreationTime": datetime(2026, 11, 25, tzinfo=UTC)}
    if "PrimaryContainer" in answer:
        answer["PrimaryContainer"] = {"Mode": "SingleModel", **answer["PrimaryContainer"]}
    return {key: value for key, value in answer.items() if key != "Tags"}


def test_what_can_be_described_is_ready() -> None:
    seen = KIND.observe(described(request()))
    assert (seen.physical_name, seen.arn) == ("churn-0123456789", ARN)
    assert (seen.phase, seen.outcome) == (Phase.READY, Outcome.DONE)
    assert seen.times == {"created": "2026-11-25T00:00:00Z"}
    assert seen.tags is None


@pytest.mark.parametrize("change", [{}, several({"image": "i:1"}, {"image": "j:1"})])
def test_a_model_is_the_same_as_its_own_request(change: dict[str, Any]) -> None:
    params = request(change)
    assert KIND.same(Call("CreateModel", params), KIND.observe(described(params))) == ()


def test_a_tag_and_a_digest_of_one_repository_are_the_same_image() -> None:
    call = Call("CreateModel", request())
    (tag,) = references(call, KIND.image_members)
    digest = tag.removesuffix(":1") + "@sha256:" + "0" * 64
    pinned = replaced(call, KIND.image_members, {tag: digest})
    assert KIND.same(call, KIND.observe(described(pinned.params))) == ()


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"container": {"image": "other:1"}}, "PrimaryContainer.Image"),
        ({"role_arn": "arn:aws:iam::111122223333:role/other"}, "ExecutionRoleArn"),
        ({"artifact": {"job": None, "s3_uri": "s3://b/x.tar.gz"}}, "PrimaryContainer.ModelDataUrl"),
    ],
)
def test_another_model_differs_in_its_member(change: dict[str, Any], path: str) -> None:
    other = KIND.observe(described(request(change)))
    assert KIND.same(Call("CreateModel", request()), other) == (path,)


def test_found_models_have_their_tags() -> None:
    params = request()
    found = {**described(params), "Tags": [{"Key": "a", "Value": "b"}]}
    page = {"Results": [{"Model": {"Model": found}}, {"TrainingJob": {}}]}
    (seen,) = KIND.found(page)
    assert (seen.physical_name, seen.tags) == ("churn-0123456789", {"a": "b"})


@pytest.mark.parametrize(
    ("error", "missing"),
    [
        (Refused("DescribeModel", "ValidationException", 'Could not find model "arn:…".'), True),
        (NotThere("DescribeModel", "ResourceNotFound", "x"), True),
        (Refused("DescribeModel", "ValidationException", "1 validation error detected"), False),
        (Refused("DescribeModel", "AccessDenied", "Could not find model"), False),
    ],
)
def test_only_the_texts_of_a_model_mean_that_it_is_not_there(
    error: ServiceError, missing: bool
) -> None:
    assert KIND.is_missing(error) is missing


def test_only_its_tags_change_in_place() -> None:
    seen = KIND.observe(described(request()))
    before = KIND.in_place_values(model({"tags": {"a": "1", "b": "2"}}))
    calls = KIND.update(model({"tags": {"a": "3"}, "owner": "ml"}), before, seen)
    added = [{"Key": "a", "Value": "3"}, {"Key": "owner", "Value": "ml"}]
    assert calls == (
        Call("AddTags", {"ResourceArn": ARN, "Tags": added}),
        Call("DeleteTags", {"ResourceArn": ARN, "TagKeys": ["b"]}),
    )


def test_prune_deletes_the_model_and_nothing_else() -> None:
    assert KIND.delete("churn-0123456789") == (
        Call("DeleteModel", {"ModelName": "churn-0123456789"}),
    )
    assert KIND.delete_live("churn") == ()
