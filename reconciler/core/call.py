"""Call: one operation of an AWS service with its parameters, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """What will be sent, exactly. A plan shows it, apply sends it, tests compare it."""

    operation: str
    """The API's own name, such as `CreateTrainingJob`."""
    params: Mapping[str, Any]
    """Parameters as the service model names them (PascalCase)."""
    service: str = "sagemaker"
    """boto3's name of the service."""
