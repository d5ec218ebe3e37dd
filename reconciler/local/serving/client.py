"""Requests to the model server of a container, over the loopback network."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.local.inference.server import TOKEN_HEADER
from reconciler.local.serving.hosting import Address

HOST = "127.0.0.1"
PING_SECONDS = 2.0
"""How long a container that is up may take to answer a health check (SageMaker's developer guide,
"How your container should respond to health check requests")."""
_ANSWER_SECONDS = 60.0
"""How long a model may take to respond (InvokeEndpoint in the service model)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a container answered."""

    status: int
    content_type: str
    body: bytes


def invoke(address: Address, body: bytes, headers: Mapping[str, str]) -> Reply:
    """Send an invocation; raises OSError, or http.client.HTTPException, without an answer."""
    from http.client import HTTPConnection

    connection = HTTPConnection(HOST, address.port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("POST", "/invocations", body, {TOKEN_HEADER: address.token, **headers})
        response = connection.getresponse()
        kind = response.getheader("Content-Type", "application/octet-stream")
        return Reply(response.status, kind, response.read())
    finally:
        connection.close()


class Ping:
    """One health check on its way: nobody waits for it."""

    def __init__(self, address: Address) -> None:
        """Send it; a server that has yet to start finds it in its queue. Raises OSError."""
        self.sent = time.monotonic()
        self._socket = socket.create_connection((HOST, address.port), timeout=PING_SECONDS)
        lines = ["GET /ping HTTP/1.0", f"{TOKEN_HEADER}: {address.token}", "", ""]
        self._socket.sendall("\r\n".join(lines).encode())

    def answer(self) -> bool | None:
        """Whether the server said that it is healthy; None while it says nothing."""
        if not select.select([self._socket], [], [], 0)[0]:
            return None
        try:
            return b" 200 " in self._socket.recv(1024).partition(b"\r\n")[0]
        except OSError:
            return False

    def close(self) -> None:
        """Wait for the answer no longer."""
        self._socket.close()
