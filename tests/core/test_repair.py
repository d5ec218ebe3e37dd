"""What counts of a lock: the versions that the reconciler committed, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from reconciler.core.record import Record, Run, State
from reconciler.core.repair import Touch, expected, findings, newest_version, restored, versions

PATH = "locks/prod/churn.json"


def touch(commit: str, blob: str | None, *, ours: bool = True, path: str = PATH) -> Touch:
    return Touch(path, blob, commit * 12, "Ada <ada@acme.example>" if not ours else "bot", ours)


def test_the_newest_version_is_the_last_one_of_ours() -> None:
    touches = [touch("d", "edited", ours=False), touch("c", "2"), touch("b", "1")]
    assert newest_version(touches) == "2"
    assert expected([*touches, touch("a", "other", ours=False, path="x")]) == {PATH: "2"}


def test_a_removal_of_ours_is_no_version() -> None:
    """What the reconciler removes it never wrote."""
    assert newest_version([touch("c", None), touch("b", "forged", ours=False)]) is None
    assert newest_version([touch("c", None), touch("b", "1")]) == "1"


def test_versions_are_those_of_ours_each_once() -> None:
    touches = [touch("d", "1"), touch("c", "2", ours=False), touch("b", "3"), touch("a", "1")]
    assert versions(touches) == ("1", "3")


def test_a_record_is_restored_with_all_that_any_version_knew() -> None:
    run = Run(State.INTENT, 1, 1, "d" * 64)
    older = Record("TrainingJob", "churn", "prod").with_run("churn-1", run)
    newer = older.with_run("churn-1", replace(run, state=State.LAUNCHED))
    aside = older.with_run("churn-2", run)
    record = restored([older, newer, aside])
    assert record is not None
    assert {name: run.state for name, run in record.runs.items()} == {
        "churn-1": State.LAUNCHED,
        "churn-2": State.INTENT,
    }
    assert restored([]) is None


def test_findings_name_commit_author_and_path_of_what_came_after_ours() -> None:
    since = [touch("d", None, ours=False), touch("c", "edited", ours=False)]
    assert findings(PATH, [*since, touch("b", "1"), touch("a", "0", ours=False)]) == (
        f"{PATH}: removed in dddddddddd by Ada <ada@acme.example>",
        f"{PATH}: changed in cccccccccc by Ada <ada@acme.example>",
    )


def test_what_never_was_ours_was_added() -> None:
    assert findings(PATH, [touch("a", "forged", ours=False)]) == (
        f"{PATH}: added in aaaaaaaaaa by Ada <ada@acme.example>",
    )


def test_a_file_that_nobody_touched_was_lost_with_its_branch() -> None:
    assert findings(PATH, [touch("a", "1")]) == (
        f"{PATH}: not as the reconciler last recorded it; its branch was set back",
    )
