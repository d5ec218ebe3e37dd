"""Documents: every YAML file of the repository's three folders, read and told apart by kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from reconciler.core.document import read
from reconciler.core.environment import Environment
from reconciler.core.files import Files
from reconciler.core.kind import Kind
from reconciler.core.nodes import Entry, MapNode, ScalarNode, place_of, plain
from reconciler.core.resource import FileEntry, Revision
from reconciler.core.shape import problems_of, unknown_key
from reconciler.core.suggest import did_you_mean
from reconciler.errors import InvalidDocuments, Place, Problem

API_VERSION = "sagemaker-gitops/v1"
FOLDERS = ("environments", "runtimes", "jobs")
DEFAULTS_FILE = "_defaults.yaml"
HEADER = frozenset({"apiVersion", "kind"})


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
        """The environment marked `default: true`, or the only one."""
        marked = [name for name, found in self.environments.items() if found.default]
        if len(marked) == 1:
            return marked[0]
        return next(iter(self.environments)) if len(self.environments) == 1 else None


def load_documents(files: Files, kinds: Mapping[str, Kind]) -> Documents:
    """Read every document; what is wrong becomes a problem and the rest goes on."""
    entries = [entry for folder in FOLDERS for entry in files.under(folder)]
    wanted = [entry for entry in entries if entry.path.endswith((".yaml", ".yml"))]
    texts = files.read([entry.path for entry in wanted])
    problems: list[Problem] = []
    parsed: list[Parsed] = []
    for entry in wanted:
        try:
            parsed.append(_parse(entry, texts[entry.path], kinds))
        except InvalidDocuments as error:
            problems.extend(error.problems)
    broken = {entry.path for entry in wanted} - {document.path for document in parsed}
    return _sorted_out(files.revision, parsed, problems, broken, texts)


def _parse(entry: FileEntry, text: bytes, kinds: Mapping[str, Kind]) -> Parsed:
    if entry.path.endswith(".yml"):
        raise _invalid("E100", "documents end in `.yaml`", Place(entry.path, 1, 1), "rename it")
    node = read(text, entry.path)
    kind = _header(node, entry.path, kinds)
    body = {key: value for key, value in node.entries.items() if key not in HEADER}
    return Parsed(entry.path, entry.blob, kind, MapNode(node.place, body))


def _header(node: MapNode, path: str, kinds: Mapping[str, Kind]) -> str:
    """The kind of a document whose header is right for its folder."""
    if _text(node, "apiVersion") != API_VERSION:
        raise _invalid(
            "E100",
            f"this is not a document of `{API_VERSION}`",
            place_of(node, ("apiVersion",)),
            f"start it with `apiVersion: {API_VERSION}` and `kind: …`; every .yaml file in"
            f" {', '.join(folder + '/' for folder in FOLDERS)} is a document",
        )
    kind = _text(node, "kind")
    folder = path.partition("/")[0]
    allowed = _kinds_of(folder, path, kinds)
    if kind not in allowed:
        guess = did_you_mean(str(kind), allowed)
        raise _invalid(
            "E100",
            f"kind `{kind}` does not belong here" if kind else "`kind` is missing",
            place_of(node, ("kind",)),
            f"did you mean `{guess}`?" if guess else f"{path} may be: {', '.join(allowed)}",
        )
    return str(kind)


def _kinds_of(folder: str, path: str, kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    if folder == "jobs":
        return ("Defaults",) if path.endswith("/" + DEFAULTS_FILE) else tuple(kinds)
    return {"environments": ("Environment",), "runtimes": ("Runtime",)}[folder]


def _text(node: MapNode, key: str) -> str | None:
    entry = node.entries.get(key)
    value = entry.node.value if entry and isinstance(entry.node, ScalarNode) else None
    return value if isinstance(value, str) else None


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
            problems.append(
                Problem("E102", "`name` is missing", place_of(document.node, (), key=True))
            )
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


def body_problems(
    node: MapNode, models: Iterable[type[BaseModel]], aws_names: Mapping[str, str]
) -> tuple[Problem, ...]:
    """Problems of a partial document (defaults, a runtime) that several kinds may inherit."""
    problems: list[Problem] = []
    known = {key: [m for m in models if key in m.model_fields] for key in node.entries}
    for key, owners in known.items():
        if not owners:
            candidates = tuple(sorted({name for model in models for name in model.model_fields}))
            problems.append(unknown_key((key,), node, candidates, aws_names))
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


def _invalid(code: str, message: str, place: Place, help_text: str) -> InvalidDocuments:
    return InvalidDocuments((Problem(code, message, place, help_text),))
