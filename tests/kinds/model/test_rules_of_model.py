"""Rules on models: each finds its mistake, at its place, and leaves a sound model alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kinds.jobs import environment
from tests.kinds.model.models import CODE, KIND, SKLEARN, findings, model, several

IMAGE = {"image": "i:1"}
ELSEWHERE = {"artifact": {"job": None, "s3_uri": "s3://b/m.tar.gz"}}
VPC = {"networking": {"subnets": ["subnet-1"], "security_group_ids": ["sg-1"]}}


@pytest.mark.parametrize(
    "changes",
    [
        (),
        ({"artifact": None},),
        (ELSEWHERE, {"artifact": {"sha256": "0" * 64}}),
        (SKLEARN,),
        (SKLEARN, CODE),
        ({"container": {"image": None, "framework": "knn"}},),
        (several(IMAGE),),
        (several(IMAGE, IMAGE, inference_execution={"mode": "Serial"}),),
        ({"container": {"repository_access_mode": "Vpc"}}, VPC),
        (CODE, {"container": {"requirements": "requirements.txt"}}),
        ({"on_delete": "leave"},),
    ],
)
def test_a_sound_model_has_no_findings(changes: tuple[dict[str, Any], ...]) -> None:
    assert findings(*changes) == []


MISTAKES = [
    ("E240", ("container",), ({"container": None},)),
    ("E240", ("container", "framework"), ({"container": {"framework": "knn"}},)),
    ("E240", ("container", "framework_version"), ({"container": {"framework_version": "1"}},)),
    ("E240", ("containers", "1"), (several(IMAGE, {"hostname": "a"}),)),
    ("E241", ("version",), ({"version": 1},)),
    ("E242", ("on_delete",), ({"on_delete": "delete"},)),
    ("E242", ("on_delete",), ({"on_delete": "stop"},)),
    ("E243", ("containers",), (several({**IMAGE, "hostname": "a"}, IMAGE),)),
    ("E243", ("containers",), (several(*({**IMAGE, "hostname": "a"},) * 2),)),
    ("E244", ("container", "entry_script"),
     (CODE, {"container": {"image": None, "framework": "pytorch", "framework_version": "2.6",
                           "instance_type": "ml.m5.large"}})),
    ("E245", ("artifact", "s3_uri"), (ELSEWHERE, {"container": {"mode": "MultiModel"}})),
    ("E245", ("container", "multi_model"),
     ({"container": {"multi_model": {"model_cache_setting": "Disabled"}}},)),
    ("E245", ("artifact", "s3_data_type"),
     ({"container": {"mode": "MultiModel"}},
      {"artifact": {"job": None, "s3_uri": "s3://b/m/", "s3_data_type": "S3Prefix"}})),
    ("E202", ("artifact",), ({"artifact": {"job": None}},)),
    ("E202", ("artifact", "s3_uri"), ({"artifact": {"s3_uri": "s3://b/m.tar.gz"}},)),
    ("E202", ("artifact", "version"), (ELSEWHERE, {"artifact": {"version": 2}})),
    ("E202", ("artifact", "sha256"), ({"artifact": {"sha256": "0" * 64}},)),
    ("E202", ("container",), ({"artifact": None, "containers": [IMAGE]},)),
    ("E202", ("inference_execution",), ({"inference_execution": {"mode": "Serial"}},)),
    ("E202", ("container", "dependencies"),
     (CODE, {"container": {"source_dir": "s3://b/c.tar.gz", "dependencies": ["lib"]}})),
    ("E102", ("container", "framework_version"), (SKLEARN, {"container": {
        "framework_version": None}})),
    ("E235", ("container", "framework_version"), (SKLEARN, {"container": {
        "framework_version": "9.9"}})),
    ("E235", ("container", "framework"), ({"container": {"image": None, "framework": "sclearn",
                                                         "framework_version": "1"}},)),
    ("E235", ("container", "instance_type"),
     ({"container": {"image": None, "framework": "pytorch", "framework_version": "2.6"}},)),
    ("E102", ("container", "entry_script"), ({"container": {"source_dir": "serving"}},)),
    ("E103", ("container", "requirements"), (CODE, {"container": {"requirements": "r.txt"}})),
    ("E232", ("container", "entry_script"), (CODE, {"networking": {"network_isolation": True}})),
    ("E224", ("container", "repository_access_mode"),
     ({"container": {"repository_access_mode": "Vpc"}},)),
    ("E102", ("networking", "security_group_ids"), ({"networking": {"subnets": ["subnet-1"]}},)),
    ("E102", ("container", "repository_auth", "repository_credentials_provider_arn"),
     ({"container": {"repository_auth": {}}},)),
    ("E208", ("env", "API_TOKEN"), ({"env": {"API_TOKEN": "a1b2c3d4e5f6a7b8c9d0"}},)),
    ("E208", ("containers", "0", "env", "KEY"),
     (several({**IMAGE, "env": {"KEY": "AKIAABCDEFGHIJKLMNOP"}}),)),
    ("E230", ("tags", "aws:x"), ({"tags": {"aws:x": "y"}},)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "path", "changes"), MISTAKES)
def test_a_mistake_has_its_number_and_place(
    code: str, path: tuple[str, ...], changes: tuple[dict[str, Any], ...]
) -> None:
    assert (code, path) in [(f.code, tuple(map(str, f.path))) for f in findings(*changes)]


def test_prefix_and_name_leave_room_for_the_digest() -> None:
    fenced = environment(name_prefix="ml-")
    assert list(KIND.check(model({"name": "a" * 37}), fenced)) == []
    (found,) = KIND.check(model({"name": "a" * 38}), fenced)
    assert (found.code, found.path) == ("E207", ("name",))


def test_no_finding_shows_a_secret() -> None:
    secret = "AKIAABCDEFGHIJKLMNOP"
    found = findings({"env": {"KEY": secret}}, {"api_overrides": {"PrimaryContainer": {
        "Environment": {"KEY": secret}}}})  # fmt: skip
    assert len(found) == 2
    assert secret not in repr(found)


LIMITS = [
    ({"images": ["123.*"]}, ("container", "image"), {}),
    ({"images": ["123.*"]}, ("container", "framework"), SKLEARN),
    ({"images": ["1111*"]}, ("api_overrides", "PrimaryContainer", "Image"),
     {"api_overrides": {"PrimaryContainer": {"Image": "other"}}}),
    ({"role_arns": ["arn:aws:iam::1:role/x"]}, ("role_arn",), {}),
    ({"buckets": ["acme"]}, ("artifact", "s3_uri"), ELSEWHERE),
    ({"require": ["vpc"]}, ("networking",), {}),
    ({"require": ["network_isolation"]}, ("networking",), {}),
    ({"require": ["owner"]}, ("owner",), {}),
    ({"require_tags": ["team"]}, ("tags",), {}),
]  # fmt: skip


@pytest.mark.parametrize(("limits", "path", "change"), LIMITS)
def test_what_the_environment_does_not_allow_is_refused_at_its_place(
    limits: dict[str, Any], path: tuple[str, ...], change: dict[str, Any]
) -> None:
    assert [(f.code, f.path) for f in findings(change, **limits)] == [("E206", path)]


def test_a_limit_that_is_kept_says_nothing() -> None:
    limits = {"images": ["111122223333.*"], "buckets": ["acme"], "require_tags": ["owner"]}
    assert findings({"owner": "ml"}, **limits) == []
