"""Audit: whoever edits the lock is found by its history, by itself, or by SageMaker and S3."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.call import Call
from reconciler.core.evidence import Witness
from reconciler.core.pricing import cost_of
from reconciler.core.record import dumps, loads
from reconciler.core.repair import Touch
from reconciler.core.resource import Revision
from reconciler.errors import AccessDenied, Throttled, Unanswered
from reconciler.kinds import KINDS
from reconciler.reconcile.auditing import Audit, Auditor, prove
from tests.support.checkout import Checkout

PATH = "locks/local/wine.json"
OURS, THEIRS = "sagemaker-gitops", "Eve <eve@acme.example>"
GATES = "gates: {depth: {min: 2}}\n"
Json = dict[str, Any]
Tamper = Callable[[Json, Json], None]


@dataclass
class Commits:
    """`LockHistory` in memory: each commit leaves one file with a content, or removes it."""

    versions: list[tuple[bytes | None, bool]] = field(default_factory=list)
    side: frozenset[str] = frozenset()
    """Commits that are not on the main line."""

    def touches(self, environment: str) -> Sequence[Touch]:
        del environment
        contents = [content for content, _ in self.versions]
        made = [
            Touch(
                PATH,
                None if content is None else str(contents.index(content)),
                f"{number:040}",
                OURS if ours else THEIRS,
                ours,
            )
            for number, (content, ours) in enumerate(self.versions)
        ]
        return made[::-1]

    def mainline(self, environment: str) -> frozenset[str]:
        return frozenset(t.commit for t in self.touches(environment)) - self.side

    def contents(self, blobs: Iterable[str]) -> Mapping[str, bytes]:
        return {blob: self.versions[int(blob)][0] or b"" for blob in blobs}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A job that trained: its record is a real one."""
    made = Checkout.create(tmp_path_factory.mktemp("audit") / "a repository")
    made.job("wine", more=GATES)
    made.commit()
    assert not made.apply().failed
    return made


@pytest.fixture(scope="module")
def text(checkout: Checkout) -> bytes:
    return checkout.lock_bytes()["wine.json"]


class Held:
    """Audits files of one checkout's lock, with one client for all of them."""

    def __init__(self, checkout: Checkout) -> None:
        self._environment = checkout.environment
        self._cloud: Any = checkout.cloud()

    def __call__(
        self,
        content: bytes | None,
        history: Commits | None = None,
        *,
        cloud: Any = None,
        online: bool = True,
        paths: tuple[str, ...] = (),
    ) -> Audit:
        """The audit of a file that holds this content now."""
        auditor = Auditor("local", self._environment, KINDS, history or Commits(), paths)
        found, records = auditor.audit({} if content is None else {PATH: content})
        if not online:
            return found
        return found + prove(
            records,
            cloud or self._cloud,
            KINDS,
            environment=self._environment,
            revision=Revision("c" * 40, repository="a repository"),
        )


@pytest.fixture(scope="module")
def held(checkout: Checkout) -> Held:
    return Held(checkout)


def told(audit: Audit) -> str:
    return "\n".join(f"{f.witness}: {f.message}" for f in audit.findings)


def test_a_real_record_is_proven(held: Held, text: bytes) -> None:
    """By its own history, itself, SageMaker and S3."""
    history = Commits([(text, True)])
    audit = held(text, history)
    assert (audit.findings, audit.unproven, audit.files, audit.proven) == ((), (), 1, 1)


def _run(data: Json) -> Json:
    (run,) = data["runs"].values()
    found: Json = run
    return found


def _name(data: Json) -> str:
    (name,) = data["runs"]
    return str(name)


def _set(*path: str, to: Any) -> Tamper:
    def tamper(data: Json, run: Json) -> None:
        del data
        for step in path[:-1]:
            run = run[step]
        assert run.get(path[-1]) != to
        run[path[-1]] = to

    return tamper


def _drop(*path: str) -> Tamper:
    def tamper(data: Json, run: Json) -> None:
        del data
        for step in path[:-1]:
            run = run[step]
        del run[path[-1]]

    return tamper


def _renamed(data: Json, run: Json) -> None:
    data["runs"] = {"wine-0123456789": run}
    data["versions"] = {"1": {"wine-0123456789": 1}}


def _added(data: Json, run: Json) -> None:
    data["runs"]["wine-0123456789"] = {**run, "digest": "0123456789" + "0" * 54}
    data["versions"]["2"] = {"wine-0123456789": 1}


def _added_unversioned(data: Json, run: Json) -> None:
    data["runs"][_name(data) + "-r2"] = {**run, "attempt": 2}


def _dropped_run(data: Json, run: Json) -> None:
    del run
    data["runs"] = {}


def _tag(key: str, value: str) -> Tamper:
    def tamper(data: Json, run: Json) -> None:
        del data
        tags = run["request"]["Tags"]
        next(tag for tag in tags if tag["Key"] == f"sagemaker-gitops:{key}")["Value"] = value

    return tamper


def _reordered(data: Json, run: Json) -> None:
    run["state"] = run.pop("state")


def _top(key: str, value: Any) -> Tamper:
    def tamper(data: Json, run: Json) -> None:
        del run
        data[key] = value

    return tamper


def _priced(**parts: Any) -> Tamper:
    """A cost with an amount, as an environment with prices has it, but for some of its parts."""

    def tamper(data: Json, run: Json) -> None:
        del data
        seconds = run["cost"]["billable_seconds"]
        run["cost"] = cost_of(seconds, {"ml.m5.large": 1}, {"ml.m5.large": Decimal(36)}) | parts

    return tamper


ELSEWHERE = "s3://local-artifacts/jobs/wine/other/output/model.tar.gz"
ARN = "arn:aws:sagemaker:us-east-1:000000000000:training-job/wine-0123456789"
PROVABLE: dict[str, Tamper] = {
    "artifact in another bucket": _set("artifact", "uri", to="s3://evil/model.tar.gz"),
    "artifact of another job": _set("artifact", "uri", to=ELSEWHERE),
    "etag": _set("artifact", "etag", to="0" * 32),
    "size": _set("artifact", "size", to=1),
    "partial artifact": _set("artifact", "partial", to=True),
    "version of the object": _set("artifact", "version_id", to="v1"),
    "digest": _set("digest", to="0123456789" + "0" * 54),
    "digest beyond the ten digits of the name": lambda data, run: run.update(
        digest=run["digest"][:10] + "0" * 54
    ),
    "failed": _set("state", to="failed"),
    "stopped": _set("state", to="stopped"),
    "launched": _set("state", to="launched"),
    "intent": _set("state", to="intent"),
    "conflict": _set("state", to="conflict"),
    "outcome": _set("outcome", to="algorithm"),
    "arn": _set("how", "arn", to=ARN),
    "arn dropped": _drop("how", "arn"),
    "account": _set("how", "account", to="444455556666"),
    "region": _set("how", "region", to="eu-west-1"),
    "role in the request": _set("request", "RoleArn", to="arn:aws:iam::000000000000:role/x"),
    "instances in the request": _set("request", "ResourceConfig", "InstanceCount", to=9),
    "output in the request": _set("request", "OutputDataConfig", "S3OutputPath", to="s3://evil/"),
    "image that was seen": _set("how", "observed", "AlgorithmSpecification.TrainingImage", to="x"),
    "metric": _set("metrics", "depth", to="9.0"),
    "metric added": _set("metrics", "auc", to="0.99"),
    "gates": _set("gates", "passed", to=False),
    "gates dropped": _drop("gates"),
    "thresholds": _set("source", "gates", "depth", "min", to=5),
    "end": _set("how", "ended", to="2001-01-01T00:00:00Z"),
    "attempt": _set("attempt", to=2),
    "version of the run": _set("version", to=2),
    "digest tag": _tag("digest", "0" * 64),
    "name tag": _tag("name", "beer"),
    "version tag": _tag("version", "2"),
    "billable seconds": _set("cost", "billable_seconds", to=1_000_000),
    "amount": _set("cost", "amount", to="0.010000"),
    "prices of another amount": _priced(hourly={"ml.m5.large": "9"}),
    "instances of another amount": _priced(instances={"ml.m5.large": 9}),
    "instances that it never had": _priced(
        instances={"ml.p5.48xlarge": 1}, hourly={"ml.p5.48xlarge": "0"}, amount="0.000000"
    ),
    "renamed run": _renamed,
    "added run": _added,
    "added attempt": _added_unversioned,
    "dropped run": _dropped_run,
    "reordered": _reordered,
    "versions": _top("versions", {"2": {"wine-0123456789": 1}}),
    "no versions": _top("versions", {}),
    "name": _top("name", "beer"),
    "environment": _top("environment", "prod"),
    "kind": _top("kind", "Model"),
}
"""What can be found without any earlier version of the file."""

BY_HISTORY: dict[str, Tamper] = {
    "commit": _set("source", "commit", to="0" * 40),
    "document": _set("source", "document", to="jobs/beer.yaml"),
    "resolved document": _set("source", "resolved", "hyperparameters", "depth", to=9),
    "author": _set("who", "author", to="Eve <eve@acme.example>"),
    "author dropped": _drop("who"),
    "reconciler": _set("recorded", "reconciler", to="9.9"),
    "image": _set("images", to=[{"reference": "other", "digest": None}]),
    "stop on removal": _set("in_place", "values", to={"on_delete": "stop"}),
    "second answer to a version": lambda data, run: data["versions"]["1"].clear(),
}

ADDED = frozenset({"version of the object", "metric added"})
"""Facts that a record may still learn, as far as its history can tell."""


def tampered(text: bytes, tamper: Tamper) -> bytes:
    """The text as somebody would leave it who edits it with care for its form."""
    data = json.loads(text)
    tamper(data, _run(data))
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()


@pytest.mark.parametrize("what", PROVABLE)
def test_tampering_is_found_without_history(held: Held, text: bytes, what: str) -> None:
    """The lock of the local engine is in no commit; a fabricated record never was."""
    audit = held(tampered(text, PROVABLE[what]))
    assert audit.findings
    assert {finding.witness for finding in audit.findings} <= {Witness.RECORD, Witness.LIVE}


def test_an_amount_that_follows_from_its_parts_is_no_finding(held: Held, text: bytes) -> None:
    """Whatever the environment lists today: prices are those of their day."""
    assert held(tampered(text, _priced())).findings == ()


@pytest.mark.parametrize("what", [*PROVABLE, *BY_HISTORY])
def test_tampering_is_found_by_history(held: Held, text: bytes, what: str) -> None:
    """Offline, and whether it was committed or not."""
    content = tampered(text, (PROVABLE | BY_HISTORY)[what])
    committed = held(content, Commits([(text, True), (content, False)]), online=False)
    assert {finding.witness for finding in committed.findings} >= {Witness.AUTHOR}
    uncommitted = held(content, Commits([(text, True)]), online=False)
    assert uncommitted.findings or what in ADDED


@pytest.mark.parametrize("what", BY_HISTORY)
def test_a_commit_that_pretends_to_be_the_reconcilers_is_found(
    held: Held, text: bytes, what: str
) -> None:
    """An author can be imitated; what was recorded before cannot be unrecorded."""
    content = tampered(text, BY_HISTORY[what])
    audit = held(content, Commits([(text, True), (content, True)]), online=False)
    assert Witness.HISTORY in {finding.witness for finding in audit.findings}, told(audit)
    assert {finding.commit for finding in audit.findings if finding.commit} == {f"{1:040}"}


def test_a_key_that_is_written_twice_is_found(held: Held, text: bytes) -> None:
    """Readers take the last one, reviewers see the first."""
    forged = text.replace(b'"state": "completed",', b'"state": "failed",\n "state": "completed",')
    audit = held(forged)
    assert told(audit).startswith("record: it is not the text that the reconciler writes")


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"\xff", b"[1]", b"<<<<<<< HEAD\n"],
)
def test_what_is_no_record_is_a_finding(held: Held, content: bytes) -> None:
    """Conflict markers, half a file, nothing at all."""
    (finding,) = held(content).findings
    assert (finding.path, finding.witness) == (PATH, Witness.RECORD)


@pytest.mark.parametrize(
    "tamper",
    [
        _top("versions", {"1": {"x": "many"}}),
        _top("versions", {"-1": {"x": 1}}),
        _top("name", 3),
        _set("version", to="1"),
        _set("attempt", to=None),
        _set("digest", to=3),
        _set("turn", to="x"),
        _set("how", to=[1]),
        _set("request", to="x"),
        _set("in_place", to={"values": {}}),
        _set("source", to=7),
        _set("request", "Tags", to=[7]),
        _set("request", "Tags", to="x"),
        _set("request", "OutputDataConfig", to=[7]),
        _set("source", "gates", to=[7]),
        _set("source", "gates", "depth", to=7),
        _set("artifact", "uri", to=7),
        _set("request", "AlgorithmSpecification", to={"TrainingImage": 7}),
        _set("how", "arn", to=7),
        _set("metrics", "depth", to={"a": []}),
        _set("cost", to={"billable_seconds": 1, "amount": 7, "hourly": [7]}),
        _set("cost", to={"billable_seconds": [], "instances": {"x": []}, "hourly": {"x": "y"}}),
    ],
)
def test_any_shape_is_a_finding_and_never_a_crash(held: Held, text: bytes, tamper: Tamper) -> None:
    """A lock is read from what anybody may have pushed."""
    content = tampered(text, tamper)
    history = Commits([(text, True), (content, False), (text, True)])
    assert held(content, history).findings


def test_a_file_that_was_removed_is_found_and_its_return_puts_it_right(
    held: Held, text: bytes
) -> None:
    """The reconciler restores what it knows."""
    gone = held(None, Commits([(text, True), (None, False)]))
    assert [(f.witness, f.commit) for f in gone.findings] == [
        (Witness.AUTHOR, f"{1:040}"),
        (Witness.HISTORY, f"{1:040}"),
    ]
    back = held(text, Commits([(text, True), (None, False), (text, True)]))
    assert back.findings == ()
    assert [(f.commit, f.put_right) for f in back.put_right] == [(f"{1:040}", f"{2:040}")] * 2


def test_an_edit_that_was_put_right_is_history(held: Held, text: bytes) -> None:
    """It is told by its commit and by the one that answered it, and speaks against nothing."""
    edited = tampered(text, PROVABLE["size"])
    audit = held(text, Commits([(text, True), (edited, False), (text, True)]))
    assert audit.findings == ()
    assert {(f.commit, f.put_right) for f in audit.put_right} == {(f"{1:040}", f"{2:040}")}
    added = held(None, Commits([(text, False), (None, True)]))
    assert (added.findings, [f.put_right for f in added.put_right]) == ((), [f"{1:040}"])
    again = held(edited, Commits([(text, True), (edited, False), (text, True), (edited, False)]))
    assert {f.commit for f in again.findings} >= {f"{3:040}"}
    assert f"{1:040}" not in {f.commit for f in again.findings}


def test_the_reconcilers_bytes_put_right_whoever_brings_them_back(held: Held, text: bytes) -> None:
    """A person who checks the file out again, as the error about unreadable records says."""
    broken = b"<<<<<<< HEAD\n"
    audit = held(text, Commits([(text, True), (broken, False), (text, False)]))
    assert audit.findings == ()
    assert {f.witness for f in audit.put_right} == {Witness.AUTHOR, Witness.RECORD}


@pytest.mark.parametrize("what", BY_HISTORY)
def test_a_later_commit_that_keeps_the_edit_puts_nothing_right(
    held: Held, text: bytes, what: str
) -> None:
    """Neither one that pretends to be the reconciler's, nor what it writes on top of that."""
    edited = tampered(text, BY_HISTORY[what])
    history = Commits([(text, True), (edited, True), (edited + b" ", True), (edited, True)])
    assert f"{1:040}" in {f.commit for f in held(edited, history).findings}


def test_a_removal_that_is_not_committed_is_found(held: Held, text: bytes) -> None:
    (finding,) = held(None, Commits([(text, True)])).findings
    assert (finding.witness, finding.commit) == (Witness.HISTORY, None)


def earlier(text: bytes) -> bytes:
    """The file as it was while the job ran."""
    data = json.loads(text)
    for section in ("outcome", "gates", "artifact", "metrics", "cost"):
        del _run(data)[section]
    _run(data)["state"] = "launched"
    return dumps(loads(json.dumps(data), PATH)).encode()


def test_a_merge_that_brings_on_the_reconcilers_bytes_is_no_finding(
    held: Held, text: bytes
) -> None:
    """A branch that took the lock in from main: another author, the same bytes, in its order."""
    launched = earlier(text)
    history = Commits([(launched, True), (text, True), (text, False)])
    assert held(text, history).findings == ()
    aside = Commits([(text, True), (launched, True), (text, True)], side=frozenset({f"{1:040}"}))
    assert held(text, aside).findings == ()


def test_a_rollback_to_the_reconcilers_own_bytes_is_found(held: Held, text: bytes) -> None:
    """`git revert` of a lock commit: every byte is ours, and a completed run is forgotten."""
    before = earlier(text)
    audit = held(before, Commits([(before, True), (text, True), (before, False)]))
    assert "completed became launched" in told(audit)


class Liar:
    """A cloud that answers some calls with an error."""

    def __init__(self, checkout: Checkout, error: Exception, operation: str) -> None:
        self._cloud, self._error, self._operation = checkout.cloud(), error, operation

    def send(self, call: Call) -> Mapping[str, Any]:
        if call.operation == self._operation:
            raise self._error
        return self._cloud.send(call)

    def head(self, uri: str) -> Any:
        if self._operation == "HeadObject":
            raise self._error
        return self._cloud.head(uri)


@pytest.mark.parametrize("operation", ["DescribeTrainingJob", "ListTags", "HeadObject"])
@pytest.mark.parametrize("error", [Throttled, Unanswered, AccessDenied])
def test_no_answer_proves_nothing_and_refutes_nothing(
    checkout: Checkout, held: Held, text: bytes, operation: str, error: Any
) -> None:
    """It is told, and is no finding."""
    cloud = Liar(checkout, error(operation, "X", "no answer"), operation)
    audit = held(text, cloud=cloud)
    assert (audit.findings, audit.proven) == ((), 0)
    assert [finding.run for finding in audit.unproven] == [_name(json.loads(text))]


def test_what_happens_on_sagemaker_and_s3_is_found(
    checkout: Checkout, held: Held, text: bytes
) -> None:
    """Tags that others set, an object that others wrote, an object that is gone."""
    run = _run(json.loads(text))
    sagemaker, s3 = checkout.client("sagemaker"), checkout.client("s3")
    arn, key = run["how"]["arn"], "sagemaker-gitops:repository"
    bucket, _, name = run["artifact"]["uri"].removeprefix("s3://").partition("/")
    body = s3.get_object(Bucket=bucket, Key=name)["Body"].read()
    try:
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": key, "Value": "others"}])
        assert f"tag {key} should be a repository, SageMaker says others" in told(held(text))
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": key, "Value": "a repository"}])
        s3.put_object(Bucket=bucket, Key=name, Body=b"another model")
        assert "live: artifact.etag is recorded as" in told(held(text))
        s3.delete_object(Bucket=bucket, Key=name)
        assert f"live: S3 holds nothing under {run['artifact']['uri']}" in told(held(text))
    finally:
        s3.put_object(Bucket=bucket, Key=name, Body=body)
    assert held(text).proven == 1


def test_a_lock_that_people_commit_has_no_history_that_proves_anything(
    held: Held, text: bytes
) -> None:
    """That is said, and is no finding."""
    audit = held(text, Commits([(text, False)]), online=False)
    assert (audit.findings, audit.unwatched) == ((), ("local",))
    assert held(text, Commits([(text, True)]), online=False).unwatched == ()


def test_paths_limit_what_is_looked_at(held: Held, text: bytes) -> None:
    """Files and folders."""
    edited = tampered(text, PROVABLE["metric added"])
    history = Commits([(text, True), (edited, False)])
    for paths, files in (((PATH,), 1), (("locks/local",), 1), (("locks/loc",), 0)):
        audit = held(edited, history, paths=paths, online=False)
        assert (audit.files, len(audit.findings)) == (files, files)


def test_a_checkout_of_a_paid_environment_is_as_its_last_commit(
    checkout: Checkout, held: Held, text: bytes
) -> None:
    """Only the local engine's reconciler writes the working tree."""
    for environment, found in ((checkout.environment, 0), (None, 1)):
        auditor = Auditor("local", environment, KINDS, Commits())
        assert len(auditor.audit({PATH: text})[0].findings) == found


def test_a_failed_run_is_proven_with_its_reason(tmp_path: Path) -> None:
    """And a changed reason is found."""
    made = Checkout.create(tmp_path / "a repository")
    made.job("wine", script="fail.py")
    made.commit()
    assert made.apply().failed
    text = made.lock_bytes()["wine.json"]
    assert Held(made)(text).proven == 1
    audit = Held(made)(tampered(text, _set("reason", to="CapacityError: nothing free")))
    assert "live: reason is recorded as" in told(audit)
