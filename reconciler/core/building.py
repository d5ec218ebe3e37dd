"""Building: one document and what it inherits become a resource of one environment.

Layers, farthest first: the environment's infrastructure, the defaults of each folder above, the
runtime, the document; each of the last three with its own block for the environment on top.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from reconciler.core.content import content
from reconciler.core.documents import Documents, Parsed
from reconciler.core.environment import INHERITED, Environment
from reconciler.core.files import Files
from reconciler.core.kind import Finding, Kind, Spec
from reconciler.core.manifest import build
from reconciler.core.merge import merge
from reconciler.core.nodes import Entry, MapNode, ScalarNode, from_plain, place_of, plain
from reconciler.core.own import pack, unpack
from reconciler.core.redact import fingerprints
from reconciler.core.resource import Layer, Manifest, Resource
from reconciler.core.shape import missing_key, problems_of
from reconciler.core.suggest import did_you_mean
from reconciler.errors import InvalidDocuments, Place, Problem

NOT_INHERITED = frozenset({"name", "version", "run", "environments", "runtime"})
"""Keys that only a resource's own document may say."""


def build_resource(
    document: Parsed,
    documents: Documents,
    files: Files,
    environment: Environment,
    kinds: Mapping[str, Kind],
) -> Resource:
    """Merge, check and complete one document. Raises InvalidDocuments with all its problems."""
    kind = kinds[document.kind]
    block, pinned = _own_block(document, environment)
    layers = _layers(document, block, documents, environment, kind)
    merged = _merged([layer.node for layer in layers], kind, own=2 if block else 1)
    spec = _spec(kind, merged)
    _refuse(_version_missing(kind, spec), document, merged)
    _refuse(kind.check(spec, environment), document, merged)
    return Resource(
        kind=kind,
        name=str(document.name),
        version=spec.version or 1,
        pinned=pinned,
        environment=environment,
        document=document.path,
        place=place_of(document.node, ("version",)),
        layers=layers,
        merged=merged,
        spec=spec,
        content=content(spec, kind.in_place),
        manifests=_manifests(kind, spec, files, document, merged),
        references=kind.references(spec),
    )


def unchecked(
    document: Parsed, documents: Documents, environment: Environment, kind: Kind
) -> MapNode:
    """A document with all that it inherits, whatever rules say of it. Raises InvalidDocuments
    where a key or a value has the wrong form."""
    block, _ = _own_block(document, environment)
    layers = _layers(document, block, documents, environment, kind)
    merged = _merged([layer.node for layer in layers], kind, own=2 if block else 1)
    _spec(kind, merged)
    return merged


def inherited(
    document: Parsed, documents: Documents, environment: Environment, kind: Kind
) -> MapNode:
    """What a document gets from farther layers, whatever it says itself."""
    layers = _inherited(document, documents, environment, kind)
    return _merged([layer.node for layer in layers], kind, own=0)


def own_layers(resource: Resource) -> list[Any]:
    """What the document itself says, as the lock keeps it: packed, without what never reaches a
    run, values of the container's environment as fingerprints."""
    dropped = {"name", "version", *(key for key in resource.kind.in_place if "." not in key)}
    return [
        pack(fingerprints(plain(without(layer.node, dropped))))
        for layer in resource.layers
        if layer.role == "document"
    ]


def content_with(resource: Resource, own: Sequence[Any]) -> dict[str, Any] | None:
    """The content that today's inherited layers give with a document of earlier days.

    Values of the container's environment come as fingerprints. None when that document is no
    longer valid.
    """
    inherited = [layer.node for layer in resource.layers if layer.role != "document"]
    earlier = [from_plain(unpack(part), resource.place) for part in own]
    bodies = [node for node in earlier if isinstance(node, MapNode)]
    kind = resource.kind
    try:
        spec = kind.spec.model_validate(
            plain(_merged([*inherited, *bodies], kind, own=len(bodies)))
        )
    except (ValidationError, InvalidDocuments):
        return None
    return fingerprints(content(spec, kind.in_place))


def _layers(
    document: Parsed,
    block: MapNode | None,
    documents: Documents,
    environment: Environment,
    kind: Kind,
) -> tuple[Layer, ...]:
    """What a document inherits and says, farthest first; `block` is its own for the environment."""
    bodies = [without(document.node, {"environments"}), *([block] if block else [])]
    own = (Layer("document", document.path, document.blob, body) for body in bodies)
    return (*_inherited(document, documents, environment, kind), *own)


def _merged(nodes: Sequence[MapNode], kind: Kind, *, own: int) -> MapNode:
    """Layers merged; the last `own` ones are the document's body and its block, if it has one."""
    return merge(nodes, kind.merge_rules, body=-own if own else None)


def without(node: MapNode, keys: set[str] | frozenset[str]) -> MapNode:
    """The map less some of its keys."""
    return MapNode(node.place, {k: e for k, e in node.entries.items() if k not in keys})


def _own_block(document: Parsed, environment: Environment) -> tuple[MapNode | None, int | None]:
    """The document's own block for the environment, and the version it pins there."""
    block = _block(document.node, environment.name)
    if block is None:
        return None, None
    entry = block.entries.get("version")
    if entry is None:
        return block, None
    if not isinstance(entry.node, ScalarNode) or not isinstance(entry.node.value, int):
        message = "`version` is a whole number from 1"
        raise InvalidDocuments((Problem("E103", message, entry.node.place),))
    return without(block, {"version"}), int(entry.node.value)


def _block(node: MapNode, environment: str) -> MapNode | None:
    blocks = node.entries.get("environments")
    if blocks is None or not isinstance(blocks.node, MapNode):
        return None
    entry = blocks.node.entries.get(environment)
    return entry.node if entry and isinstance(entry.node, MapNode) else None


def _inherited(
    document: Parsed, documents: Documents, environment: Environment, kind: Kind
) -> Iterator[Layer]:
    """What a document inherits, farthest first, as far as its kind knows the keys."""
    source = documents.environment_documents[environment.name]
    yield Layer("environment", source.path, source.blob, _known(_infrastructure(source), kind))
    for folder in _folders(document.path):
        if folder in documents.defaults:
            yield from _shared("defaults", documents.defaults[folder], environment, kind)
    name = _runtime(document, documents, environment)
    if name is not None:
        yield from _shared("runtime", documents.runtimes[name], environment, kind)


def _shared(role: Any, shared: Parsed, environment: Environment, kind: Kind) -> Iterator[Layer]:
    body = _known(without(shared.node, NOT_INHERITED), kind)
    yield Layer(role, shared.path, shared.blob, body)
    block = _block(shared.node, environment.name)
    if block is not None:
        yield Layer(role, shared.path, shared.blob, _known(without(block, NOT_INHERITED), kind))


def _known(node: MapNode, kind: Kind) -> MapNode:
    fields = kind.spec.model_fields
    return MapNode(node.place, {k: e for k, e in node.entries.items() if k in fields})


def _folders(path: str) -> Iterator[str]:
    parts = path.split("/")[:-1]
    yield from ("/".join(parts[: count + 1]) for count in range(len(parts)))


def _infrastructure(source: Parsed) -> MapNode:
    """The environment document's keys under the names that specs use."""
    entries: dict[str, Entry] = {}
    for spec_key, key in INHERITED.items():
        if key in source.node.entries:
            entry = source.node.entries[key]
            parent, _, child = spec_key.rpartition(".")
            if parent:
                entry = Entry(entry.key_place, MapNode(entry.key_place, {child: entry}))
            entries[parent or child] = entry
    return MapNode(source.node.place, entries)


def _runtime(document: Parsed, documents: Documents, environment: Environment) -> str | None:
    """Name of the runtime that a document asks for; E203 when there is none of that name."""
    block = _block(document.node, environment.name)
    entry = (block.entries.get("runtime") if block else None) or document.node.entries.get(
        "runtime"
    )
    if entry is None or not isinstance(entry.node, ScalarNode) or entry.node.value is None:
        return None
    name = str(entry.node.value)
    if name not in documents.runtimes:
        guess = did_you_mean(name, documents.runtimes)
        known = ", ".join(documents.runtimes) or "none"
        raise InvalidDocuments(
            (
                Problem(
                    "E203",
                    f"there is no runtime `{name}`",
                    entry.node.place,
                    f"did you mean `{guess}`?" if guess else f"runtimes here: {known}",
                ),
            )
        )
    return name


def _spec(kind: Kind, merged: MapNode) -> Spec:
    try:
        return kind.spec.model_validate(plain(merged))
    except ValidationError as error:
        raise InvalidDocuments(problems_of(error, merged, kind.spec, kind.aws_names)) from None


def _version_missing(kind: Kind, spec: Spec) -> tuple[Finding, ...]:
    if not kind.paid_runs or spec.version is not None:
        return ()
    return (Finding("E102", "`version` is missing", ("version",), "write `version: 1`"),)


def _refuse(findings: Any, document: Parsed, merged: MapNode) -> None:
    problems = tuple(_placed(finding, document, merged) for finding in findings)
    if problems:
        raise InvalidDocuments(problems)


def _placed(finding: Finding, document: Parsed, merged: MapNode) -> Problem:
    """A finding at the place of its value, else of its nearest parent in the document."""
    if finding.code == "E102" and finding.path:
        return missing_key(finding.path, merged, finding.help)
    place = place_of(merged, finding.path) if finding.path else _start(document)
    return Problem(finding.code, finding.message, place, finding.help)


def _start(document: Parsed) -> Place:
    return place_of(document.node, ("name",))


def _manifests(
    kind: Kind, spec: Spec, files: Files, document: Parsed, merged: MapNode
) -> tuple[Manifest, ...]:
    found = [build(source, files) for source in kind.sources(spec)]
    findings = [f for result in found if not isinstance(result, Manifest) for f in result]
    _refuse(findings, document, merged)
    manifests = tuple(result for result in found if isinstance(result, Manifest))
    paths = {m.source.path: {entry.path for entry in m.entries} for m in manifests}
    _refuse(kind.check_sources(spec, paths), document, merged)
    return manifests
