"""An endpoint can be asked over HTTP and by hand, too."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner

from reconciler.cli.main import cli
from reconciler.local.serve import serve

ENVIRONMENT = """\
apiVersion: sagemaker-gitops/v1
kind: Environment
name: local
engine: local
default: true
bucket: local-ml
role_arn: arn:aws:iam::000000000000:role/local
"""


def test_an_endpoint_answers_over_http(house: Any) -> None:
    house.model("triple", 3)
    house.endpoint("triple")
    server = serve(house.root)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        runtime = boto3.client(
            "sagemaker-runtime",
            region_name="us-east-1",
            endpoint_url=f"http://127.0.0.1:{server.port}",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        answer = runtime.invoke_endpoint(
            EndpointName="e", Body=b"[2]", Accept="application/json", CustomAttributes="c000b4f9"
        )
        assert json.load(answer["Body"]) == [6]
        assert answer["ContentType"] == "application/json"
        with pytest.raises(ClientError, match="Endpoint x of account") as caught:
            runtime.invoke_endpoint(EndpointName="x", Body=b"[2]")
        assert caught.value.response["Error"]["Code"] == "ValidationError"
        with pytest.raises(runtime.exceptions.ModelError) as failed:
            runtime.invoke_endpoint(EndpointName="e", Body=b"{")
        assert failed.value.response["OriginalStatusCode"] == 500
    finally:
        server.close()
        thread.join()


@pytest.fixture
def repository(tmp_path: Path, local_root: Path) -> Path:
    """A repository whose local engine is that of the house."""
    folder = tmp_path / "repository"
    (folder / "environments").mkdir(parents=True)
    images = (local_root / "images.json").read_text()
    text = f"{ENVIRONMENT}images: {images}\n"
    (folder / "environments/local.yaml").write_text(text)
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
    for arguments in (["add", "-A"], ["commit", "-q", "-m", "first"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    (folder / ".reconciler").mkdir()
    (folder / ".reconciler/local").symlink_to(local_root)
    return folder


def test_the_command_line_asks_lists_and_ends_endpoints(house: Any, repository: Path) -> None:
    def run(*arguments: str, input: str | None = None) -> Any:
        return CliRunner().invoke(cli, ["-C", str(repository), "local", *arguments], input=input)

    house.model("triple", 3)
    house.endpoint("triple")
    (repository / "numbers.json").write_text("[5]")
    assert run("invoke", "e", "--body", "[1, 2]").stdout == "[3, 6]\n"
    assert run("invoke", "e", "--body", f"@{repository}/numbers.json").stdout == "[15]\n"
    assert run("invoke", "e", input="[7]").stdout == "[21]\n"
    missing = run("invoke", "e", "--body", "@nothing.json")
    assert (missing.exit_code, "nothing.json" in missing.stderr) == (2, True)
    refused = run("invoke", "x", "--body", "[1]")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("error: endpoint x: ValidationError: Endpoint x of account")
    listed = run("ls").stdout
    assert "1 model\n  triple\n1 endpoint\n  e  InService\n" in listed
    document = json.loads(run("ls", "-o", "json").stdout)
    assert document["endpoints"] == [{"name": "e", "status": "InService", "failure_reason": None}]
    assert run("reset", "--yes").exit_code == 0
    house.wait_for(lambda: not house.supervisors())
    assert house.groups() == []
    assert run("ls").stdout == "0 launches\n0 objects\n"
