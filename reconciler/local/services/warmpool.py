"""Warm pools: instances kept for a while after a job that asked for it. Pure but for the clock.

Nothing is really kept here; the status says what SageMaker would.
"""

from __future__ import annotations

import time
from typing import Any

from reconciler.local.job import Job


def keep_alive_seconds(job: Job) -> int:
    """How long the job's instances are kept, in seconds; 0 when it did not ask."""
    return int(job.request.get("ResourceConfig", {}).get("KeepAlivePeriodInSeconds", 0))


def warm_pool(job: Job) -> dict[str, Any] | None:
    """WarmPoolStatus of a job, or None when it asked for no warm pool."""
    kept = keep_alive_seconds(job)
    if not kept:
        return None
    if job.ended is None:
        return {"Status": "InUse"}
    idle = time.time() - job.ended
    if job.status == "Completed" and idle < kept:
        return {"Status": "Available", "ResourceRetainedBillableTimeInSeconds": int(idle)}
    return {
        "Status": "Terminated",
        "ResourceRetainedBillableTimeInSeconds": kept if job.status == "Completed" else 0,
    }
