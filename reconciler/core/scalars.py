"""What one plain word of YAML means, and which characters a text may hold.

Stands below `core/document.py`. The rules are those of the core schema of YAML 1.2 (chapter 10.3
of yaml.org/spec/1.2.2), cut down to the words that YAML 1.1 readers take for the same thing: a
document must not change its meaning with the tool that shows it. The one exception is an exponent
without a dot or sign (`1e-5`), which YAML 1.1 takes for text: learning rates are written so, and
the characters that were written are kept.
"""

from __future__ import annotations

import re

HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and newline, DEL, C1 (with NEL)
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # line separators, direction marks, overrides
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"  # BOM, annotations, no characters at all
    "\U000e0000-\U000e007f]"  # invisible tag characters
)
"""A character that can hide or reorder what a reviewer sees; none may be in a document."""

MAX_DIGITS = 18
"""Longest whole number; such numbers fit into the 64 bits that other readers have."""

_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_OTHER_SPELLINGS = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}
_OTHER_SPELLINGS |= {"Null": "null", "NULL": "null"}
_YAML11_WORDS = {"y": "true", "yes": "true", "on": "true"}
_YAML11_WORDS |= {"n": "false", "no": "false", "off": "false"}
_YAML11_BOOLEANS = {
    spelling: meaning
    for word, meaning in _YAML11_WORDS.items()
    for spelling in (word, word.capitalize(), word.upper())
}

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+|0o[0-7]+")
_OTHER_BASE = re.compile(r"[-+]?0b[01_]+|[-+]0x[0-9a-fA-F_]+")
_UNDERSCORE = re.compile(
    r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?|0x[0-9a-fA-F_]+"
)
_BASE_SIXTY = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?"
    r"(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?"
)
_NUMBER_STARTS = frozenset("0123456789+-.")


class Integer(int):
    """A whole number that remembers the characters it was written with."""

    text: str

    def __new__(cls, value: int, text: str | None = None) -> Integer:
        """Keep `text`, or the usual decimal form of `value`."""
        number = super().__new__(cls, value)
        number.text = int.__repr__(number) if text is None else text
        return number

    def __getnewargs__(self) -> tuple[int, str]:  # type: ignore[override]
        return int(self), self.text


class Float(float):
    """A finite number with a fraction or exponent, and the characters it was written with."""

    text: str

    def __new__(cls, value: float, text: str | None = None) -> Float:
        """Keep `text`, or the shortest form of `value` that reads back the same."""
        number = super().__new__(cls, value)
        number.text = float.__repr__(number) if text is None else text
        return number

    def __getnewargs__(self) -> tuple[float, str]:  # type: ignore[override]
        return float(self), self.text


Scalar = None | bool | str | Integer | Float
"""One value of a document; numbers keep their text (`0.10` stays `0.10`)."""


class RefusedScalar(ValueError):
    """A plain word that must be written otherwise; `code` is its number in the catalogue."""

    def __init__(self, code: str, message: str, cure: str) -> None:
        super().__init__(message)
        self.code = code
        self.cure = cure


def written(value: Scalar | int | float) -> str:
    """Give the characters a value was written with; `true`, `false` and `null` for the words.

    A number without text, from elsewhere than a document, has its usual form.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return value.text if isinstance(value, Integer | Float) else repr(value)


def read_plain(text: str) -> Scalar:
    """Give the value of a scalar without quotes.

    Raises RefusedScalar: E009 when YAML 1.1 and 1.2 readers differ about it, E010 when it is a
    number that not every reader can hold.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in _NUMBER_STARTS:
        return _read_number(text)
    if text in _OTHER_SPELLINGS:
        word = _OTHER_SPELLINGS[text]
        message = f"`{text}` is not the one spelling of `{word}`"
        raise RefusedScalar("E009", message, _either(text, word))
    if text in _YAML11_BOOLEANS:
        meaning = _YAML11_BOOLEANS[text]
        message = f"`{text}` without quotes is {meaning} for some YAML readers and text for others"
        raise RefusedScalar("E009", message, _either(text, meaning))
    if text in ("=", "<<"):
        message = f"`{text}` without quotes is not text for every YAML reader"
        raise RefusedScalar("E009", message, _quoted(text))
    return text


def _read_number(text: str) -> Scalar:
    if _INTEGER.fullmatch(text):
        return _read_integer(text)
    if _LEADING_ZERO.fullmatch(text):
        message = f"`{shorten(text)}` is octal for some YAML readers and decimal for others"
        raise RefusedScalar("E009", message, _quoted(text))
    if _FLOAT.fullmatch(text):
        number = float(text)
        if number in (float("inf"), float("-inf")):
            raise RefusedScalar("E010", f"`{shorten(text)}` is too large a number", _quoted(text))
        return Float(number, text)
    if _NOT_FINITE.fullmatch(text):
        raise RefusedScalar("E010", f"`{text}` is not a finite number", _quoted(text))
    _refuse_old_numbers(text)
    return text


def _read_integer(text: str) -> Integer:
    digits = text.lstrip("+-").removeprefix("0x")
    if len(digits) <= MAX_DIGITS:
        number = int(text, 0)
        if abs(number) < 10**MAX_DIGITS:
            return Integer(number, text)
    message = f"a whole number has at most {MAX_DIGITS} digits"
    raise RefusedScalar("E010", message, _quoted(text))


def _refuse_old_numbers(text: str) -> None:
    """Raise RefusedScalar for what only YAML 1.1 takes for a number or a date."""
    shown = shorten(text)
    if _TIMESTAMP.fullmatch(text):
        message = f"`{shown}` without quotes is a date for some YAML readers and text for others"
    elif _BASE_SIXTY.fullmatch(text):
        message = f"`{shown}` is a number in base 60 for some YAML readers and text for others"
    elif _OTHER_BASE.fullmatch(text) or _UNDERSCORE.fullmatch(text):
        message = f"`{shown}` is a number for some YAML readers and text for others"
    else:
        return
    raise RefusedScalar("E009", message, _quoted(text))


def _quoted(text: str) -> str:
    return f'write "{text}" if you mean the text' if len(text) <= _SHOWN else "put it in quotes"


def _either(text: str, word: str) -> str:
    return f'write {word}, or "{text}" if you mean the text'


_SHOWN = 40


def shorten(text: str) -> str:
    """Cut a text to what fits into a message."""
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
