"""Bodies in `aws-chunked` coding: pieces with their sizes, then trailing headers.

SDKs use it to send a checksum after the body (SigV4 user guide, "Trailing headers"). Signatures
of pieces are not checked, as no signature is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reconciler.local.errors import EngineError
from reconciler.local.wire.message import Request, spool

_PIECE = 1 << 20


def decoded(request: Request) -> Request:
    """The request with its plain body, and the trailers among its headers.

    A request in no such coding stays as it is. Raises EngineError IncompleteBody.
    """
    codings = [each.strip() for each in request.headers.get("content-encoding", "").split(",")]
    streaming = request.headers.get("x-amz-content-sha256", "").startswith("STREAMING-")
    if "aws-chunked" not in codings and not streaming:
        return request
    headers = dict(request.headers)
    body = spool(_pieces(request))
    for line in request.body:
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    headers.pop("content-encoding", None)
    others = [coding for coding in codings if coding not in ("aws-chunked", "")]
    if others:
        headers["content-encoding"] = ", ".join(others)
    return replace(request, headers=headers, body=body)


def _pieces(request: Request) -> Iterator[bytes]:
    while True:
        # A piece begins with `<size in hexadecimal>;chunk-signature=…`.
        line = request.body.readline()
        try:
            left = int(line.split(b";")[0].strip(), 16)
        except ValueError:
            raise _incomplete() from None
        if left == 0:
            return
        while left:
            piece = request.body.read(min(left, _PIECE))
            if not piece:
                raise _incomplete()
            left -= len(piece)
            yield piece
        request.body.readline()


def _incomplete() -> EngineError:
    return EngineError("IncompleteBody", "The request body is not in aws-chunked coding")
