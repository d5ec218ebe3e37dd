"""What a document says itself survives the lock to the character."""

from __future__ import annotations

import json

from reconciler.core.document import read
from reconciler.core.nodes import plain
from reconciler.core.own import pack, unpack
from reconciler.core.scalars import written


def test_numbers_keep_their_characters_through_json() -> None:
    text = b"a: 1e-1\nb: 0x10\nc: 7\nd: 0.10\ne: [true, null, '1']\nf: {g: -3}\n"
    values = plain(read(text, "x.yaml"))
    back = unpack(json.loads(json.dumps(pack(values))))
    assert back == values
    for key in "abcd":
        assert written(back[key]) == written(values[key])


def test_plain_numbers_stay_plain_in_the_lock() -> None:
    assert pack(plain(read(b"a: 7\nb: x\n", "x.yaml"))) == {"a": 7, "b": "x"}
