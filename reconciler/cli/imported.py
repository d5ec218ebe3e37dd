"""Imported: what `reconciler import` found, on its way to a document.

A request comes from SageMaker or from a file; it is checked, read, tried and shortened, and the
text of the document is proved to give the same request before anything is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.core.call import Call
from reconciler.core.documents import API_VERSION, Documents, load_documents
from reconciler.core.environment import Environment
from reconciler.core.importing import Bench, complete, differences, patch, shortest
from reconciler.core.kind import Finding
from reconciler.core.merge import dotted
from reconciler.core.nodes import MapNode, from_plain
from reconciler.core.ownership import NAME
from reconciler.core.readers import Opened, Reader
from reconciler.errors import InvalidDocuments, Place, Problem, ReconcilerError
from reconciler.kinds.labels import MAX_NAME
from reconciler.kinds.readers import TRAINING_JOB, reader_of
from reconciler.kinds.training_job.importing import described
from reconciler.kinds.training_job.importing.requested import ordered
from reconciler.servicemodel.check import check
from reconciler.servicemodel.load import load

if TYPE_CHECKING:
    from reconciler.cli.compose import Repository

_TIME = re.compile(r"-[0-9]{4}(?:-[0-9]{2}){5}(?:-[0-9]{3})?$|-[0-9]{14}$")
"""What AWS's SDKs put behind a name."""


class CannotImport(ReconcilerError):
    """The job cannot become a document, or not here."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A request, and where it came from."""

    label: str
    """For people: a file, or the name of a training job."""
    opened: Opened
    """What it asks for; its name is that of the resource, where that is known."""
    reader: Reader = TRAINING_JOB


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that is ready to be written."""

    name: str
    path: str
    """Path from the root of the repository."""
    text: str
    origin: str
    remarks: tuple[str, ...]
    """What a person should know about it."""

    def write(self, root: Path) -> None:
        """Write the file. Raises CannotImport if there is one."""
        target = root / self.path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with target.open("x", encoding="utf-8") as file:
                file.write(self.text)
        except FileExistsError:
            raise _exists(self.path) from None


@dataclass(frozen=True, slots=True)
class Workshop:
    """The repository, the environment and the folder in which documents are made."""

    repository: Repository
    documents: Documents
    environment: Environment
    folder: str

    @classmethod
    def open(cls, repository: Repository, environment: Environment, folder: str) -> Workshop:
        """Read the repository. Raises CannotImport for a folder that documents cannot lie in."""
        from reconciler.kinds import KINDS

        clean = folder.strip("/")
        steps = clean.split("/")
        if steps[0] != "jobs" or not set(steps).isdisjoint({"", ".", ".."}):
            raise CannotImport(
                f"jobs lie below `jobs/`, not in `{folder}`", advice="write `--to jobs/FOLDER`"
            )
        documents = load_documents(repository.files, KINDS)
        return cls(repository, documents, environment, clean)

    def draft(self, origin: Origin, name: str | None, *, taken: Collection[str]) -> Draft:
        """The document for a request. Raises InvalidDocuments with all that AWS would refuse."""
        opened, reader = origin.opened, origin.reader
        params = dict(opened.params)
        if name and reader.name_member not in params:
            params[reader.name_member] = name
        _refuse_unfit(Call(reader.operation, params), *opened.calls)
        if opened.refused:
            raise _refused(opened.refused)
        named = opened.name or params[reader.name_member]
        chosen = name or self._name(str(named))
        path = f"{self.folder}/{chosen}.yaml"
        if chosen in {*self.documents.resources, *self.documents.refused, *taken}:
            raise CannotImport(
                f"there is a document with the name `{chosen}` already",
                advice="pass another one with --name",
            )
        if (self.repository.workspace.root / path).exists():
            raise _exists(path)
        bench = Bench(self.documents, self.repository.files, self.environment, reader.kind, path)
        body = self._body(bench, origin, params, chosen)
        text = _header(path, origin) + _text(body)
        comparable = partial(reader.comparable, params[reader.name_member])
        given = comparable(bench.request_of_text(text.encode()))
        left = (*opened.lost, *differences(reader.table, comparable(params), given))
        if left:
            raise CannotImport(f"no document can say this of the request: {', '.join(left)}")
        return Draft(chosen, path, text, origin.label, tuple(_remarks(body)))

    def _body(
        self, bench: Bench, origin: Origin, params: Mapping[str, Any], name: str
    ) -> dict[str, Any]:
        """The keys of the document, the shortest that will do."""
        reader = origin.reader
        values = reader.read(params, name, self.environment)
        if isinstance(values, tuple):
            raise _refused(values)
        comparable = partial(reader.comparable, params[reader.name_member])
        wanted = comparable(params)
        said = {k: v for k, v in {**values, **origin.opened.values}.items() if v is not None}
        full = patch(bench.inherited(name), said)
        if not self._is_home():
            full["environments"] = [self.environment.name]
        full = complete(bench, reader.table, full, wanted, comparable)

        def enough(body: dict[str, Any]) -> bool:
            try:
                given = comparable(bench.request(body))
            except InvalidDocuments:
                return False
            return not differences(reader.table, wanted, given)

        kept = reader.kept | {(key,) for key in origin.opened.values}
        return _arranged(shortest(full, enough, kept), reader)

    def _name(self, job: str) -> str:
        """A name for the document, from the name of the training job."""
        words = re.sub(r"[^a-z0-9]+", "-", _TIME.sub("", job).lower()).strip("-")
        longest = MAX_NAME - len(self.environment.name_prefix)
        if len(words) > longest:
            # Half a word is no word: a hash cut in two would look like one.
            words = words[: longest + 1].rpartition("-")[0] or words[:longest]
        return words.strip("-")

    def _is_home(self) -> bool:
        """Whether a document that names no environment belongs to this one."""
        paid = [e for e in self.documents.environments.values() if not e.local]
        return len(paid) < 2 and self.documents.default_environment == self.environment.name


def from_file(file: Path) -> Origin:
    """A request that some kind can read, or an answer of DescribeTrainingJob, in a JSON file."""
    try:
        params = json.loads(file.read_text("utf-8"), object_pairs_hook=_once)
    except UnicodeDecodeError:
        raise CannotImport(f"{file} is not UTF-8") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise CannotImport(f"{file} is not JSON: {error.msg} ({where})") from None
    if not isinstance(params, dict):
        raise CannotImport(f"{file} holds no request: a request is a JSON object")
    if described.is_answer(params):
        return _described(str(params.get("TrainingJobName")), params, {})
    reader = reader_of(params)
    return Origin(file.name, reader.opened(params), reader)


def from_sagemaker(
    repository: Repository, environment: Environment, jobs: Sequence[str]
) -> list[Origin]:
    """Look at training jobs and their tags. Raises ServiceError, WrongPlace."""
    from reconciler.cli.compose import journey
    from reconciler.reconcile.observing import tags_at

    kind = TRAINING_JOB.kind
    with journey(repository, environment, lambda _: None) as context:
        cloud = context.checked_cloud(environment)
        origins = []
        for job in dict.fromkeys(jobs):
            answer = cloud.send(kind.look(job))
            origins.append(_described(job, answer, tags_at(cloud, answer["TrainingJobArn"])))
    return origins


def _described(job: str, answer: Mapping[str, Any], tags: Mapping[str, str]) -> Origin:
    model = load("sagemaker")
    shape = model.shape(str(model.operation(TRAINING_JOB.operation).input))
    params = described.request_of(answer, tags, tuple(shape.members))
    return Origin(f"training job {job}", Opened(params, tags.get(NAME)))


def _refuse_unfit(*calls: Call) -> None:
    """Raise InvalidDocuments for what the service model refuses, by member."""
    problems = tuple(
        Problem(
            "E213",
            f"`{dotted(finding.path)}`: {finding.message}",
            help="this limit is in AWS's service model",
        )
        for call in calls
        for finding in check(load("sagemaker"), call.operation, call.params)
    )
    if problems:
        raise InvalidDocuments(problems)


def _refused(findings: Sequence[Finding]) -> InvalidDocuments:
    return InvalidDocuments(tuple(Problem(f.code, f.message, None, f.help) for f in findings))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; a member that is written twice is refused."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InvalidDocuments((Problem("E002", f"`{key}` is written twice"),))
        found[key] = value
    return found


def _arranged(body: dict[str, Any], reader: Reader) -> dict[str, Any]:
    """The keys in the order of the spec, short forms where there are any."""
    spec = {key: value for key, value in body.items() if key != "environments"}
    model = reader.kind.spec.model_validate(_without_nulls(spec))
    arranged: dict[str, Any] = ordered(spec, model)
    for name, channel in (arranged.get("inputs") or {}).items():
        if isinstance(channel, dict) and channel.keys() == {"s3_uri"}:
            arranged["inputs"][name] = channel["s3_uri"]
    if "environments" in body:
        arranged["environments"] = body["environments"]
    first = ("name", "version", "environments", "owner")
    return {key: arranged[key] for key in dict.fromkeys([*first, *arranged]) if key in arranged}


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {key: _without_nulls(item) for key, item in value.items() if item is not None}


def _header(path: str, origin: Origin) -> str:
    up = "../" * path.count("/")
    shown = "".join(character for character in origin.label if character.isprintable())
    return (
        f"# yaml-language-server: $schema={up}schemas/spec.v1.json\n"
        f"# Imported from {shown}\n"
        f"apiVersion: {API_VERSION}\nkind: {origin.reader.kind.name}\n"
    )


def _text(body: Mapping[str, Any]) -> str:
    from reconciler.render.yaml import document_text

    node = from_plain(body, Place("", 1, 1))
    assert isinstance(node, MapNode)
    return document_text(node)


def _remarks(body: Mapping[str, Any]) -> Iterator[str]:
    """What a person should know: values taken away, and members that no key says."""
    for path in _nulls(body, ()):
        yield f"`{dotted(path)}: null` takes away what is inherited here; the job had none"
    overrides = body.get("api_overrides")
    if overrides:
        names = ", ".join(overrides)
        yield f"under `api_overrides`, since no other key says it so: {names}"


def _nulls(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if value is None and path[-1] != "s3_data_distribution_type":
        yield path
    if isinstance(value, Mapping) and path not in (("hyperparameters",), ("api_overrides",)):
        for key, item in value.items():
            yield from _nulls(item, (*path, key))


def _exists(path: str) -> CannotImport:
    return CannotImport(f"{path} exists already", advice="pass another name with --name")
