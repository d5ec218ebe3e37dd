"""`reconciler show`."""

from __future__ import annotations

import json
from typing import Any

JOB = "jobs/digits.yaml"


def test_a_document_is_shown_with_all_it_inherits(repo: Any) -> None:
    """What the defaults and the environment say is in it."""
    repo.write(
        {
            "jobs/_defaults.yaml": "apiVersion: sagemaker-gitops/v1\nkind: Defaults\n"
            "hyperparameters: {depth: 4}\n"
        }
    )
    text = repo.run("show", "digits", "--origin").stdout
    assert text.startswith("# jobs/digits.yaml in environment local\n# digits-")
    lines = {line.split("#")[0].strip(): line.rpartition("# ")[2] for line in text.splitlines()}
    assert lines["depth: 4"] == "jobs/_defaults.yaml:3"
    assert lines["eta: 0.10"] == "jobs/digits.yaml:11"
    assert lines["role_arn: arn:aws:iam::000000000000:role/local"] == "environments/local.yaml:7"


def test_the_request_is_exactly_what_will_be_sent(repo: Any) -> None:
    """As JSON that awscli takes, values of the environment as fingerprints."""
    result = repo.run("show", "digits", "--request")
    request = json.loads(result.stdout)
    assert request["TrainingJobName"].startswith("digits-")
    assert request["ResourceConfig"]["InstanceType"] == "ml.m5.large"
    assert request["HyperParameters"]["eta"] == "0.10"
    assert list(request["Environment"]) == ["TOKEN"]
    assert "s3cr3t" not in result.output


def test_an_input_that_is_not_there_yet_is_said_in_words(repo: Any) -> None:
    """A request can be read before its upstream ran."""
    job = (repo.root / JOB).read_text().replace("name: digits", "name: after")
    repo.write({"jobs/after.yaml": f"{job}inputs: {{base: {{job: digits}}}}\n"})
    request = json.loads(repo.run("show", "after", "--request").stdout)
    [channel] = [c for c in request["InputDataConfig"] if c["ChannelName"] == "base"]
    assert "<the artifact of digits>" in channel["DataSource"]["S3DataSource"]["S3Uri"]


def test_machines_get_a_document(repo: Any) -> None:
    """With the origins when asked."""
    document = json.loads(repo.run("show", "digits", "--origin", "-o", "json").stdout)
    assert document["format"] == "reconciler/show/v1"
    assert document["resolved"]["hyperparameters"]["epochs"] == 10
    assert document["origins"]["hyperparameters.epochs"] == "jobs/digits.yaml:11"
    assert document["resolved"]["env"]["TOKEN"].startswith("sha256:")


def test_an_unknown_name_gets_a_suggestion(repo: Any) -> None:
    """Exit status 1."""
    result = repo.run("show", "digit")
    assert result.exit_code == 1
    assert "did you mean `digits`?" in result.stderr


def test_a_broken_document_shows_its_problems(repo: Any) -> None:
    """Not `unknown`."""
    repo.write({JOB: (repo.root / JOB).read_text().replace("compute:", "computer:")})
    result = repo.run("show", "digits")
    assert result.exit_code == 1
    assert "error[E101]" in result.stderr and "computer:" in result.stderr


def test_a_document_that_lacks_something_is_shown_as_far_as_it_goes(repo: Any) -> None:
    """With its problems on stderr, so that E102 can be mended: what is there, and from where."""
    repo.write({JOB: (repo.root / JOB).read_text().replace("instance_type: ml.m5.large, ", "")})
    result = repo.run("show", "digits", "--resolved")
    assert result.exit_code == 1
    assert "error[E102]" in result.stderr and "compute.instance_type" in result.stderr
    assert result.stdout.startswith("# jobs/digits.yaml in environment local: not valid yet\n")
    assert "  instance_count: 1\n" in result.stdout
    assert "role_arn: arn:aws:iam::000000000000:role/local\n" in result.stdout
    assert "s3cr3t" not in result.output
    assert repo.run("show", "digits", "--request").stdout == ""


def test_values_of_the_environment_stay_hidden_whatever_form_they_have(repo: Any) -> None:
    """A document of the wrong form is not shown, since nobody knows what in it is a value."""
    text = (repo.root / JOB).read_text().replace("{TOKEN: s3cr3t-value}", "[TOKEN=s3cr3t-value]")
    repo.write({JOB: text})
    result = repo.run("show", "digits")
    assert result.exit_code == 1
    assert result.stdout == "" and "s3cr3t" not in result.stderr
