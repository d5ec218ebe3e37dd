"""The kinds of resources that documents can be of, in one table.

Adding a kind is one package beside `training_job` and one line in `KINDS`.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.core.kind import Kind
from reconciler.kinds.endpoint.kind import Endpoint
from reconciler.kinds.model.kind import Model
from reconciler.kinds.training_job.kind import TrainingJob

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (TrainingJob(), Model(), Endpoint())}
"""By the name that documents write."""
