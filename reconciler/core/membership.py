"""Membership: which environments a document belongs to.

A document names them under its own `environments:`, as a map of overrides or a list. One that
names none belongs to the environment marked `default: true`, or to the only one; where there is
neither, and with two or more environments of engine sagemaker, it has to say. None belongs nowhere:
what no environment reads, nobody checks.
"""

from __future__ import annotations

from reconciler.core.documents import Documents, Parsed
from reconciler.core.environment import Environment
from reconciler.core.nodes import ListNode, MapNode, ScalarNode
from reconciler.core.shape import missing_key
from reconciler.core.suggest import did_you_mean
from reconciler.errors import InvalidDocuments, Place, Problem


def belongs(document: Parsed, environment: Environment, documents: Documents) -> bool:
    """Whether a document names the environment, or names none and this is the default one."""
    entry = document.node.entries.get("environments")
    if entry is None:
        return _is_default(document, environment, documents)
    names = _named_environments(document)
    for name, place in names.items():
        if (
            name not in documents.environments
            and f"environments/{name}.yaml" not in documents.broken
        ):
            guess = did_you_mean(name, documents.environments)
            known = ", ".join(documents.environments)
            raise InvalidDocuments(
                (
                    Problem(
                        "E203",
                        f"there is no environment `{name}`",
                        place,
                        f"did you mean `{guess}`?" if guess else f"known environments: {known}",
                    ),
                )
            )
    return environment.name in names


def _is_default(document: Parsed, environment: Environment, documents: Documents) -> bool:
    paid = [name for name, e in documents.environments.items() if not e.local]
    default = documents.default_environment
    if len(paid) > 1 or (default is None and not documents.environment_problems):
        raise InvalidDocuments((_nowhere(document, paid, documents),))
    if default is None:
        raise InvalidDocuments(documents.environment_problems)
    return default == environment.name


def _nowhere(document: Parsed, paid: list[str], documents: Documents) -> Problem:
    example = paid[0] if paid else next(iter(documents.environments))
    cure = f"say where it belongs: `environments: {{{example}: {{}}}}`"
    if len(paid) < 2:
        cure += ", or mark one environment with `default: true`"
    known = ", ".join(paid if len(paid) > 1 else documents.environments)
    return missing_key(("environments",), document.node, f"{cure}; there are {known}")


def _named_environments(document: Parsed) -> dict[str, Place]:
    node = document.node.entries["environments"].node
    names: dict[str, Place] = {}
    problem = "`environments` is a map of overrides, or a list of names"
    if isinstance(node, MapNode):
        for name, entry in node.entries.items():
            if not isinstance(entry.node, MapNode):
                raise _shape(f"`environments.{name}` is empty", entry.key_place, "write `{}`")
            names[name] = entry.key_place
    elif isinstance(node, ListNode):
        for item in node.items:
            if not isinstance(item, ScalarNode) or not isinstance(item.value, str):
                raise _shape(problem, item.place, None)
            names[item.value] = item.place
    else:
        raise _shape(problem, node.place, "write `environments: {prod: {}}` or `[prod]`")
    if not names:
        message = "`environments` is empty: the document would belong nowhere"
        raise _shape(message, node.place, "name one, or remove the document")
    return names


def _shape(message: str, place: Place, help_text: str | None) -> InvalidDocuments:
    return InvalidDocuments((Problem("E103", message, place, help_text),))
