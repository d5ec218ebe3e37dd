"""The catalogue of errors: every number, what is behind it, and what to do.

`reconciler explain E205` and the page of errors in the documentation are made from it. A number
never changes its meaning; a rule that goes leaves its number unused.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reconciler.core import (
    catalogue_aws,
    catalogue_meaning,
    catalogue_reading,
    catalogue_serving,
    catalogue_shape,
    catalogue_training,
)
from reconciler.core.catalogue_rule import Rule

__all__ = ["CATALOGUE", "Rule"]

CATALOGUE: Mapping[str, Rule] = MappingProxyType(
    {
        rule.code: rule
        for part in (
            catalogue_reading,
            catalogue_shape,
            catalogue_meaning,
            catalogue_training,
            catalogue_serving,
            catalogue_aws,
        )
        for rule in part.RULES
    }
)
"""Every rule by its number, in the order of the numbers."""
