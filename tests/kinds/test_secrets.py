"""Values that look like secrets are refused, ordinary ones are not, and none is ever shown."""

from __future__ import annotations

import pytest

from reconciler.kinds.secrets import kind_of_secret
from tests.kinds.jobs import findings

RANDOM = "q7Zt2Lx9Wm4Kd8Rv1Bn6"
SECRETS = {
    "K1": "AKIA" + "ABCDEFGHIJKLMNOP",
    "K2": "prefix -----BEGIN RSA " + "PRIVATE KEY-----",
    "K3": "ghp_" + "a1B2c3D4e5" * 4,
    "K4": "hf_" + "abcdefghij" * 4,
    "K5": "postgres://user:" + "hunter2@db.internal/x",
    "K6": "eyJhbGciOiJI." + "eyJzdWIiOiIx.abc",
    "K7": "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY",
    "WANDB_API_KEY": "0123456789abcdef0123456789abcdef01234567",
    "DB_PASSWORD": RANDOM,
    "SERVICE_TOKEN": RANDOM,
    "ADMIN_PASSWORD": "hunter2hunter2",
    "PGPASSWORD": "changeme",
    "CLIENT_SECRET": "hunter2",
}
ORDINARY = {
    "COMMIT": "47f07106249de7bea6fa83313b3ee8bb52bad891",
    "SHA256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "TOKENIZERS_PARALLELISM": "false",
    "max_tokens": "2048",
    "eos_token": "<|endoftext|>",
    "pad_token": "[PAD]",
    "stop_token": "token0",
    "model.unk-token": "gpt2xx4you",
    "API_KEY_SECRET": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:wandb-a1b2c3",
    "tokenizer": "distilbert-base-uncased-finetuned-sst-2-english",
    "DB_SECRET": "prod/churn/db2",
    "SMTP_PASSWORD": "prod/churn/smtp",
    "MAIL_PASSWORD": "{{resolve:secretsmanager:mail}}",
    "TOKENIZER": "bert4uncased",
    "TOKEN_COUNT": "100000",
    "mask_token": "[MASK1]",
    "bos_token": "extra_id_0",
    "sep_token": "separator",
    "PWD": "/opt/ml/code",
    "DATA": "s3://acme-ml-data/churn/2026-11/train/part-00000.csv",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
    "MASTER": "https://tracking.example.com:5000/path",
}


@pytest.mark.parametrize("key", SECRETS)
def test_a_secret_is_found_in_the_environment_and_not_shown(key: str) -> None:
    found = findings({"env": {key: SECRETS[key]}})
    assert [(f.code, f.path) for f in found] == [("E208", ("env", key))]
    assert SECRETS[key] not in found[0].message + (found[0].help or "")


@pytest.mark.parametrize("key", ORDINARY)
def test_an_ordinary_value_is_no_secret(key: str) -> None:
    assert kind_of_secret(key, ORDINARY[key]) is None


@pytest.mark.parametrize(
    "change",
    [
        {"hyperparameters": {"nested": {"list": [SECRETS["K3"]]}}},
        {"tags": {"t": SECRETS["K1"]}},
        {"container": {"arguments": ["--key", SECRETS["K1"]]}},
        {"api_overrides": {"Environment": {"A": SECRETS["K4"]}}},
    ],
)
def test_every_place_that_describe_shows_is_searched(change: dict[str, object]) -> None:
    assert [f.code for f in findings(change)] == ["E208"]
