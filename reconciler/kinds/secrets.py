"""Secrets: values that everybody who may describe a thing on SageMaker could read.

SageMaker shows environment, hyperparameters, arguments and tags in Describe and in events; botocore
says of both maps that they must hold no secrets. A message never shows the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from reconciler.core.kind import Finding
from reconciler.kinds.findings import Path

KNOWN_FORMS = (
    ("an AWS access key id", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("a GitHub token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_[A-Za-z0-9_]{22,}")),
    ("a GitLab token", re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}")),
    ("a Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{30,}\b")),
    ("a Slack token", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}")),
    ("a Google API key", re.compile(r"\bAIza[A-Za-z0-9_-]{35}\b")),
    ("an API key", re.compile(r"\bsk-[A-Za-z0-9_-]{20,}")),
    ("a JSON web token", re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.")),
    ("a password in a URL", re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s:@]{3,}@")),
)  # fmt: skip
"""Forms of well-known secrets, with what to call them."""

_TELLING_NAME = re.compile(
    r"(?:^|[_.-])(?:secret|token|password|passwd|api[_-]?key|access[_-]?key|secret[_-]?key"
    r"|private[_-]?key|credentials?)$",
    re.IGNORECASE,
)
_PASSWORD_NAME = re.compile(r"(?:passw(?:or)?d|passphrase|(?:^|[_.-])pwd)$", re.IGNORECASE)
_SHORT_SECRET_NAME = re.compile(r"(?:^|[_.-])(?:secret|token)$", re.IGNORECASE)
_WORD_OF_A_VOCABULARY = re.compile(
    r"(?:^|[_.-])(?:bos|eos|pad|unk|sep|cls|mask|stop|special|tokenizer)[_-]token$", re.IGNORECASE
)
"""Names of tokens that are words for a language model."""

_AWS_SECRET = re.compile(r"[A-Za-z0-9/+]{40}")
_REFERENCE = re.compile(r"arn:|s3://|https?://|/|\$|\{\{|<|\[")
_LEAST = 16
"""Characters; shorter values are words far more often than secrets."""
_LEAST_OF_A_PASSWORD = 6
"""Characters; under a name that leaves no doubt, also short values are secrets."""


def secrets_in(value: Any, path: Path) -> Iterator[Finding]:
    """E208 for each text in a value, at any depth, that looks like a secret."""
    for place, text in _texts(value, path):
        found = kind_of_secret(str(place[-1]), text)
        if found:
            yield Finding(
                "E208",
                f"`{'.'.join(map(str, place))}` looks like {found}",
                place,
                "keep it in Secrets Manager, pass its ARN, and read it in the script",
            )


def kind_of_secret(key: str, value: str) -> str | None:
    """What a value looks like, in words; None for an ordinary one."""
    for words, form in KNOWN_FORMS:
        if form.search(value):
            return words
    if _AWS_SECRET.fullmatch(value) and _mixed(value):
        return "an AWS secret access key"
    if _WORD_OF_A_VOCABULARY.search(key):
        return None
    if len(value) >= _LEAST and _TELLING_NAME.search(key) and _random(value):
        return "a secret"
    if len(value) >= _LEAST_OF_A_PASSWORD and _plain_secret(key, value):
        return "a secret"
    return None


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))


def _mixed(value: str) -> bool:
    """Upper case, lower case and digits together: neither a hash in hex nor a word."""
    return bool(
        re.search("[A-Z]", value) and re.search("[a-z]", value) and re.search("[0-9]", value)
    )


def _plain_secret(key: str, value: str) -> bool:
    """A literal password; or letters and digits without a break under the name of a secret or
    token. The name of a secret kept elsewhere (`prod/churn/db`) is neither."""
    if _PASSWORD_NAME.search(key):
        return _literal(value) and "/" not in value
    return bool(_SHORT_SECRET_NAME.search(key)) and value.isalnum() and _random(value)


def _literal(value: str) -> bool:
    """One word that refers to nothing."""
    return not (_REFERENCE.match(value) or re.search(r"\s", value))


def _random(value: str) -> bool:
    """Letters and digits in one word that refers to nothing."""
    if not _literal(value):
        return False
    return bool(re.search("[A-Za-z]", value) and re.search("[0-9]", value))
