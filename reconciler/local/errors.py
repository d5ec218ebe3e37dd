"""What can go wrong in a local SageMaker.

EngineError         an answer of the service: a code, a message, an HTTP status
└── UnknownCall     the local engine has no such service or operation
NoAnswer            a fault on purpose: the client must get no answer
StateError          the folder of the engine cannot be used; says why
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class EngineError(Exception):
    """The error that a client of the service sees."""

    def __init__(
        self,
        code: str,
        message: str,
        http_status: int = 400,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.http_status = http_status
        self.members = members or {}
        """What the error's shape has besides the message."""


class UnknownCall(EngineError):
    """A service or operation that this engine does not have; it is never sent to AWS."""

    def __init__(self, service: str, operation: str) -> None:
        super().__init__(
            "UnknownOperationException",
            f"the local engine does not have {service}:{operation}",
            http_status=501,
        )


class NoAnswer(Exception):
    """A fault asks that the client gets no answer: the front drops the connection."""

    def __init__(self, *, seconds: float, timed_out: bool) -> None:
        super().__init__("a fault took the answer")
        self.seconds = seconds
        """How long the client waits before the connection is dropped."""
        self.timed_out = timed_out
        """Whether a client in the same process sees a read timeout, not a lost connection."""


class StateError(Exception):
    """The state cannot be read or written; the message says what to do."""
