"""Infrastructure: the names of AWS regions, S3 buckets and git branches in an environment.

Their forms are checked where they are written once, at the environment, not at each job that
would go there.
"""

import re
from typing import Annotated

from pydantic import Field

from reconciler.core.model import QUOTED
from reconciler.core.suggest import did_you_mean
from reconciler.core.wording import shown, spelled

_REGION = r"^[a-z]{2,4}(-[a-z]+)?-(central|north|south|(north|south)?(east|west))-[0-9]{1,2}$"
_BUCKET = r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
_BRANCH = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$"

_REGIONS = (
    "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
    "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
    "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1",
    "ca-west-1", "cn-north-1", "cn-northwest-1", "eu-central-1", "eu-central-2", "eu-north-1",
    "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "eusc-de-east-1",
    "il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1", "us-east-1",
    "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1", "us-west-2",
)  # fmt: skip
"""Regions to guess from (botocore: endpoints.json). A new one needs no release: only the form of
a name is checked."""


def _corrected_region(text: str) -> str | None:
    guess = did_you_mean(text, _REGIONS)
    return f"did you mean `{guess}`?" if guess else None


def _corrected_bucket(text: str) -> str:
    if text.startswith("arn:"):
        return "of a bucket write the name alone, of an access point its alias"
    name, _, folder = text.removeprefix("s3://").partition("/")
    if re.fullmatch(_BUCKET, name):
        inside = f" and `prefix: {folder.strip('/')}`" if folder.strip("/") else ""
        return f"write `bucket: {name}`{inside}: the name alone; a folder inside goes to `prefix`"
    return "write the name alone; a folder inside goes to `prefix`"


def _corrected_branch(text: str) -> str | None:
    name = text.strip("/")
    return shown(name) if re.fullmatch(_BRANCH, name) else None


Region = Annotated[
    str,
    Field(pattern=_REGION, examples=["eu-west-1"]),
    spelled(_REGION, "an AWS region has a name such as eu-west-1", _corrected_region),
    QUOTED,
]
"""An AWS region."""

Bucket = Annotated[
    str,
    Field(pattern=_BUCKET),
    spelled(
        _BUCKET,
        "a bucket has 3 to 63 lower case letters, digits, dots and hyphens",
        _corrected_bucket,
    ),
    QUOTED,
]
"""An S3 bucket (S3: rules for naming buckets), or the alias of an access point, which has the form
of one. An access point's ARN holds a slash, so no URI could tell it from a key."""

Branch = Annotated[
    str,
    Field(pattern=_BRANCH, max_length=200),
    spelled(
        _BRANCH,
        "a branch here has letters, digits, `_`, `.` and `-`, with single slashes between, and no"
        " part starts with `.` or `-`",
        _corrected_branch,
    ),
    QUOTED,
]
"""A branch of the remote."""
