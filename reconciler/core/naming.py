"""Naming: a key of ours from a name of AWS's API, by rule, so that either can be guessed.

Stands beside `core/fields.py`: the tables of the kinds say where each member stands, this says
what it is called there, unless a kind lists it as an exception.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"(.)([A-Z][a-z]+)")
_CASE = re.compile(r"([a-z0-9])([A-Z])")
_SWITCH = "enable_"
_UNITS = ("_in_milliseconds", "_in_seconds", "_in_minutes", "_in_mb", "_in_gb")
_TAILS = (*_UNITS, "_config")


def snake_case(name: str) -> str:
    """`S3OutputPath` → `s3_output_path`; the same as botocore's `xform_name` for SageMaker."""
    return _CASE.sub(r"\1_\2", _WORD.sub(r"\1_\2", name)).lower()


def key_of(name: str) -> str:
    """`MaxWaitTimeInSeconds` → `max_wait_time`: without `Enable`, `Config`, and the unit, which the
    value carries."""
    key = snake_case(name).removeprefix(_SWITCH)
    for tail in _TAILS:
        key = key.removesuffix(tail)
    return key
