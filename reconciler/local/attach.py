"""The front in process: a boto3 session whose requests never leave it.

botocore asks at `before-send`, after building and signing a request, whether somebody has the
response; here the engine does. So parameters, serialisation, retries, parsing and errors are
botocore's own, and there is no port and no daemon.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from reconciler.local.engine import ACCOUNT, REGION, Engine
from reconciler.local.errors import EngineError, NoAnswer, UnknownCall
from reconciler.local.wire import front
from reconciler.local.wire.message import Request, Response, pieces_of, spool

_PIECE = 1 << 16


def attach(
    session: Any, root: Path | str, *, account_id: str = ACCOUNT, region: str = REGION
) -> None:
    """Let a local SageMaker answer all that a boto3 (or botocore) session sends.

    Call it before clients are made. The session needs credentials, any will do. A request for a
    service or operation that the engine does not have raises UnknownCall from the client's
    method; it is never sent. A folder that cannot be used raises StateError there.
    """
    events = getattr(session, "events", None) or session.get_component("event_emitter")
    events.register("before-send", _Front(root, account_id, region).answer)


class _Front:
    """The handler of `before-send`; opens the engine at the first request."""

    def __init__(self, root: Path | str, account_id: str, region: str) -> None:
        self._root = root
        self._account_id = account_id
        self._region = region
        self._lock = threading.Lock()
        self._engine: Engine | None = None

    def answer(self, request: Any, **_: Any) -> Any:
        """Answer a prepared request of botocore."""
        message = Request.make(
            request.method, request.url, request.headers.items(), spool(pieces_of(request.body))
        )
        try:
            response = front.answer(self._opened(), message)
        except NoAnswer as lost:
            time.sleep(lost.seconds)
            raise _botocore_error(lost, request.url) from None
        except UnknownCall:
            raise
        except EngineError as error:
            response = front.refusal(message, error)
        finally:
            message.body.close()
        return _botocore_response(request, response)

    def _opened(self) -> Engine:
        with self._lock:
            if self._engine is None:
                self._engine = Engine(self._root, account_id=self._account_id, region=self._region)
            return self._engine


class _Raw:
    """A body with the methods of urllib3's response that botocore uses."""

    def __init__(self, body: BinaryIO) -> None:
        self._body = body

    def read(self, amount: int | None = None, **_: Any) -> bytes:
        """The next bytes; all that are left without an amount."""
        return self._body.read() if amount is None else self._body.read(amount)

    def stream(self, amount: int = _PIECE, **_: Any) -> Iterator[bytes]:
        """The rest, piece by piece."""
        while piece := self._body.read(amount):
            yield piece

    def close(self) -> None:
        """Close the body."""
        self._body.close()


def _botocore_response(request: Any, response: Response) -> Any:
    from botocore.awsrequest import AWSResponse

    body = response.body
    if request.method == "HEAD":
        body = b""
    raw = _Raw(spool((body,)) if isinstance(body, bytes) else body)
    return AWSResponse(request.url, response.status, _headers(response), raw)


def _headers(response: Response) -> dict[str, str]:
    headers = dict(response.headers)
    if isinstance(response.body, bytes):
        headers.setdefault("Content-Length", str(len(response.body)))
    return headers


def _botocore_error(lost: NoAnswer, url: str) -> Exception:
    from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

    kind = ReadTimeoutError if lost.timed_out else ConnectionClosedError
    error: Exception = kind(endpoint_url=url)
    return error
