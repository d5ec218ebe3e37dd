"""The base of every pydantic model of a document, and values that all of them are made of.

People's text comes in here: a number where text is meant is refused before it loses characters
(`2.10` would become 2.1), and a duration carries its unit.
"""

import re
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from reconciler.core.scalars import written
from reconciler.core.units import parse_duration
from reconciler.core.wording import shown, spelled


class Model(BaseModel):
    """A document or a part of one; strict, and unknown keys are errors."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, strict=True
    )


def _only_text(value: object) -> object:
    if isinstance(value, bool | int | float):
        shown = written(value)
        raise PydanticCustomError(
            "E104", "this is text, so it must be quoted", {"help": f'write "{shown}"'}
        )
    return value


QUOTED: Final = BeforeValidator(_only_text)
"""Refuses a number or boolean where text is meant (E104)."""

Text = Annotated[str, QUOTED]
"""Text, in quotes where it looks like a number."""

_NAME = r"^[a-z0-9](-?[a-z0-9])*$"


def _corrected_name(text: str) -> str | None:
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return shown(name) if name else None


Name = Annotated[
    str,
    Field(pattern=_NAME, max_length=40),
    spelled(
        _NAME, "a name has lower case letters, digits and single hyphens between", _corrected_name
    ),
    QUOTED,
]
"""A name: lower case letters, digits and single hyphens, at most 40 characters."""

_ACCOUNT = r"^[0-9]{12}$"


def _corrected_account(text: str) -> str | None:
    digits = re.sub(r"[ -]", "", text)
    return f'write "{digits}"' if re.fullmatch(_ACCOUNT, digits) else None


AccountId = Annotated[
    str,
    Field(pattern=_ACCOUNT),
    spelled(_ACCOUNT, "an AWS account has twelve digits", _corrected_account),
    QUOTED,
]
"""An AWS account, in quotes: a bare 011122223333 would lose its zero."""

Duration = Annotated[int, BeforeValidator(parse_duration)]
"""Seconds; written as `90s`, `30m`, `6h`, `3d`, never as a bare number."""
