"""Importing: a CreateModel request as the values of a spec."""

from __future__ import annotations

from reconciler.core.readers import Reader
from reconciler.kinds.importing import comparing, reading
from reconciler.kinds.model.fields import TABLE
from reconciler.kinds.model.kind import Model
from reconciler.kinds.model.rules import check
from reconciler.kinds.model.spec import ModelSpec

_NAME = "ModelName"


READER = Reader(
    kind=Model(),
    operation="CreateModel",
    name_member=_NAME,
    marks=frozenset({"PrimaryContainer", "Containers", "InferenceExecutionConfig", _NAME}),
    table=TABLE,
    kept=frozenset({("name",), ("environments",), ("container", "image"), ("api_overrides",)}),
    read=reading(TABLE, _NAME, ModelSpec, check),
    comparable=comparing(_NAME),
)
