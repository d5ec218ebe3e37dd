"""The names `algo-1`, `algo-2`, … in Python processes of a job that has no /etc/hosts of its own.

Python imports a module of this name at start when its folder is on PYTHONPATH. The variable
RECONCILER_LOCAL_HOSTS maps names to addresses, as JSON. Only Python's own sockets are covered:
native code (torch's, say) resolves names itself and does not know them. It imports nothing of
the project, since any interpreter of a job may load it.
"""

from __future__ import annotations

import json
import os
import socket
from typing import Any

VARIABLE = "RECONCILER_LOCAL_HOSTS"


def install(addresses: dict[str, str], current: str | None) -> None:
    """Let the functions and sockets of this process know the names of the job's hosts."""

    def known(host: Any) -> Any:
        return addresses.get(host, host) if isinstance(host, str) else host

    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        setattr(socket, name, _with_first(getattr(socket, name), known))
    for name in ("connect", "connect_ex", "bind"):
        setattr(socket.socket, name, _with_address(getattr(socket.socket, name), known))
    if current:
        socket.gethostname = lambda: current


def _with_first(original: Any, known: Any) -> Any:
    def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        return original(known(host), *args, **kwargs)

    return resolve


def _with_address(original: Any, known: Any) -> Any:
    def act(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and address:
            address = (known(address[0]), *address[1:])
        return original(self, address)

    return act


if VARIABLE in os.environ:
    install(json.loads(os.environ[VARIABLE]), os.environ.get("SM_CURRENT_HOST"))
