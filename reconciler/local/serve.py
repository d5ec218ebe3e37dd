"""The front over HTTP: for the aws command line, other SDKs, and other machines' tests.

All services share one port. It is meant for this machine alone: it checks no signature, and it
runs the code of jobs. Requests that a web page could have caused are refused.
"""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast

from reconciler.local.engine import ACCOUNT, REGION, Engine
from reconciler.local.errors import EngineError, NoAnswer, StateError
from reconciler.local.wire import front
from reconciler.local.wire.message import Request, Response, spool

_PIECE = 1 << 16
_WITHOUT_BODY = (204, 304)
"""Statuses that HTTP allows no body."""
_SWEEP = 1.0
"""Seconds between two looks after jobs that lost their supervisor."""


class Server(ThreadingHTTPServer):
    """A local SageMaker behind a port."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, engine: Engine, host: str, port: int) -> None:
        super().__init__((host, port), _Handler)
        self.engine = engine
        self.host = host
        self._swept = 0.0
        self._serving = False

    @property
    def port(self) -> int:
        """The port, also when the system chose it."""
        return int(self.server_address[1])

    def serve_forever(self, poll_interval: float = 0.1) -> None:
        """Answer requests until `close`, or until an interrupt."""
        self._serving = True
        try:
            super().serve_forever(poll_interval)
        finally:
            self._serving = False

    def service_actions(self) -> None:
        """Look after jobs that lost their supervisor, also when nobody calls."""
        if time.monotonic() - self._swept > _SWEEP:
            self._swept = time.monotonic()
            # What is wrong with the folder, the next client is told.
            with suppress(StateError):
                self.engine.recover()

    def close(self) -> None:
        """End `serve_forever` and free the port; running jobs go on."""
        if self._serving:
            self.shutdown()
        self.server_close()
        self.engine.close()


def serve(
    root: Path | str,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    account_id: str = ACCOUNT,
    region: str = REGION,
) -> Server:
    """Bind a port (0: any free one); the caller runs `serve_forever` and then `close`.

    Raises OSError when the port is taken, StateError when the folder cannot be used.
    """
    return Server(Engine(root, account_id=account_id, region=region), host, port)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        """Answer one request of a connection; a client that goes away is no error."""
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def do_any(self) -> None:
        """Answer a request of any method."""
        with spool(self._body()) as body:
            # Not `self.path`: the standard library takes a second leading slash out of it.
            path = self.requestline.split()[1]
            request = Request.make(self.command, path, self.headers.items(), body)
            try:
                self._require_own_client()
                self._send(front.answer(self._server.engine, request))
            except NoAnswer as lost:
                time.sleep(lost.seconds)
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
            except EngineError as error:
                self._send(front.refusal(request, error))
            except StateError as error:
                failure = EngineError("InternalFailure", str(error), 500)
                self._send(front.refusal(request, failure))

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_any

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: a request line can hold a presigned secret."""

    @property
    def _server(self) -> Server:
        return cast(Server, self.server)

    def _body(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while left := _size(self.rfile.readline().split(b";")[0], 16):
                yield from self._exactly(left)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
        else:
            yield from self._exactly(_size(self.headers.get("Content-Length") or "0", 10))

    def _exactly(self, left: int) -> Iterator[bytes]:
        while left:
            piece = self.rfile.read(min(left, _PIECE))
            if not piece:
                raise ConnectionError("the client went away")
            left -= len(piece)
            yield piece

    def _require_own_client(self) -> None:
        """Refuse what a browser sends for a web page, also under a name bound to this machine."""
        host = self.headers.get("Host", "")
        if "Origin" in self.headers or not _is_own_name(host, self._server.host):
            raise EngineError("AccessDenied", "Only SDKs and the aws command line may call", 403)

    def _send(self, response: Response) -> None:
        body = response.body
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        lengthless = response.status in _WITHOUT_BODY or "Content-Length" in response.headers
        if isinstance(body, bytes) and not lengthless:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if isinstance(body, bytes):
            if self.command != "HEAD":
                self.wfile.write(body)
        else:
            with body:
                shutil.copyfileobj(body, self.wfile, _PIECE)


def _size(text: str | bytes, base: int) -> int:
    try:
        size = int(text, base)
    except ValueError:
        size = -1
    if size < 0:
        raise ConnectionError("the client does not say how long its request is")
    return size


def _is_own_name(host: str, bound: str) -> bool:
    """Whether a Host header can only mean this machine: no DNS entry makes an address lie."""
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]
    if name in (bound, "localhost") or name.endswith(".localhost"):
        return True
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
