"""Values of the container's environment become fingerprints that still tell a change."""

from __future__ import annotations

from reconciler.core.redact import fingerprints, with_environment, without_environment

CONTENT = {
    "env": {"TOKEN": "s3cr3t"},
    "hyperparameters": {"a": "1"},
    "api_overrides": {"Environment": {"OTHER": "s3cr3t"}, "RoleArn": "arn"},
}


def test_no_value_is_left_and_nothing_else_changes() -> None:
    redacted = fingerprints(CONTENT)
    assert "s3cr3t" not in repr(redacted)
    assert redacted["hyperparameters"] == {"a": "1"}
    assert redacted["api_overrides"]["RoleArn"] == "arn"
    assert list(redacted["env"]) == ["TOKEN"]


def test_a_fingerprint_stays_and_follows_the_value() -> None:
    once = fingerprints(CONTENT)
    assert fingerprints(once) == once
    assert fingerprints({"env": {"TOKEN": "other"}})["env"] != once["env"]


def test_a_request_keeps_the_keys_of_its_environment() -> None:
    request = without_environment({"Environment": {"TOKEN": "s3cr3t"}, "RoleArn": "arn"})
    assert "s3cr3t" not in repr(request)
    assert list(request["Environment"]) == ["TOKEN"]
    assert request["RoleArn"] == "arn"


def test_every_container_of_a_model_has_its_values_hidden() -> None:
    secret = {"TOKEN": "s3cr3t"}
    content = {
        "containers": [{"env": secret}, {"image": "i:1"}],
        "api_overrides": {"PrimaryContainer": {"Environment": secret}},
    }
    assert "s3cr3t" not in repr(fingerprints(content))
    assert fingerprints(fingerprints(content)) == fingerprints(content)
    request = {"Containers": [{"Environment": secret, "Image": "i:1"}], "ModelName": "m"}
    hidden = without_environment(request)
    assert "s3cr3t" not in repr(hidden)
    assert hidden["Containers"][0]["Image"] == "i:1"
    assert with_environment(hidden, request) == request


def test_only_the_environment_of_a_recorded_request_is_rendered_again() -> None:
    recorded = {"PrimaryContainer": {"Image": "i@sha256:1", "Environment": {"A": "sha256:0"}}}
    rendered = {"PrimaryContainer": {"Image": "i:1", "Environment": {"A": "b"}}, "New": 1}
    assert with_environment(recorded, rendered) == {
        "PrimaryContainer": {"Image": "i@sha256:1", "Environment": {"A": "b"}}
    }
