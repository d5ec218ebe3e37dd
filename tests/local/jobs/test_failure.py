"""FailureReason: in SageMaker's words, never longer than it may be, with what matters kept."""

from __future__ import annotations

import io
from pathlib import Path

from reconciler.local import failure, host


def test_the_last_lines_of_a_long_log_are_kept() -> None:
    lines = [f"line {number}" for number in range(500)]
    reason = failure.of_command("python -- train.py", 1, lines)
    assert len(reason) == failure.REASON_LIMIT
    assert 'line 499"\nCommand "python -- train.py", exit code: 1' in reason
    assert reason.startswith('AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "')


def test_a_long_command_is_cut_before_the_error_is() -> None:
    reason = failure.of_command("python " + "x" * 5000, 1, ["the error"])
    assert "the error" in reason
    assert reason.endswith('…", exit code: 1')


def test_the_beginning_of_a_long_failure_file_is_kept() -> None:
    reason = failure.reported_by_code("first" + "x" * 5000, 2)
    assert len(reason) == failure.REASON_LIMIT
    assert reason.startswith("AlgorithmError: first")
    assert reason.endswith(", exit code: 2")


def test_a_log_is_read_as_it_was_written_and_a_torn_line_left_out(tmp_path: Path) -> None:
    log = tmp_path / "algo-1.log"
    with log.open("w", encoding="utf-8") as file:
        host.write_line(file, "one\u2028two\n")
        host.write_line(file, "")
        file.write("17")
    assert [text for _, text in host.read_lines(log)] == ["one\u2028two", ""]


def test_a_line_that_was_overwritten_has_its_last_state() -> None:
    log = io.StringIO()
    host.write_line(log, "10%\r99%\r\n")
    assert log.getvalue().endswith(" 99%\n")
