"""Owner tags say whose a thing is, in the characters that SageMaker allows."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.environment import Environment
from reconciler.core.ownership import is_ours, owner_tags, tag_value
from reconciler.core.resource import Revision

PROD = Environment(name="prod", bucket="acme-ml")
REVISION = Revision("c" * 40, repository="github.com/acme/ml")


@given(st.text(max_size=300))
def test_any_text_becomes_an_allowed_tag_value(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9 _.:/=+\-@]{0,256}", tag_value(text))


def test_usual_paths_stay_readable() -> None:
    assert tag_value("jobs/churn/churn-xgb.yaml") == "jobs/churn/churn-xgb.yaml"
    assert tag_value("jobs/données.yaml") == "jobs/donn=C3=A9es.yaml"


def test_ours_means_repository_environment_and_name() -> None:
    tags = owner_tags("churn", PROD, REVISION)
    assert is_ours({**tags, "cost-center": "x"}, "churn", PROD, REVISION)


@pytest.mark.parametrize("key", list(owner_tags("churn", PROD, REVISION)))
def test_one_other_owner_tag_makes_it_somebody_elses(key: str) -> None:
    tags = owner_tags("churn", PROD, REVISION)
    assert not is_ours({**tags, key: "other"}, "churn", PROD, REVISION)
    assert not is_ours({k: v for k, v in tags.items() if k != key}, "churn", PROD, REVISION)


def test_tags_that_nobody_asked_for_prove_nothing() -> None:
    assert not is_ours(None, "churn", PROD, REVISION)


def test_the_environment_document_can_name_the_repository() -> None:
    named = Environment(name="prod", bucket="acme-ml", repository="ml-jobs")
    assert owner_tags("churn", named, REVISION)["sagemaker-gitops:repository"] == "ml-jobs"
