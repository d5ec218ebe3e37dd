"""CloudWatch Logs of training jobs, read from the files that their hosts write.

One group, one stream per host: `<job>/algo-<n>-<seconds of the job's creation>`. A line of a file
is `<epoch milliseconds> <text>`; one that is not ended yet is not there yet.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from reconciler.local.context import Context, Handler
from reconciler.local.errors import EngineError
from reconciler.local.layout import logs_folder

GROUP = "/aws/sagemaker/TrainingJobs"
_STREAM = re.compile(r"(?P<job>[a-zA-Z0-9-]+)/(?P<host>algo-\d+)-(?P<created>\d+)")
_TOKEN = re.compile(r"(?P<way>[fb])/(?P<offset>\d+)")
_PLACES = re.compile(r"[a-zA-Z0-9-]+/algo-\d+-\d+=\d+(,[a-zA-Z0-9-]+/algo-\d+-\d+=\d+)*")
_MOST_EVENTS = 10_000
"""Events of one answer unless asked otherwise (CloudWatch Logs API reference)."""
_MOST_BYTES = 1 << 20
"""Bytes of one answer (CloudWatch Logs API reference)."""
_MOST_STREAMS = 50
_BLOCK_BYTES = 1 << 16
_CLOCK_STEP_MS = 60_000
"""How far the computer's clock may have been set back while a host wrote its log."""


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
    lines = (event for event in _events(file, start, end) if _in_time(event, params))
    shown = _cut(lines, limit) if from_head else _cut(list(lines)[::-1], limit)[::-1]
    first = shown[0].start if shown else start
    last = shown[-1].end if shown else start
    return {
        "events": [_answer(event) for event in shown],
        "nextForwardToken": f"f/{last}",
        "nextBackwardToken": f"b/{first}",
    }


def filter_log_events(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """FilterLogEvents: lines of several streams by time; a pattern is words that all must occur.

    A token is the places in the files: a page costs what it shows, however long the log is.
    """
    _require_group(params)
    names = params.get("logStreamNames") or _stream_names(
        context, params.get("logStreamNamePrefix", "")
    )
    words = [word.strip('"') for word in params.get("filterPattern", "").split()]
    places = _places(params.get("nextToken"))
    limit = params.get("limit", _MOST_EVENTS)
    answer: dict[str, Any] = {"events": []}
    size = 0
    streams = [_of_stream(context, name, places.get(name), params, words) for name in names]
    for at, name, start, event in heapq.merge(*streams):
        size += event.end - event.start
        if len(answer["events"]) == limit or (size > _MOST_BYTES and answer["events"]):
            answer["nextToken"] = ",".join(f"{name}={place}" for name, place in places.items())
            break
        places[name] = event.end
        told = {"logStreamName": name, "eventId": f"{name}:{start}", "timestamp": at}
        answer["events"].append(told | {"ingestionTime": at, "message": event.text})
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


def _of_stream(
    context: Context, name: str, place: int | None, params: Mapping[str, Any], words: list[str]
) -> Iterator[tuple[int, str, int, _Event]]:
    """The lines of a stream that are asked for, from a place in its file on."""
    file = _stream_file(context, name)
    start = _place_of(file, params.get("startTime", 0)) if place is None else place
    for event in _events(file, start, None):
        if _in_time(event, params) and all(word in event.text for word in words):
            yield event.at, name, event.start, event


def _places(token: str | None) -> dict[str, int]:
    """Places in files by stream, as a token of FilterLogEvents says them."""
    if token is None:
        return {}
    if not _PLACES.fullmatch(token):
        raise EngineError("InvalidParameterException", "The specified nextToken is invalid.")
    pairs = (each.rpartition("=") for each in token.split(","))
    return {name: int(place) for name, _, place in pairs}


def _place_of(file: Path, at: int) -> int:
    """A place in a file before which no line is of `at` (milliseconds) or later.

    Found by halving, for times rise from line to line, but where the clock was set back.
    """
    low, high = 0, file.stat().st_size
    with file.open("rb") as source:
        while high - low > _BLOCK_BYTES:
            middle = (low + high) // 2
            source.seek(middle)
            source.readline()
            place = source.tell()
            told = source.readline().partition(b" ")[0]
            earlier = told.isdigit() and int(told) < at - _CLOCK_STEP_MS
            low, high = (place, high) if place < high and earlier else (low, middle)
    return low


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


def _cut(events: Iterable[_Event], limit: int) -> list[_Event]:
    """The first events, at most `limit` and not more bytes than one answer may have."""
    shown: list[_Event] = []
    size = 0
    for event in islice(events, limit):
        size += event.end - event.start
        if size > _MOST_BYTES and shown:
            break
        shown.append(event)
    return shown


def _events(file: Path, start: int, end: int | None) -> Iterator[_Event]:
    """The ended lines of a file; it is open only while a block is read, for there can be many."""
    place = start
    while lines := _block(file, place):
        for line in lines:
            if not line.endswith(b"\n") or (end is not None and place >= end):
                return
            at, _, text = line.rstrip(b"\r\n").partition(b" ")
            after = place + len(line)
            if at.isdigit():
                yield _Event(place, after, int(at), text.decode("utf-8", "replace"))
            place = after


def _block(file: Path, place: int) -> list[bytes]:
    with file.open("rb") as source:
        source.seek(place)
        return source.readlines(_BLOCK_BYTES)


def _in_time(event: _Event, params: Mapping[str, Any]) -> bool:
    start: float = params.get("startTime", 0)
    end: float = params.get("endTime", float("inf"))
    return start <= event.at < end


def _answer(event: _Event) -> dict[str, Any]:
    return {"timestamp": event.at, "message": event.text, "ingestionTime": event.at}
