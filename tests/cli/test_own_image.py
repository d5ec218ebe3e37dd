"""A script in an own image without AWS's training toolkit, on the local engine from end to end."""

from __future__ import annotations

import json
import sys
from typing import Any

ENVIRONMENT = f"""\
apiVersion: sagemaker-gitops/v1
kind: Environment
name: local
engine: local
default: true
bucket: local-ml
images: {{"*/own": {sys.executable}}}
"""
JOB = """\
apiVersion: sagemaker-gitops/v1
kind: TrainingJob
name: own
version: 1
container:
  image: 111122223333.dkr.ecr.us-east-1.amazonaws.com/own:1
  source_dir: code
  entry_script: train.py
  training_toolkit: false
hyperparameters: {text: "it's", lr: 0.10}
compute: {instance_type: ml.m5.large, instance_count: 1}
metrics: {lr: 'lr=([0-9.]+)'}
"""
TRAIN = """\
import os, sys
args = dict(zip(sys.argv[1::2], sys.argv[2::2]))
assert args == {"--lr": "0.1", "--text": "it's"}, args
print("lr=" + args["--lr"], flush=True)
open(os.path.join(os.environ["SM_MODEL_DIR"], "model.txt"), "w").write(os.environ["SM_HOSTS"])
"""


def test_it_trains_and_leaves_its_model(make_repo: Any) -> None:
    """With the arguments and folders that the toolkit would give it."""
    repo = make_repo(
        {
            "environments/local.yaml": ENVIRONMENT,
            "jobs/own.yaml": JOB,
            "code/train.py": TRAIN,
            ".gitignore": ".reconciler/\nlocks/local/\n",
        }
    )
    result = repo.run("apply")
    assert result.exit_code == 0, result.output
    record = json.loads((repo.root / "locks/local/own.json").read_text())
    (run,) = record["runs"].values()
    assert run["state"] == "completed"
    assert run["metrics"] == {"lr": "0.1"}
