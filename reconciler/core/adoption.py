"""Adoption by tags: what is ours on SageMaker, when no record tells of it.

An environment whose lock is empty (lost, or a new clone of a local one) is swept before anything
is launched: every run that carries this repository's tags is recorded again, under the version of
its tags, whether or not a document still asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from reconciler.core import ownership
from reconciler.core.environment import Environment
from reconciler.core.live import Observation
from reconciler.core.ports import StoredObject
from reconciler.core.progress import advance
from reconciler.core.record import Record, Run, State
from reconciler.core.resource import Revision

_ATTEMPT = re.compile(r"-r([0-9]+)$")


def sweep_tags(environment: Environment, revision: Revision) -> dict[str, str]:
    """Tags that everything of this repository and environment carries."""
    tags = ownership.owner_tags("", environment, revision)
    return {key: value for key, value in tags.items() if key != ownership.NAME}


def swept(
    found: Iterable[tuple[str, Observation, StoredObject | None]],
    environment: Environment,
    revision: Revision,
    recorded: Mapping[str, Any],
) -> dict[str, Record]:
    """Records of what a sweep found: (kind, observation with tags, artifact) of each thing.

    What does not carry all of our tags is left out.
    """
    records: dict[str, Record] = {}
    for kind, seen, artifact in found:
        tags = seen.tags or {}
        name, version = tags.get(ownership.NAME, ""), tags.get(ownership.VERSION, "")
        ours = ownership.is_ours(tags, name, environment, revision)
        if not ours or not version.isdecimal() or not tags.get(ownership.DIGEST):
            continue
        run = advance(_run(seen, tags, recorded), seen, environment, artifact)
        record = records.get(name) or Record(kind, name, environment.name)
        record = record.with_run(seen.physical_name, run)
        records[name] = record.answering(run.version, seen.physical_name)
    return records


def _run(seen: Observation, tags: Mapping[str, str], recorded: Mapping[str, Any]) -> Run:
    commit = tags.get(ownership.COMMIT, "")
    attempt = _ATTEMPT.search(seen.physical_name)
    run = Run(
        state=State.LAUNCHED,
        version=int(tags[ownership.VERSION]),
        attempt=int(attempt[1]) if attempt else 1,
        digest=tags[ownership.DIGEST],
        source={
            "repository": tags[ownership.REPOSITORY],
            "commit": commit.removesuffix("+dirty"),
            "dirty": commit.endswith("+dirty"),
            "document": tags.get(ownership.DOCUMENT, ""),
        },
    )
    return replace(run, recorded={**recorded, "adopted": True})
