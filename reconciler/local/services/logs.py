"""CloudWatch Logs of training jobs, read from the files that their hosts write.

One group, one stream per host: `<job>/algo-<n>-<seconds of the job's creation>`. A line of a file
is `<epoch milliseconds> <text>`; one that is not ended yet is not there yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.local.context import Context, Handler
from reconciler.local.errors import EngineError
from reconciler.local.layout import logs_folder

GROUP = "/aws/sagemaker/TrainingJobs"
_STREAM = re.compile(r"(?P<job>[a-zA-Z0-9-]+)/(?P<host>algo-\d+)-(?P<created>\d+)")
_TOKEN = re.compile(r"(?P<way>[fb])/(?P<offset>\d+)")
_MOST_EVENTS = 10_000
"""Events of one answer unless asked otherwise (CloudWatch Logs API reference)."""
_MOST_BYTES = 1 << 20
"""Bytes of one answer (CloudWatch Logs API reference)."""
_MOST_STREAMS = 50


@dataclass(frozen=True, slots=True)
class _Event:
    """One line; `start` and `end` are its place in the file, in bytes."""

    start: int
    end: int
    at: int
    text: str


def describe_log_streams(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeLogStreams: the streams of all jobs whose name begins as asked, by name."""
    _require_group(params)
    names = _stream_names(context, params.get("logStreamNamePrefix", ""))
    start = params.get("nextToken", "")
    later = [name for name in names if name > start]
    limit = params.get("limit", _MOST_STREAMS)
    answer: dict[str, Any] = {
        "logStreams": [
            {"logStreamName": name, "creationTime": int(name.rpartition("-")[2]) * 1000}
            for name in later[:limit]
        ]
    }
    if len(later) > limit:
        answer["nextToken"] = later[limit - 1]
    return answer


def get_log_events(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """GetLogEvents: lines of one stream, the last ones unless `startFromHead`.

    Tokens are places in the file; the forward token of the end stays the same until more comes.
    """
    _require_group(params)
    file = _stream_file(context, params["logStreamName"])
    from_head, start, end = _range(params, file)
    limit = params.get("limit", _MOST_EVENTS)
    lines = [event for event in _events(file, start, end) if _in_time(event, params)]
    shown = _cut(lines, limit) if from_head else _cut(lines[::-1], limit)[::-1]
    first = shown[0].start if shown else start
    last = shown[-1].end if shown else start
    return {
        "events": [_answer(event) for event in shown],
        "nextForwardToken": f"f/{last}",
        "nextBackwardToken": f"b/{first}",
    }


def filter_log_events(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """FilterLogEvents: lines of several streams by time; a pattern is words that all must occur."""
    _require_group(params)
    names = params.get("logStreamNames") or _stream_names(
        context, params.get("logStreamNamePrefix", "")
    )
    words = [word.strip('"') for word in params.get("filterPattern", "").split()]
    found = sorted(
        (event.at, name, event.start, event)
        for name in names
        for event in _events(_stream_file(context, name), 0, None)
        if _in_time(event, params) and all(word in event.text for word in words)
    )
    skip = int(params["nextToken"]) if params.get("nextToken", "").isdecimal() else 0
    end = skip + params.get("limit", _MOST_EVENTS)
    answer: dict[str, Any] = {
        "events": [
            {
                "logStreamName": name,
                "eventId": f"{name}:{place}",
                "timestamp": event.at,
                "ingestionTime": event.at,
                "message": event.text,
            }
            for _, name, place, event in found[skip:end]
        ]
    }
    if end < len(found):
        answer["nextToken"] = str(end)
    return answer


OPERATIONS: Mapping[str, Handler] = {
    "DescribeLogStreams": describe_log_streams,
    "GetLogEvents": get_log_events,
    "FilterLogEvents": filter_log_events,
}


def _require_group(params: Mapping[str, Any]) -> None:
    group = params.get("logGroupName") or params.get("logGroupIdentifier", "").rpartition(":")[2]
    if group != GROUP:
        raise EngineError("ResourceNotFoundException", "The specified log group does not exist.")


def _stream_names(context: Context, prefix: str) -> list[str]:
    names = [
        f"{job.name}/{file.stem}-{int(job.created)}"
        for job in context.state.jobs()
        for file in logs_folder(context.root, job.name).glob("algo-*.log")
    ]
    return sorted(name for name in names if name.startswith(prefix))


def _stream_file(context: Context, stream: str) -> Path:
    match = _STREAM.fullmatch(stream)
    job = context.state.find(match["job"]) if match else None
    if match and job and int(match["created"]) == int(job.created):
        file = logs_folder(context.root, job.name) / f"{match['host']}.log"
        if file.exists():
            return file
    raise EngineError("ResourceNotFoundException", "The specified log stream does not exist.")


def _range(params: Mapping[str, Any], file: Path) -> tuple[bool, int, int | None]:
    """Whether to read from the start of the range, and the range in bytes."""
    token = params.get("nextToken")
    if token is None:
        return params.get("startFromHead", False), 0, None
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise EngineError("InvalidParameterException", "The specified nextToken is invalid.")
    offset = min(int(match["offset"]), file.stat().st_size)
    return (True, offset, None) if match["way"] == "f" else (False, 0, offset)


def _cut(events: list[_Event], limit: int) -> list[_Event]:
    """The first events, at most `limit` and not more bytes than one answer may have."""
    size = 0
    for count, event in enumerate(events[:limit]):
        size += event.end - event.start
        if size > _MOST_BYTES and count:
            return events[:count]
    return events[:limit]


def _events(file: Path, start: int, end: int | None) -> Iterator[_Event]:
    with file.open("rb") as source:
        source.seek(start)
        place = start
        for line in source:
            if not line.endswith(b"\n") or (end is not None and place >= end):
                return
            at, _, text = line.rstrip(b"\r\n").partition(b" ")
            after = place + len(line)
            if at.isdigit():
                yield _Event(place, after, int(at), text.decode("utf-8", "replace"))
            place = after


def _in_time(event: _Event, params: Mapping[str, Any]) -> bool:
    start: float = params.get("startTime", 0)
    end: float = params.get("endTime", float("inf"))
    return start <= event.at < end


def _answer(event: _Event) -> dict[str, Any]:
    return {"timestamp": event.at, "message": event.text, "ingestionTime": event.at}
