"""Documents: every YAML file of the repository's three folders, read and told apart by kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from reconciler.core.document import read
from reconciler.core.environment import Environment
from reconciler.core.files import Files
from reconciler.core.header import (
    API_VERSION,
    FOLDERS,
    HEADER,
    is_document,
    is_reference,
    kind_of,
    refuse_unreadable,
)
from reconciler.core.kind import Kind
from reconciler.core.model import Name
from reconciler.core.nodes import Entry, MapNode, ScalarNode, place_of, plain
from reconciler.core.resource import FileEntry, Revision
from reconciler.core.shape import problems_of, unknown_key
from reconciler.errors import InvalidDocuments, Place, Problem

__all__ = ["API_VERSION", "Documents", "Parsed", "body_problems", "load_documents"]


@dataclass(frozen=True, slots=True)
class Parsed:
    """One readable document."""

    path: str
    blob: str
    kind: str
    node: MapNode
    """Without the header keys."""

    @property
    def name(self) -> str | None:
        """The name it gives itself, if that is text."""
        entry = self.node.entries.get("name")
        value = entry.node.value if entry and isinstance(entry.node, ScalarNode) else None
        return value if isinstance(value, str) else None

    @property
    def place(self) -> Place:
        """Where its name stands."""
        return place_of(self.node, ("name",))


@dataclass(frozen=True, slots=True)
class Documents:
    """All documents at one revision, by what they are for."""

    revision: Revision
    environments: Mapping[str, Environment]
    environment_documents: Mapping[str, Parsed]
    defaults: Mapping[str, Parsed]
    """By folder, such as `jobs/churn`."""
    runtimes: Mapping[str, Parsed]
    resources: Mapping[str, Parsed]
    """By name; twins are left out."""
    problems: tuple[Problem, ...]
    broken: frozenset[str]
    """Paths of documents that could not be read: unreadable is not absent."""
    refused: frozenset[str]
    """Names that get no action: two documents claim them, or theirs is not sound."""
    texts: Mapping[str, bytes]
    """Content of every document, for error messages."""

    @property
    def default_environment(self) -> str | None:
        """The environment marked `default: true`, or the only one; None where that is open."""
        marked = [name for name, found in self.environments.items() if found.default]
        if marked:
            return marked[0] if len(marked) == 1 else None
        alone = len(self.environments) == 1 and not self.environment_problems
        return next(iter(self.environments)) if alone else None

    @property
    def environment_problems(self) -> tuple[Problem, ...]:
        """What is wrong with documents of environments: which one is meant may depend on it."""
        return tuple(
            problem
            for problem in self.problems
            if problem.place and problem.place.path.startswith("environments/")
        )


def load_documents(files: Files, kinds: Mapping[str, Kind]) -> Documents:
    """Read every document; what is wrong becomes a problem and the rest goes on."""
    entries = [entry for folder in FOLDERS for entry in files.under(folder)]
    wanted = [entry for entry in entries if is_document(entry)]
    texts = files.read([entry.path for entry in wanted if not is_reference(entry)])
    problems: list[Problem] = []
    parsed: list[Parsed] = []
    for entry in wanted:
        try:
            refuse_unreadable(entry)
            parsed.append(_parse(entry, texts[entry.path], kinds))
        except InvalidDocuments as error:
            problems.extend(error.problems)
    broken = {entry.path for entry in wanted} - {document.path for document in parsed}
    return _sorted_out(files.revision, parsed, problems, broken, texts)


def _parse(entry: FileEntry, text: bytes, kinds: Mapping[str, Kind]) -> Parsed:
    node = read(text, entry.path)
    kind = kind_of(node, entry.path, kinds)
    body = {key: value for key, value in node.entries.items() if key not in HEADER}
    return Parsed(entry.path, entry.blob, kind, MapNode(node.place, body))


def _sorted_out(
    revision: Revision,
    parsed: list[Parsed],
    problems: list[Problem],
    broken: set[str],
    texts: Mapping[str, bytes],
) -> Documents:
    environments: dict[str, Environment] = {}
    for document in _of(parsed, "Environment"):
        try:
            found = Environment.model_validate(plain(document.node))
            environments[found.name] = found
        except ValidationError as error:
            problems.extend(problems_of(error, document.node, Environment))
            broken.add(document.path)
    broken |= {d.path for d in parsed if d.name is None and d.kind != "Defaults"}
    resources, twins = _by_name(
        [d for d in parsed if d.kind not in ("Environment", "Runtime", "Defaults")], problems
    )
    runtimes, _ = _by_name(_of(parsed, "Runtime"), problems)
    by_name, environment_twins = _by_name(_of(parsed, "Environment"), problems)
    marked = [document for name, document in by_name.items() if _is_marked(environments.get(name))]
    problems.extend(_second_defaults(marked))
    return Documents(
        revision=revision,
        environments={
            name: found for name, found in sorted(environments.items())
            if name not in environment_twins
        },
        environment_documents=by_name,
        defaults={d.path.rpartition("/")[0]: d for d in _of(parsed, "Defaults")},
        runtimes=runtimes,
        resources=resources,
        problems=tuple(problems),
        broken=frozenset(broken),
        refused=frozenset(twins),
        texts=texts,
    )  # fmt: skip


def _of(parsed: Iterable[Parsed], kind: str) -> list[Parsed]:
    return [document for document in parsed if document.kind == kind]


def _by_name(
    documents: list[Parsed], problems: list[Problem]
) -> tuple[dict[str, Parsed], frozenset[str]]:
    """Documents by name; two that claim one name are both left out (E210)."""
    found: dict[str, Parsed] = {}
    twins: set[str] = set()
    for document in documents:
        if document.name is None:
            problems.extend(_without_name(document.node))
        elif document.name in found:
            twins.add(document.name)
            problems.append(
                Problem(
                    "E210",
                    f"two documents have the name `{document.name}`",
                    document.place,
                    "rename one of them; neither is acted on until then",
                    (("the other one", found[document.name].place),),
                )
            )
        else:
            found[document.name] = document
    return {n: d for n, d in sorted(found.items()) if n not in twins}, frozenset(twins)


class _Named(BaseModel):
    name: Name


def _without_name(node: MapNode) -> tuple[Problem, ...]:
    """Why a document has no name that it could be told apart by (E102, E103, E104)."""
    try:
        _Named.model_validate(plain(node))
    except ValidationError as error:
        return problems_of(error, node, _Named)
    return ()


def _is_marked(environment: Environment | None) -> bool:
    return environment is not None and environment.default


def _second_defaults(marked: list[Parsed]) -> Iterator[Problem]:
    """E219 for every environment after the first that says `default: true`."""
    path = ("default",)
    for document in marked[1:]:
        yield Problem(
            "E219",
            f"`{marked[0].name}` and `{document.name}` are both the default environment",
            place_of(document.node, path),
            "leave `default: true` to one of them; documents that name no environment belong there",
            (("the first one", place_of(marked[0].node, path)),),
        )


def body_problems(
    node: MapNode, models: Iterable[type[BaseModel]], aws_names: Mapping[str, str]
) -> tuple[Problem, ...]:
    """Problems of a partial document (defaults, a runtime) that several kinds may inherit."""
    problems: list[Problem] = []
    known = {key: [m for m in models if key in m.model_fields] for key in node.entries}
    for key, owners in known.items():
        if not owners:
            candidates = tuple(sorted({name for model in models for name in model.model_fields}))
            problems.append(unknown_key((key,), node, candidates, aws_names, models))
            continue
        single = MapNode(node.place, {key: node.entries[key]})
        for model in owners:
            try:
                model.model_validate(plain(_without_nulls(single)))
            except ValidationError as error:
                problems.extend(problems_of(error, single, model, aws_names))
    return tuple(dict.fromkeys(problems))


def _without_nulls(node: MapNode) -> MapNode:
    kept = {
        key: Entry(entry.key_place, _without_nulls(entry.node))
        if isinstance(entry.node, MapNode)
        else entry
        for key, entry in node.entries.items()
        if not (isinstance(entry.node, ScalarNode) and entry.node.value is None)
    }
    return MapNode(node.place, kept)
