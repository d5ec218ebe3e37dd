"""Launching: the request of a target, and the run that its intent puts into the lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from reconciler.core import ownership
from reconciler.core.building import own_layers
from reconciler.core.call import Call
from reconciler.core.content import content
from reconciler.core.kind import Facts
from reconciler.core.merge import dotted, origins
from reconciler.core.plan import Change
from reconciler.core.record import Run, State
from reconciler.core.redact import fingerprints, with_environment, without_environment
from reconciler.core.resource import Manifest, Resource, Revision, Target


def request(target: Target, physical_name: str, revision: Revision) -> Call:
    """The call that launches a target whose references are all known."""
    facts = facts_of(target, physical_name, revision)
    return target.resource.kind.request(target.resource.spec, facts)


def facts_of(target: Target, physical_name: str, revision: Revision) -> Facts:
    """What a request needs beside the spec."""
    environment = target.resource.environment
    return Facts(
        physical_name=physical_name,
        environment=environment,
        uploads={m.source.path: environment.uri(m.key) for m in target.resource.manifests},
        outputs={u.reference.path: str(u.output) for u in target.upstreams},
        tags=ownership.tags_for(target, revision),
        live_name=target.live_name,
    )


def recorded_request(run: Run, rendered: Call) -> Call:
    """The request of an intent as it was recorded; the values of the container's environment,
    which the lock does not hold, from the same content rendered again."""
    params = with_environment(run.request or rendered.params, rendered.params)
    return Call(rendered.operation, params, rendered.service)


def intent(change: Change, call: Call, revision: Revision, *, recorded: Mapping[str, Any]) -> Run:
    """The run of a launch as it goes into the lock before `call` is sent."""
    target = change.target
    assert target is not None
    resource = target.resource
    return Run(
        state=State.INTENT,
        version=resource.version,
        attempt=change.attempt,
        digest=target.digest,
        source=_source(resource, revision),
        images=[asdict(image) for image in change.images] or None,
        upstreams={
            dotted(upstream.reference.path): {
                "name": upstream.reference.name,
                "run": upstream.physical_name,
                "digest": upstream.digest,
                "output": upstream.output,
            }
            for upstream in target.upstreams
        }
        or None,
        who={"author": revision.author} if revision.author else None,
        request=without_environment(call.params),
        in_place={"revision": 1, "values": resource.in_place},
        recorded=recorded,
    )


def _source(resource: Resource, revision: Revision) -> dict[str, Any]:
    """From what a run is made, so that an auditor needs nothing else."""
    gates = content(resource.spec, ()).get("gates")
    return {
        "repository": resource.environment.repository or revision.repository,
        "commit": revision.commit,
        "dirty": revision.dirty,
        "document": resource.document,
        "documents": {layer.path: layer.blob for layer in resource.layers},
        "resolved": fingerprints(resource.content),
        "origins": {
            path: f"{place.path}:{place.line}" for path, place in origins(resource.merged).items()
        },
        "own": own_layers(resource),
        **({"gates": gates} if gates else {}),
        "uploads": {
            dotted(manifest.source.path): _upload(manifest, resource)
            for manifest in resource.manifests
        },
    }


def _upload(manifest: Manifest, resource: Resource) -> dict[str, Any]:
    return {
        "folders": list(manifest.source.folders),
        "digest": manifest.digest,
        "tree": manifest.tree,
        "files": len(manifest.entries),
        "uri": resource.environment.uri(manifest.key),
    }
