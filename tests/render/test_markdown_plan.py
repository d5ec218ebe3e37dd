"""The comment on a pull request."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from reconciler.core.call import Call
from reconciler.core.environment import Environment
from reconciler.core.kind import Reference
from reconciler.core.plan import Action, Change, FieldChange, Note, Plan, Standing
from reconciler.core.resource import Resource, Revision, Target, Upstream
from reconciler.core.spending import LastRuns
from reconciler.core.under_way import UnderWay
from reconciler.errors import Place, Problem
from reconciler.render.markdown_plan import LIMIT, plan_markdown
from reconciler.render.plan import plan_text
from reconciler.render.theme import Theme
from tests.render.hostile_texts import HOSTILE
from tests.render.markdown_reading import PARSER, acting, tags

MakePlan = Callable[..., Plan]
DOCUMENTED = [text for text in HOSTILE if text.encode("utf-8", "ignore").decode() == text]
"""What is no Unicode text cannot come out of a document: its digest could not be made."""


def building_on(change: Change, *names: str) -> Change:
    """The change as one that takes the output of others."""
    upstreams = tuple(
        Upstream(Reference(("inputs", "base"), name), "d" * 64, f"{name}-0123", "s3://b/m.tar.gz")
        for name in names
    )
    resource: Resource = None  # type: ignore[assignment]  # nothing here looks at it
    return replace(change, target=Target(resource, "d" * 64, upstreams))


def test_the_comment_of_a_plan_reads_as_designed(make_plan: MakePlan, launch: Change) -> None:
    """Marker, where, verdict, bound, table by risk, diff, what comes next, the command."""
    plan = make_plan()
    blob = f"https://github.com/acme/ml/blob/9f2c1ab{'0' * 33}/"
    text = plan_markdown(plan)
    assert text.startswith(
        "<!-- reconciler:plan:prod -->\n\n"
        "### Plan for `prod` · account `444455556666` · `eu-west-1`\n\n"
        f"Commit `9f2c1ab00000` · plan digest `{plan.digest[:8]}`\n\n"
        "**+ 1 launch · = 1 in sync · … 1 deferred · ! 1 held · ! 1 stale**\n\n"
        "At most 1h of instance time · 1 launch not priced: `prices` names no price.\n\n"
        "| | resource | why | compute and bound |\n"
        "|---|---|---|---|\n"
        f"| + launch | [`churn-xgb-gated`]({blob}jobs/churn/churn-xgb-gated.yaml#L4) 6 → 7 |"
        " changed: `hyperparameters.num_round`, `inputs.train.s3_uri`, 1 more |"
        " `1 × ml.m5.4xlarge, at most 1h` |\n"
        f"| ! held | [`edited`]({blob}jobs/edited.yaml#L4) 3 |"
        " E201: it changed\\, but its version is still 3 |  |\n"
    )
    assert (
        "<details>\n<summary>+ <code>churn-xgb-gated</code> launch</summary>\n\n"
        "**Changes training**\n\n```\n"
        "hyperparameters.num_round  300 → 400  (line 11)\n"
    ) in text
    assert "output.kms_key_id          – → alias/ml  (from jobs/_defaults.yaml:4)\n" in text
    assert "- launch it: reconciler bump edited" in text.replace("\\", "")
    assert "recorded in `locks/prod/`" in text
    assert text.endswith(f"reconciler apply -e prod --push git --plan-digest {plan.digest}\n```\n")


def test_a_run_of_an_older_version_is_told_to_go_on(make_plan: MakePlan, launch: Change) -> None:
    """A new version stops nothing: it goes on costing money beside the new one."""
    run = UnderWay("churn-xgb-gated-aa", 6, 2220, 3600, Decimal("41.00"))
    text = plan_markdown(make_plan(changes=(replace(launch, under_way=(run,)),), notes=()))
    assert "1 more; version 6 keeps running |" in text
    fact = next(line for line in text.splitlines() if line.startswith("- version 6"))
    assert fact.replace("\\", "").replace("&#36;", "$") == (
        "- version 6 keeps running as `churn-xgb-gated-aa`, 37m of at most 1h, at most $41.00 so"
        " far; to stop it: `reconciler stop churn-xgb-gated@6`"
    )


def test_a_launch_that_waits_has_its_compute_and_bound(make_plan: MakePlan, launch: Change) -> None:
    """Approving the plan approves it: it is in the sum, and counted as later."""
    waits = Note(
        Standing.DEFERRED,
        "TrainingJob",
        "big",
        "waits for churn",
        version=1,
        calls=launch.calls,
        cost_bound="$14,623.72",
        fields=(FieldChange("compute.instance_count", 1, 8, None),),
    )
    text = plan_markdown(make_plan(changes=(replace(launch, cost_bound="$0.23"),), notes=(waits,)))
    assert "At most 2h of instance time · at most $14,623.95 · 1 of 2 launches later." in text
    assert "| `1 × ml.m5.4xlarge, at most 1h; at most $14,623.72` |" in text
    assert "**Changes training**\n\n```\ncompute.instance_count" in text
    shown = plan_text(make_plan(notes=(waits,)), Theme())
    assert "1 × ml.m5.4xlarge, at most 1h · at most $14,623.72" in shown


def test_the_comment_names_what_goes_where(make_plan: MakePlan, launch: Change) -> None:
    """The name on SageMaker, the calls, the role, the artifact it builds on."""
    request = {**launch.calls[0].params, "RoleArn": "arn:aws:iam::444455556666:role/ml"}
    change = building_on(replace(launch, calls=(Call("CreateTrainingJob", request),)), "base")
    text = plan_markdown(make_plan(changes=(change,)))
    assert "- on SageMaker: `churn-xgb-gated-0123456789`" in text
    assert "- sends: `CreateTrainingJob`" in text
    assert "- role: `arn:aws:iam::444455556666:role/ml`" in text
    assert "- builds on `base`: `s3://b/m.tar.gz`" in text
    assert (
        '```mermaid\ngraph LR\n  n0["base"]\n  n1["launch churn-xgb-gated"]\n  n0 --> n1\n' in text
    )


def test_the_riskiest_stands_first(make_plan: MakePlan, launch: Change) -> None:
    """Stops before launches, long launches before short ones, what is only told last."""
    long = {**launch.calls[0].params, "StoppingCondition": {"MaxRuntimeInSeconds": 86_400}}
    changes = (
        replace(launch, name="short"),
        replace(launch, name="long", calls=(Call("CreateTrainingJob", long),)),
        replace(launch, name="over", action=Action.STOP, calls=()),
        replace(launch, name="old", action=Action.REUSE, calls=()),
    )
    text = plan_markdown(make_plan(changes=changes))
    places = [text.index(f"[`{name}`]") for name in ("over", "long", "short", "edited", "old")]
    assert places == sorted(places)
    assert "At most 1d1h of instance time" in text


def test_nothing_to_do_is_said_and_asks_for_nothing(make_plan: MakePlan) -> None:
    """A comment that is edited to this must not offer an apply."""
    text = plan_markdown(make_plan(changes=(), notes=()))
    assert "**Nothing to do**" in text
    assert "apply" not in text and "| resource |" not in text


def test_problems_are_content_with_place_and_cure(make_plan: MakePlan) -> None:
    """A reviewer finds the line without opening the log."""
    problem = Problem(
        "E101", "unknown key `x|y` in `z`", Place("jobs/a.yaml", 14, 3), "did you mean `w`?"
    )
    text = plan_markdown(make_plan(problems=(problem,)))
    assert "**✗ 1 problem · " in text
    assert "jobs/a.yaml#L14) **E101** unknown key `x`&#124;`y` in `z`\n  did you mean `w`" in text


def test_a_first_launch_is_new_and_an_update_is_metadata_only(
    make_plan: MakePlan, launch: Change
) -> None:
    """The two cases that a reviewer tells apart first."""
    tags_call = Call("AddTags", {"ResourceArn": "arn", "Tags": []})
    changes = (
        replace(launch, name="first", previous_version=None, fields=()),
        replace(launch, name="tagged", action=Action.UPDATE, fields=(), calls=(tags_call,)),
    )
    text = plan_markdown(make_plan(changes=changes, notes=()))
    assert "[`first`]" in text and "| new |" in text
    assert "**Metadata only**: no new run." in text and "- sends: `AddTags`" in text


def test_bounds_add_up_and_what_has_none_is_told(make_plan: MakePlan, launch: Change) -> None:
    """Never a silent zero."""
    priced = replace(launch, name="priced", cost_bound="$1,234.50")
    endless = Call("CreateTrainingJob", {"TrainingJobName": "x"})
    changes = (priced, replace(priced, name="too"), replace(launch, name="x", calls=(endless,)))
    text = plan_markdown(make_plan(changes=changes))
    assert (
        "At most 2h of instance time · at most $2,469.00 · 1 launch without a bound ·"
        " 1 launch not priced: `prices` names no price." in text
    )
    assert "`1 × ml.m5.4xlarge, at most 1h; at most $1,234.50`" in text


def test_the_last_runs_stand_beside_the_bound(make_plan: MakePlan, launch: Change) -> None:
    """Where there is room for it: brief rows, of which there are hundreds, have the bound only."""
    last = LastRuns(count=3, unknown=0, amount=Decimal("0.41"), seconds=720)
    change = replace(launch, cost_bound="$1.11", last_runs=last)
    cell = "`1 × ml.m5.4xlarge, at most 1h; at most $1.11; last 3 runs: median $0.41, 12m` |"
    assert cell in plan_markdown(make_plan(changes=(change,)))
    many = tuple(replace(change, name=f"job-{number}") for number in range(40))
    text = plan_markdown(make_plan(changes=many, notes=()))
    assert text.count("median") == 25 and text.count("at most $1.11`") == 15


def test_a_plan_of_this_computer_and_an_offline_plan_say_so(make_plan: MakePlan) -> None:
    """No account that means nothing, no look that did not happen."""
    local = Environment(name="local", engine="local", bucket="local-ml")
    text = plan_markdown(make_plan(environment=local, revision=Revision(None), offline=True))
    assert "### Plan for `local` · this computer\n\nNo commit yet" in text
    assert "Nobody looked at SageMaker" in text
    assert "reconciler plan -e local --offline" in text


def test_no_value_of_the_environment_is_in_a_comment(make_plan: MakePlan, launch: Change) -> None:
    """Not from the request, not from a diff that was not redacted."""
    leaky = replace(launch, fields=(FieldChange("env.TOKEN", "0ld", "s3cr3t"),))
    text = plan_markdown(make_plan(changes=(leaky,)))
    assert "s3cr3t" not in text and "0ld" not in text


def test_an_address_of_the_author_is_not_published(make_plan: MakePlan) -> None:
    """The name is enough on a pull request."""
    revision = Revision("9" * 40, repository="github.com/acme/ml", author="Ada <ada@acme.example>")
    text = plan_markdown(make_plan(revision=revision))
    assert " by Ada · " in text and "acme.example" not in text


@pytest.mark.parametrize("hostile", DOCUMENTED)
def test_hostile_text_in_every_field_stays_text(
    make_plan: MakePlan, launch: Change, hostile: str
) -> None:
    """Names, reasons, values, paths, causes, authors: none of them acts."""
    place = Place(f"jobs/{hostile}.yaml", 3, 1)
    text = plan_markdown(hostile_plan(make_plan, launch, hostile, place))
    assert acting(text) == []
    assert tags(text) <= {"strong_open", "strong_close", "link_open", "link_close"}
    types = [token.type for token in PARSER.parse(text)]
    assert types.count("table_open") == 1 and types.count("tr_open") == 1 + len(Standing) + 2
    assert "\x1b" not in text and "\u202e" not in text
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert text.count("<!-- reconciler:plan:prod -->") == 1


def hostile_plan(make_plan: MakePlan, launch: Change, text: str, place: Place) -> Plan:
    """A plan in which whatever people or containers write is one text."""
    change = replace(
        launch,
        kind=text,
        name=text,
        why=text,
        physical_name=text,
        place=place,
        fields=(
            FieldChange(text, text, [text], place),
            FieldChange(f"hyperparameters.{text}", 1, 2),
        ),
        calls=(Call("CreateTrainingJob", hostile_request(text)),),
    )
    notes = tuple(
        Note(s, text, text, text, 1, code="E201", causes=(text, text), place=place, help=text)
        for s in Standing
        if s not in (Standing.IN_SYNC, Standing.RUNNING)
    )
    return make_plan(
        changes=(building_on(change, text, "base"), replace(change, action=Action.STOP)),
        notes=(*notes, *notes[:2]),
        problems=(Problem("E101", text, place, text),),
        revision=Revision("9" * 40, repository="github.com/acme/ml", author=text),
    )


def hostile_request(text: str) -> dict[str, Any]:
    return {
        "AlgorithmSpecification": {"TrainingImage": text},
        "RoleArn": text,
        "ResourceConfig": {"InstanceType": text, "InstanceCount": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }


@pytest.mark.parametrize(("count", "fields"), [(1, 150), (30, 150), (500, 0), (500, 3), (5000, 3)])
def test_a_comment_of_any_size_is_whole_and_below_the_limit(
    make_plan: MakePlan, launch: Change, count: int, fields: int
) -> None:
    """500 jobs all have their row; what does not fit is counted, and nothing is cut."""
    moved = tuple(FieldChange(f"hyperparameters.x{i}", "a" * 60, "|" * 60) for i in range(fields))
    changes = tuple(replace(launch, name=f"job-{i:04}", fields=moved) for i in range(count))
    text = plan_markdown(make_plan(changes=changes, notes=()))
    assert len(text.encode()) <= LIMIT
    assert acting(text) == []
    rows = text.count("| + launch |")
    hidden = [int(line.split()[0]) for line in text.splitlines() if "not shown here" in line]
    assert rows + sum(hidden) >= count
    if count <= 500:
        assert rows == count
    assert text.endswith("```\n")


def test_a_graph_is_capped(make_plan: MakePlan, launch: Change) -> None:
    """Forty edges; the rest is counted."""
    change = building_on(launch, *(f"up-{i}" for i in range(100)))
    text = plan_markdown(make_plan(changes=(change,), notes=()))
    assert text.count(" --> ") == 40
    assert 'more["and 60 more"]' in text


def test_a_label_cannot_leave_its_quotes(make_plan: MakePlan, launch: Change) -> None:
    """Mermaid's own signs are entity codes."""
    change = building_on(launch, 'a"] --> b["`x`<img>')
    text = plan_markdown(make_plan(changes=(change,), notes=()))
    block = next(t.content for t in PARSER.parse(text) if t.info == "mermaid")
    [label] = [line for line in block.splitlines() if line.startswith("  n0[")]
    assert label == '  n0["a#34;#93; --#62; b#91;#34;#96;x#96;#60;img#62;"]'
    assert json.loads(label[5:-1])
