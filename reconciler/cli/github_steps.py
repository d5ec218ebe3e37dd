"""What people do on GitHub once `init` has written its files, and in which file that is told.

A repository gets its environments one after the other. The steps of each have a file of their own,
and the setting that lists the environments always lists all of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from reconciler.core.document import read
from reconciler.core.nodes import plain
from reconciler.errors import InvalidDocuments

STEPS = "infrastructure/README.md"


def environments_on_aws(root: Path, new: str) -> tuple[str, ...]:
    """Names of the environments below a folder that are not on this computer, and a new one.

    A document that cannot be read counts by the name of its file: the setting that is made of this
    takes the place of one that may name it.
    """
    found = {new}
    for path in sorted((root / "environments").glob("*.yaml")):
        try:
            body = plain(read(path.read_bytes(), path.name))
        except (InvalidDocuments, OSError):
            body = {}
        if body.get("engine") != "local":
            found.add(str(body.get("name") or path.stem))
    return tuple(sorted(found))


def settings(values: Mapping[str, str], environments: tuple[str, ...]) -> Iterator[str]:
    """Commands that give the workflows their settings. The list of environments comes last: until
    it names one, nothing but `validate` runs for it."""
    name, into = values["environment"], f"-R {values['repository']}"
    for where, arn in ((f"{name}-plan", "plan_role_arn"), (name, "apply_role_arn")):
        yield f"gh variable set AWS_ROLE_ARN {into} --env {where} --body {values[arn]}"
        yield f"gh variable set AWS_REGION {into} --env {where} --body {values['region']}"
    if values["bypass"]:
        yield f"gh variable set RECONCILER_APP_CLIENT_ID {into} --env {name} --body CLIENT_ID"
        yield f"gh secret set RECONCILER_APP_PRIVATE_KEY {into} --env {name} < PRIVATE_KEY.pem"
    listed = json.dumps(environments, separators=(",", ":"))
    yield f"gh variable set RECONCILER_ENVIRONMENTS {into} --body '{listed}'"


def path_of_steps(root: Path, text: str, environment: str) -> str:
    """Where the steps for an environment go: beside those of another one that are there already.

    The first line of the steps names the repository and the environment.
    """
    there = root / STEPS
    title = text.partition("\n")[0]
    if not there.is_file() or there.read_text("utf-8", "replace").startswith(f"{title}\n"):
        return STEPS
    return STEPS.replace(".md", f"-{environment}.md")
