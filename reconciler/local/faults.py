"""Faults on demand: what can go wrong with AWS, made to go wrong here.

A rule says which calls or jobs it hits, how often, and what happens to them. Rules lie in the
state, so that every process of the engine follows them; those in the environment variable
`RECONCILER_LOCAL_FAULTS` (a JSON list) hold for the processes that have it.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from typing import Any

from reconciler.local.errors import StateError
from reconciler.local.state import State

VARIABLE = "RECONCILER_LOCAL_FAULTS"

CALL_KINDS = (
    "throttle",
    "500",
    "503",
    "accepted_then_no_answer",
    "connection_reset",
    "hang",
    "ResourceLimitExceeded",
    "AccessDenied",
    "ExpiredToken",
)
"""Faults of one call. All but `accepted_then_no_answer` come before anything is done."""
JOB_KINDS = (
    "describe_blind",
    "CapacityError",
    "AlgorithmError",
    "slow_start",
    "null_artifact",
    "missing_object",
)
"""Faults of one job: it is not found for `seconds` after its creation, or its run is hit. Models,
endpoint configs and endpoints can be hidden too."""
ENDPOINT_KINDS = ("endpoint_fails", "rollback_fails")
"""Faults of one deployment of an endpoint: it does not come up, or its rollback fails too."""
_KINDS = CALL_KINDS + JOB_KINDS + ENDPOINT_KINDS


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule."""

    kind: str
    """One of CALL_KINDS, JOB_KINDS or ENDPOINT_KINDS."""
    operation: str = "*"
    """Pattern of the operations that it hits; means nothing unless calls are hit."""
    name: str = "*"
    """Pattern of the name of the job, model, endpoint config or endpoint, or of
    `<bucket>/<key>`."""
    skip: int = 0
    """How many matching calls, jobs or deployments go by first."""
    times: int | None = None
    """How many it hits in all; None: every one."""
    probability: float = 1.0
    """How likely it hits one that it could hit."""
    seconds: float = 0.0
    """How long: of `hang`, `describe_blind` and `slow_start`."""


def parse(text: str) -> tuple[Fault, ...]:
    """Read a JSON list of rules; raises StateError with what is wrong."""
    try:
        rules = json.loads(text)
    except ValueError as error:
        raise StateError(f"faults are a JSON list of rules: {error}") from None
    if not isinstance(rules, list):
        raise StateError("faults are a JSON list of rules")
    return tuple(_fault(rule) for rule in rules)


def add(state: State, fault: Fault) -> None:
    """Add a rule for all processes."""
    rule = _text(fault)
    with state.database.transaction() as connection:
        count = connection.execute("SELECT count(*) FROM faults WHERE stored").fetchone()[0]
        _insert(connection, f"stored-{count + 1}", rule, stored=True)


def clear(state: State) -> None:
    """Forget all rules and what they hit."""
    with state.database.transaction() as connection:
        connection.execute("DELETE FROM faults")
        connection.execute("DELETE FROM fault_subjects")


def listing(state: State) -> list[tuple[Fault, int]]:
    """The rules that hold in this process, and how often each has hit."""
    return [(fault, row["used"]) for row, fault in _active(state)]


def for_call(state: State, operation: str, name: str) -> Fault | None:
    """The fault that hits this call, if any; counts the call."""
    rules = [
        (row["id"], fault)
        for row, fault in _active(state)
        if fault.kind in CALL_KINDS
        and fnmatchcase(operation, fault.operation)
        and fnmatchcase(name, fault.name)
    ]
    if not rules:
        return None
    with state.database.transaction() as connection:
        for rule_id, fault in rules:
            if _hits(connection, rule_id, fault):
                return fault
    return None


def for_job(state: State, name: str) -> tuple[Fault, ...]:
    """The faults that hit this job; asking again gives the same ones."""
    return _for_subject(state, JOB_KINDS, name, subject=name)


def hides(state: State, name: str, *, subject: str, age: float) -> bool:
    """Whether reads do not find something of that name, `age` seconds after its creation."""
    found = _for_subject(state, ("describe_blind",), name, subject=subject)
    return any(age < fault.seconds for fault in found)


def hits_deployment(state: State, kind: str, name: str, subject: str) -> bool:
    """Whether a fault of ENDPOINT_KINDS hits a deployment, the subject, of an endpoint."""
    return bool(_for_subject(state, (kind,), name, subject=subject))


def _for_subject(
    state: State, kinds: Sequence[str], name: str, *, subject: str
) -> tuple[Fault, ...]:
    """The faults that hit a subject; asking again gives the same ones."""
    rules = [
        (row["id"], fault)
        for row, fault in _active(state)
        if fault.kind in kinds and fnmatchcase(name, fault.name)
    ]
    if not rules:
        return ()
    with state.database.transaction() as connection:
        return tuple(
            fault for rule_id, fault in rules if _hits_subject(connection, rule_id, fault, subject)
        )


def _active(state: State) -> list[tuple[sqlite3.Row, Fault]]:
    here = _environment_rules()
    if here:
        with state.database.transaction() as connection:
            for rule_id, rule in here.items():
                _insert(connection, rule_id, rule, stored=False)
    rows = state.database.rows("SELECT * FROM faults ORDER BY rowid")
    active = [row for row in rows if row["stored"] or row["id"] in here]
    return [(row, Fault(**json.loads(row["rule"]))) for row in active]


def _environment_rules() -> Mapping[str, str]:
    """The rules of the environment variable, by an id that is the same in every process."""
    text = os.environ.get(VARIABLE)
    if not text:
        return {}
    rules = [_text(fault) for fault in parse(text)]
    return {
        f"environment-{index}-{hashlib.sha256(rule.encode()).hexdigest()[:12]}": rule
        for index, rule in enumerate(rules)
    }


def _fault(rule: Any) -> Fault:
    known = [each.name for each in fields(Fault)]
    if not isinstance(rule, Mapping) or "kind" not in rule or not set(rule) <= set(known):
        raise StateError(f"a fault has `kind` and any of {_words(known[1:])}, not {rule!r}")
    if rule["kind"] not in _KINDS:
        raise StateError(f"there is no fault {rule['kind']!r}; there are {_words(_KINDS)}")
    numbers = {name: rule[name] for name in _NUMBERS if rule.get(name) is not None}
    for name, value in numbers.items():
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise StateError(f"`{name}` of a fault is a number, not {value!r}")
    return Fault(**rule)


_NUMBERS = ("skip", "times", "probability", "seconds")


def _words(names: Iterable[str]) -> str:
    return ", ".join(names)


def _text(fault: Fault) -> str:
    return json.dumps(asdict(fault), sort_keys=True)


def _insert(connection: sqlite3.Connection, rule_id: str, rule: str, *, stored: bool) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO faults (id, rule, stored) VALUES (?, ?, ?)",
        (rule_id, rule, stored),
    )


def _hits_subject(connection: sqlite3.Connection, rule_id: str, fault: Fault, name: str) -> bool:
    """Whether a rule hits a job; decided once and remembered."""
    row = connection.execute(
        "SELECT hit FROM fault_subjects WHERE id = ? AND subject = ?", (rule_id, name)
    ).fetchone()
    if row is not None:
        return bool(row["hit"])
    hit = _hits(connection, rule_id, fault)
    connection.execute(
        "INSERT INTO fault_subjects (id, subject, hit) VALUES (?, ?, ?)", (rule_id, name, hit)
    )
    return hit


def _hits(connection: sqlite3.Connection, rule_id: str, fault: Fault) -> bool:
    """Count one more call or job, and decide whether the rule hits it."""
    row = connection.execute("SELECT seen, used FROM faults WHERE id = ?", (rule_id,)).fetchone()
    if row is None:  # cleared meanwhile
        return False
    left = fault.times is None or row["used"] < fault.times
    hit = row["seen"] >= fault.skip and left and random.random() < fault.probability
    connection.execute(
        "UPDATE faults SET seen = seen + 1, used = used + ? WHERE id = ?", (hit, rule_id)
    )
    return hit
