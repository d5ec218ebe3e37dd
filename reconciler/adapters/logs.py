"""CloudWatch Logs: the lines that a job's containers wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from reconciler.adapters.aws_clients import Clients
from reconciler.adapters.aws_errors import translated
from reconciler.core.ports import LogLine
from reconciler.errors import NotThere

_GROUP = "/aws/sagemaker/TrainingJobs"

# SageMaker names a stream `<job>/<host>-<milliseconds>`.
_HOST = re.compile(r"(?P<host>algo-[0-9]+)")


def log_lines(clients: Clients, physical_name: str, *, since: int) -> Iterator[LogLine]:
    """Lines from `since` (milliseconds) on, all hosts by time; none if there is no log yet."""
    request: dict[str, Any] = {
        "logGroupName": _GROUP,
        "logStreamNamePrefix": f"{physical_name}/",
        "startTime": since,
    }
    while True:
        try:
            with translated("FilterLogEvents"):
                page = clients.get("logs").filter_log_events(**request)
        except NotThere:
            return
        for event in page.get("events", []):
            stream = event["logStreamName"].removeprefix(f"{physical_name}/")
            match = _HOST.match(stream)
            yield LogLine(
                host=match["host"] if match else stream,
                at=event["timestamp"],
                text=event["message"].rstrip("\r\n"),
                event_id=event["eventId"],
            )
        # A page may be empty and still not be the last one.
        if not page.get("nextToken"):
            return
        request["nextToken"] = page["nextToken"]
