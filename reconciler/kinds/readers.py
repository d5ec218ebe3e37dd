"""The readers of requests, by operation: what `reconciler import` can make documents of."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.core.readers import Reader
from reconciler.kinds.endpoint.importing import READER as ENDPOINT
from reconciler.kinds.model.importing import READER as MODEL
from reconciler.kinds.training_job.fields import TABLE
from reconciler.kinds.training_job.importing import requested
from reconciler.kinds.training_job.kind import TrainingJob

TRAINING_JOB = Reader(
    kind=TrainingJob(),
    operation="CreateTrainingJob",
    name_member="TrainingJobName",
    marks=frozenset({"TrainingJobName", "AlgorithmSpecification", "OutputDataConfig"}),
    table=TABLE,
    kept=requested.KEPT,
    read=requested.read,
    comparable=requested.comparable,
)

READERS: tuple[Reader, ...] = (TRAINING_JOB, MODEL, ENDPOINT)
"""In the order in which marks are looked for."""


def reader_of(given: Mapping[str, object]) -> Reader:
    """The reader whose marks are in what somebody gave; that of training jobs if there is none."""
    return next((r for r in READERS if r.marks & given.keys()), TRAINING_JOB)
