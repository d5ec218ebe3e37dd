"""Verifying: what was made elsewhere is what the document says, before anything is made of it."""

from __future__ import annotations

from reconciler.core.plan import Change
from reconciler.core.ports import Cloud
from reconciler.errors import ReconcilerError


class OtherContent(ReconcilerError):
    """An object in S3 is not the one that the document means."""

    code = "E251"


def verify(change: Change, cloud: Cloud) -> str | None:
    """Compare each object that a document claims to know with S3's own checksum.

    Gives in words what S3 has no checksum of; None when all is verified. Raises OtherContent, or
    NotThere for an object that does not exist.
    """
    assert change.target is not None
    resource = change.target.resource
    unknown = []
    for uri, wanted in resource.kind.claims(resource.spec).items():
        found = cloud.sha256(uri)
        if found is None:
            unknown.append(uri)
        elif found != wanted:
            raise OtherContent(f"{uri} has the sha256 {found}, not {wanted}")
    return f"unverified, S3 keeps no sha256 of it: {', '.join(unknown)}" if unknown else None
