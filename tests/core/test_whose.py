"""Whose problem it is, where its place alone does not tell: the notes of `validate`."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.core.validate import validate
from reconciler.kinds import KINDS
from tests.support.files import MemoryFiles

HEAD = "apiVersion: sagemaker-gitops/v1\nkind: "
ENVIRONMENT = HEAD + (
    'Environment\nname: {name}\nbucket: acme-ml\naccount_id: "444455556666"\nregion: eu-west-1\n'
    "role_arn: arn:aws:iam::444455556666:role/ml\n{more}"
)
VPC = "networking: {subnets: [subnet-1], security_group_ids: [sg-1]}\n"
DEFAULTS = HEAD + "Defaults\nowner: ml\ncompute: {instance_type: ml.m5.large, instance_count: 1}\n"
DISK = (
    "inputs: {train: {file_system: {file_system_id: fs-0123456789abcdef0, file_system_type: EFS,"
    " file_system_access_mode: ro, directory_path: /data}}}\n"
)
PREFERRED = "compute: {instance_preferences: [{instance_type: ml.m5.large, instance_count: 1}]}\n"


def job(name: str, *more: str, where: str = "[dev, prod]") -> str:
    image = "444455556666.dkr.ecr.eu-west-1.amazonaws.com/x:1"
    lines = (
        f"name: {name}",
        "version: 1",
        f"environments: {where}",
        f"container: {{image: {image}}}",
    )
    return HEAD + "TrainingJob\n" + "\n".join(lines) + "\n" + "".join(more)


def notes(files: Mapping[str, str]) -> list[tuple[str, str, list[str]]]:
    """Code, place and notes of every problem in a repository with the environments dev, which has
    a VPC, and prod."""
    environments = {
        "environments/dev.yaml": ENVIRONMENT.format(name="dev", more=VPC),
        "environments/prod.yaml": ENVIRONMENT.format(name="prod", more=""),
    }
    found = validate(MemoryFiles({**environments, **files}), KINDS, {})
    return [
        (p.code, str(p.place).rpartition(":")[0], [f"{note}: {at}" for note, at in p.related])
        for p in found
    ]


def test_what_is_inherited_names_the_document_that_it_is_wrong_for() -> None:
    """The value is right for the other jobs: what they say themselves makes the difference."""
    files = {"jobs/_defaults.yaml": DEFAULTS, "jobs/a.yaml": job("a"),
             "jobs/b.yaml": job("b", PREFERRED)}  # fmt: skip
    assert notes(files) == [
        ("E225", "jobs/_defaults.yaml:4", ["found for this document: jobs/b.yaml:3:7"])
    ]


def test_what_is_wrong_in_one_environment_only_names_it() -> None:
    """Beside the document, or at the environment where the place is in the document itself."""
    shared = {"jobs/_defaults.yaml": DEFAULTS + DISK, "jobs/a.yaml": job("a")}
    assert notes(shared) == [
        ("E223", "jobs/_defaults.yaml:5", ["found for this document in `prod`: jobs/a.yaml:3:7"])
    ]
    own = {"jobs/_defaults.yaml": DEFAULTS, "jobs/a.yaml": job("a", DISK)}
    assert notes(own) == [("E223", "jobs/a.yaml:7", ["only in `prod`: environments/prod.yaml:3:7"])]
    only = {"jobs/_defaults.yaml": DEFAULTS, "jobs/a.yaml": job("a", DISK, where="[prod]")}
    assert notes(only) == [("E223", "jobs/a.yaml:7", [])]


def test_of_many_documents_three_are_shown() -> None:
    """The number of the others is said."""
    jobs = {f"jobs/{name}.yaml": job(name, PREFERRED) for name in "abcde"}
    [(code, _, told)] = notes({"jobs/_defaults.yaml": DEFAULTS, **jobs})
    assert (code, len(told)) == ("E225", 3)
    assert told[2] == "found for this document, and for 2 more: jobs/c.yaml:3:7"


def test_what_is_wrong_whoever_inherits_it_is_told_by_its_place_alone() -> None:
    """A key that nobody knows is the mistake of the file that has it."""
    files = {"jobs/_defaults.yaml": DEFAULTS + "nonsense: 1\n", "jobs/a.yaml": job("a")}
    assert notes(files) == [("E101", "jobs/_defaults.yaml:5", [])]
