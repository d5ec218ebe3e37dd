"""What lies among the documents and cannot be read as one is told, never skipped."""

from __future__ import annotations

from typing import Literal

import pytest

from reconciler.core.header import is_document, refuse_unreadable
from reconciler.core.resource import FileEntry
from reconciler.core.validate import validate
from reconciler.errors import InvalidDocuments
from reconciler.kinds import KINDS
from tests.support.files import MemoryFiles

BLOB = "0" * 40


@pytest.mark.parametrize("name", ["x.YAML", "x.Yaml", "x.yml", "x.YML"])
def test_another_spelling_of_the_ending_is_refused_with_the_right_one(name: str) -> None:
    (problem,) = validate(MemoryFiles({f"jobs/{name}": "a: 1"}), KINDS, {})
    assert (problem.code, problem.help) == ("E100", "rename it to x.yaml")


def test_a_file_that_is_all_ending_is_a_document() -> None:
    assert is_document(FileEntry("jobs/.yaml", "100644", BLOB))


def test_a_submodule_is_refused_whatever_its_name_looks_like() -> None:
    entry = FileEntry("jobs/team.v1", "160000", BLOB)
    assert is_document(entry)
    with pytest.raises(InvalidDocuments, match="submodules are not read"):
        refuse_unreadable(entry)


@pytest.mark.parametrize("mode", ["120000", "160000"])
@pytest.mark.parametrize("path", ["jobs", "jobs/team", "jobs/x.yaml"])
def test_a_link_or_submodule_that_may_hold_documents_is_refused(
    path: str, mode: Literal["120000", "160000"]
) -> None:
    entry = FileEntry(path, mode, BLOB)
    assert is_document(entry)
    with pytest.raises(InvalidDocuments, match="E100") as caught:
        refuse_unreadable(entry)
    assert caught.value.problems[0].help


def test_other_files_and_links_to_them_are_no_documents() -> None:
    assert not is_document(FileEntry("jobs/README.md", "100644", BLOB))
    assert not is_document(FileEntry("jobs/README.md", "120000", BLOB))
    assert not is_document(FileEntry("jobs/Makefile", "100644", BLOB))
