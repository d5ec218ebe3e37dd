"""Values packed into one word of text, for the hidden lines of a comment; read with suspicion."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

_LARGEST = 10_000_000
"""Bytes of unpacked text: a short word can claim to be of any length."""


def packed(value: Any) -> str:
    """A value of JSON as a word of base64."""
    text = json.dumps(value, separators=(",", ":")).encode()
    return base64.b64encode(zlib.compress(text, 9)).decode()


def unpacked(word: str) -> Any:
    """The value in a word. Raises ValueError for what is not packed, whole and of a sane length."""
    inflating = zlib.decompressobj()
    try:
        text = inflating.decompress(base64.b64decode(word, validate=True), _LARGEST)
    except zlib.error as error:
        raise ValueError("not packed") from error
    if not inflating.eof or inflating.unused_data:
        raise ValueError("not packed as a whole")
    return json.loads(text)
