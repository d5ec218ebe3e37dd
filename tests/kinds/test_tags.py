"""Tags of a request whose document lays its own over it."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.kinds.tags import overridden

OURS = {"sagemaker-gitops:name": "churn"}
OURS_SENT = {"Key": "sagemaker-gitops:name", "Value": "churn"}
TEAM = {"Key": "team", "Value": "x"}
OTHER = {"Key": "cost", "Value": "y"}


@pytest.mark.parametrize(
    ("overrides", "tags"),
    [
        (None, [TEAM, OURS_SENT]),
        ({"Name": "b"}, [TEAM, OURS_SENT]),
        ({"Tags": [OTHER]}, [OTHER, OURS_SENT]),
        ({"Tags": [OTHER, {"Key": "sagemaker-gitops:name", "Value": "z"}]}, [OTHER, OURS_SENT]),
        ({"Tags": None}, [OURS_SENT]),
        ({"Tags": ["team"]}, ["team", OURS_SENT]),
        ({"Tags": "team"}, "team"),
    ],
)
def test_the_reconcilers_own_tags_stay_whatever_a_document_says(
    overrides: dict[str, Any] | None, tags: Any
) -> None:
    """What is no list of tags is left for the service model to refuse."""
    request = {"Name": "a", "Tags": [TEAM, OURS_SENT]}
    assert overridden(request, overrides, {"team": "x", **OURS})["Tags"] == tags
