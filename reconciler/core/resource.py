"""Resource and target: a document understood, and what it comes to in one environment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from reconciler.core.content import content
from reconciler.core.environment import Environment
from reconciler.core.kind import Kind, Reference, Source, Spec
from reconciler.core.nodes import MapNode
from reconciler.errors import Place

DIGEST_SCHEMA = 1
"""Raised when the meaning of a digest changes; the golden corpus of the tests guards it."""


@dataclass(frozen=True, slots=True)
class Revision:
    """The state of the repository that was read."""

    commit: str | None
    """Full commit id; None on an unborn branch."""
    dirty: bool = False
    """Whether files of the working tree were read that differ from the commit."""
    repository: str = ""
    """Name of the repository, such as `github.com/acme/ml`."""
    author: str | None = None
    """Who wrote the commit: `Name <address>`."""
    merged: tuple[str, str] | None = None
    """The base and the head of a pull request, where the commit is their trial merge."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of the repository at a revision."""

    path: str
    """Path from the root of the repository."""
    mode: Literal["100644", "100755", "120000", "160000"]
    """Git's file mode: file, executable, symbolic link, submodule."""
    blob: str
    """Git's object id of the content."""


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One file of an upload: its path inside, its mode, and the blob that holds it."""

    path: str
    mode: Literal["100644", "100755"]
    blob: str
    origin: str
    """Path from the root of the repository, where the content is read."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of one upload, sorted by path. Its digest names the upload."""

    source: Source
    entries: tuple[ManifestEntry, ...]

    @property
    def digest(self) -> str:
        """sha256 (hex) over path, mode and blob id of every file."""
        return sha256_of([[entry.path, entry.mode, entry.blob] for entry in self.entries])

    @property
    def tree(self) -> str:
        """Git's id of the tree of these files: that of the folder itself, where nothing was left
        out and nothing added, so that `git ls-tree` shows it."""
        return tree_id({entry.path: (entry.mode, entry.blob) for entry in self.entries})

    @property
    def key(self) -> str:
        """Object key of a tar, or key prefix of files, below the environment's prefix."""
        if self.source.form == "tar":
            return f"code/{self.digest}/sourcedir.tar.gz"
        return f"data/{self.digest}/"


@dataclass(frozen=True, slots=True)
class Layer:
    """One document that was merged into a resource."""

    role: Literal["environment", "defaults", "runtime", "document"]
    path: str
    blob: str
    node: MapNode


@dataclass(frozen=True, slots=True)
class Resource:
    """A document merged with what it inherits for one environment; references still open."""

    kind: Kind
    name: str
    version: int
    pinned: int | None
    """`environments.<env>.version` where the document says it: older than `version` = behind."""
    environment: Environment
    document: str
    """Path of its document."""
    place: Place
    """Where the document says its version, or its name."""
    layers: tuple[Layer, ...]
    """What was merged, farthest first; the last one is the document itself."""
    merged: MapNode
    spec: Spec
    content: Mapping[str, Any]
    """What reaches the run: plain, as far as it was set, without in-place keys. Values of the
    container's environment are in it: never print or record it; `core/redact.py` first."""
    manifests: tuple[Manifest, ...]
    references: tuple[Reference, ...]

    @property
    def launches_on_change(self) -> bool:
        """Whether new content is launched without a new version: always, where it costs no run."""
        return not self.kind.paid_runs or self.environment.launches_on_change

    @property
    def in_place(self) -> dict[str, Any]:
        """What the document says now of all that can change without a launch and is recorded."""
        on_delete = self.spec.on_delete
        values = self.kind.in_place_values(self.spec)
        return values | ({"on_delete": on_delete} if on_delete else {})

    @property
    def attempts(self) -> int:
        """How often its content may be launched: `retry.max_attempts`."""
        retry = getattr(self.spec, "retry", None)
        return (retry and retry.max_attempts) or 1

    @property
    def terms(self) -> str:
        """Digest of what is no content and still steers: what can change in place, gates, and the
        place that names lead to. An approval binds it."""
        said = content(self.spec, ())
        keys = (self.kind.in_place - {"description", "retry"}) & said.keys()
        steering = {key: said[key] for key in keys}
        here = self.environment
        place = [here.account, here.aws_region, here.name_prefix]
        text = json.dumps([self.in_place, steering, place], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Upstream:
    """The run that a reference means."""

    reference: Reference
    digest: str
    physical_name: str | None
    """None as long as it was not launched."""
    output: str | None
    """URI of its artifact, or its physical name. None as long as there is none: whoever needs it
    is deferred."""
    waits_for: str | None = None
    """Why there is none yet, in words."""
    passed_over: str | None = None
    """Why a newer run is not the one, in words."""


@dataclass(frozen=True, slots=True)
class Target:
    """A resource whose digest is known: what should exist."""

    resource: Resource
    digest: str
    upstreams: tuple[Upstream, ...]
    paths: tuple[str, ...] = ()
    """What it follows from in the repository: its document, what that inherits, files and folders
    that go up, and the same of its upstreams."""

    @property
    def name(self) -> str:
        """Name of the resource."""
        return self.resource.name

    @property
    def live_name(self) -> str:
        """The name to look at: that of the run, or the one that stays over all runs."""
        resource = self.resource
        return live_name(resource.kind, resource.environment, self.name, self.physical_name())

    def physical_name(self, attempt: int = 1) -> str:
        """The name that SageMaker knows it by: `<prefix><name>-<digest10>[-r<attempt>]`."""
        prefix = self.resource.environment.name_prefix
        again = f"-r{attempt}" if attempt > 1 else ""
        return f"{prefix}{self.name}-{self.digest[:10]}{again}"


def live_name(kind: Kind, environment: Environment, name: str, physical_name: str) -> str:
    """The name under which SageMaker shows how a run stands.

    A training job stands for itself. What keeps its name while its configuration changes (an
    endpoint) is looked at by `<prefix><name>`, and its runs are the configurations.
    """
    return f"{environment.name_prefix}{name}" if kind.stable else physical_name


def tree_id(files: Mapping[str, tuple[str, str]]) -> str:
    """Git's id of a tree of files: path → mode and blob id (git's object format `tree`)."""
    folders: dict[str, dict[str, tuple[str, str]]] = {}
    rows: dict[bytes, tuple[str, str]] = {}
    for path, file in files.items():
        name, _, rest = path.partition("/")
        if rest:
            folders.setdefault(name, {})[rest] = file
        else:
            rows[name.encode()] = file
    # Git sorts a folder as if its name ended in a slash.
    rows |= {name.encode() + b"/": ("40000", tree_id(inner)) for name, inner in folders.items()}
    body = b"".join(
        f"{mode} ".encode() + name.removesuffix(b"/") + b"\0" + bytes.fromhex(identity)
        for name, (mode, identity) in sorted(rows.items())
    )
    is_sha256 = any(len(identity) == 64 for _, identity in rows.values())
    algorithm = hashlib.sha256 if is_sha256 else hashlib.sha1
    return algorithm(b"tree %d\0" % len(body) + body).hexdigest()


def sha256_of(value: Any) -> str:
    """sha256 (hex) of the canonical JSON of text, whole numbers, booleans, lists and maps.

    Raises TypeError for a float: its text differs between languages and versions.
    """
    _refuse_floats(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError(f"{value!r} has no canonical form; use its text")
    children = value.values() if isinstance(value, Mapping) else value
    if isinstance(children, Iterable) and not isinstance(children, str):
        for child in children:
            _refuse_floats(child)


def digest_of(resource: Resource, upstreams: Mapping[str, str]) -> str:
    """Digest of what a resource asks for; `upstreams` maps dotted reference paths to digests."""
    return sha256_of(
        {
            "schema": DIGEST_SCHEMA,
            "kind": resource.kind.name,
            "environment": resource.environment.name,
            "store": resource.environment.uri(),
            "content": resource.content,
            "sources": {".".join(m.source.path): m.digest for m in resource.manifests},
            "upstreams": dict(upstreams),
        }
    )
