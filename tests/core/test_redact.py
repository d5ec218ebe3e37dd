"""Values of the container's environment become fingerprints that still tell a change."""

from __future__ import annotations

from reconciler.core.redact import fingerprints, without_environment

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
