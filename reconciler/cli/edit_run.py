"""The edit of `rerun`: `run` with its next value, and a higher version where that launches it.

`run` is content: where runs are launched by version, another `run` alone would be held (E201).
"""

from __future__ import annotations

from reconciler.cli.edit import (
    BY_HAND,
    Edit,
    NotEditable,
    Source,
    Splice,
    Step,
    below_version,
    edited,
    find,
    instead,
    version_of,
)
from reconciler.core.documents import Documents, Parsed
from reconciler.core.membership import belongs
from reconciler.core.nodes import MapNode, ScalarNode
from reconciler.core.scalars import Integer
from reconciler.render.yaml import scalar_text


def asked_again(documents: Documents, name: str, label: str | None, recorded: int) -> Edit:
    """The document of a resource with another `run`: the label, the next number, or 2; where a
    version launches it, also with the one that follows its own and the highest `recorded` one.

    Raises UnknownName, NotEditable, or InvalidDocuments if the document cannot be read.
    """
    document = find(documents, name)
    _refuse_runs_of_environments(document)
    version, place = version_of(document)
    before = _run_of(document)
    run = label or _following(document, before)
    if run == before:
        raise NotEditable(f"{document.path}: its run is `{run}` already", advice="name another one")
    splices, steps = [_written(documents, document, run)], [Step("run", before, run)]
    said: dict[str, object] = {"run": run}
    if _launches_by_version(documents, document):
        following = max(version, recorded) + 1
        splices.append(instead(place, str(following)))
        steps.insert(0, Step("", version, following))
        said["version"] = following
    return edited(documents, document, splices, steps, lambda old: {**old, **said})


def _run_of(document: Parsed) -> int | str | None:
    """What the document says under `run`; None where it says nothing."""
    entry = document.node.entries.get("run")
    if entry is None:
        return None
    value = entry.node.value if isinstance(entry.node, ScalarNode) else None
    if isinstance(value, Integer):
        return int(value)
    if not isinstance(value, str):
        raise NotEditable(f"{entry.node.place}: `run` is no number and no label", advice=BY_HAND)
    return value


def _following(document: Parsed, run: int | str | None) -> int:
    if isinstance(run, str):
        raise NotEditable(
            f"{document.path}: its run is named `{run}`, and a name has no next one",
            advice="name the new run: --label TEXT",
        )
    return 2 if run is None else run + 1


def _written(documents: Documents, document: Parsed, run: int | str) -> Splice:
    """The new value in the place of the old one, or on a line of its own below `version`."""
    text = scalar_text(run) if isinstance(run, str) else str(run)
    entries = document.node.entries
    if "run" in entries:
        return instead(entries["run"].node.place, text)
    return below_version(document, Source(documents.texts[document.path]), f"run: {text}")


def _refuse_runs_of_environments(document: Parsed) -> None:
    """Raise NotEditable where an environment's own block says `run`: it hides the document's."""
    blocks = document.node.entries.get("environments")
    if blocks is None or not isinstance(blocks.node, MapNode):
        return
    for environment, entry in blocks.node.entries.items():
        if isinstance(entry.node, MapNode) and "run" in entry.node.entries:
            place = entry.node.entries["run"].key_place
            raise NotEditable(f"{place}: {environment} has a `run` of its own", advice=BY_HAND)


def _launches_by_version(documents: Documents, document: Parsed) -> bool:
    """Whether any environment that the document belongs to launches nothing without a version."""
    return any(
        belongs(document, environment, documents) and not environment.launches_on_change
        for environment in documents.environments.values()
    )
