"""The readers of requests, by operation: what `reconciler import` can make documents of."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.core.readers import Reader
from reconciler.errors import ReconcilerError
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


class NoReader(ReconcilerError):
    """No kind has documents for such a request."""


def reader_of(given: Mapping[str, object]) -> Reader:
    """The reader whose marks are in what somebody gave. Raises NoReader if nothing reads it.

    Requests for jobs of other kinds share some marks; the member with their name gives them away.
    """
    foreign = any(key.endswith("JobName") and key != TRAINING_JOB.name_member for key in given)
    found = [reader for reader in READERS if reader.marks & given.keys() and not foreign]
    if not found:
        raise NoReader(
            "this is no request that a document can say",
            advice=f"it may be one of {', '.join(reader.operation for reader in READERS)}, or an"
            " answer of DescribeTrainingJob",
        )
    return found[0]
