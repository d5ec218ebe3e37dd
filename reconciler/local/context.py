"""What every operation of the engine works on, and the shape of an operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.local.serving.hosting import Hosting
from reconciler.local.state import State
from reconciler.local.storage import Storage


@dataclass(frozen=True, slots=True)
class Context:
    """One account in one region, whose jobs and objects lie in one folder."""

    root: Path
    account_id: str
    region: str
    state: State
    storage: Storage
    hosting: Hosting

    def arn(self, resource: str, name: str) -> str:
        """The ARN of a SageMaker resource: `arn:aws:sagemaker:<region>:<account>:<resource>/…`."""
        return f"arn:aws:sagemaker:{self.region}:{self.account_id}:{resource}/{name}"


Handler = Callable[[Context, Mapping[str, Any]], dict[str, Any]]
"""One operation: valid parameters in, the answer out; raises EngineError."""
