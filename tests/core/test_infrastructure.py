"""Where an environment lies is checked at the environment, once."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from reconciler.core.document import read
from reconciler.core.environment import Environment
from reconciler.core.nodes import plain
from reconciler.core.shape import problems_of

WHOLE = {"name": "prod", "bucket": "acme-ml", "region": "eu-west-1"}


def help_of(key: str, value: str) -> str | None:
    """What is said about a wrong value of one key."""
    text = "".join(f"{k}: {v}\n" for k, v in (WHOLE | {key: value}).items())
    node = read(text.encode(), "environments/prod.yaml")
    with pytest.raises(ValidationError) as caught:
        Environment.model_validate(plain(node))
    (problem,) = problems_of(caught.value, node, Environment)
    assert problem.code == "E103"
    assert problem.message.startswith(f"`{key}`: ")
    return problem.help


@pytest.mark.parametrize(
    ("bucket", "cure"),
    [
        ("s3://acme-ml", "`bucket: acme-ml`: "),
        ("s3://acme-ml/", "`bucket: acme-ml`: "),
        ("acme-ml/team/a/", "`bucket: acme-ml` and `prefix: team/a`"),
        ("Acme_ML", "the name alone"),
        ("arn:aws:s3:eu-west-1:444455556666:accesspoint/ml", "its alias"),
        ("ab", "the name alone"),
    ],
)
def test_a_bucket_is_a_name_alone(bucket: str, cure: str) -> None:
    assert cure in str(help_of("bucket", bucket))


@pytest.mark.parametrize("bucket", ["a.b-c", "123", "ml-ap-hrzrlukc5m36ft7okagglf3gm-s3alias"])
def test_a_bucket_may_be_any_that_s3_allows(bucket: str) -> None:
    assert Environment.model_validate(WHOLE | {"bucket": bucket}).bucket == bucket


@pytest.mark.parametrize(
    ("region", "guess"),
    [
        ("eu-west1", "`eu-west-1`"),
        ("EU-WEST-1", "`eu-west-1`"),
        ("eu_west_1", "`eu-west-1`"),
        ("us-gov-wset-1", "`us-gov-west-1`"),
    ],
)
def test_a_region_that_cannot_be_one_is_told_with_the_one_that_was_meant(
    region: str, guess: str
) -> None:
    assert guess in str(help_of("region", region))


@pytest.mark.parametrize(
    "region",
    ["us-gov-west-1", "cn-northwest-1", "us-isob-east-1", "eusc-de-east-1", "xx-southeast-12"],
)
def test_a_region_that_is_not_known_yet_is_taken(region: str) -> None:
    assert Environment.model_validate(WHOLE | {"region": region}).region == region


def test_a_branch_is_told_in_words() -> None:
    assert help_of("lock_branch", "/state/") == "write `state`"
    assert help_of("lock_branch", "a b") is None
