"""What stands above a plan: that it is outdated, and that others change the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.core.basis import Moved
from reconciler.core.plan import Plan
from reconciler.render.markdown_banners import ROOM, with_banner, with_others
from reconciler.render.markdown_plan import plan_markdown
from tests.render.hostile_texts import HOSTILE
from tests.render.markdown_reading import acting

BODY = "<!-- reconciler:plan:prod -->\n\n### Plan\n\ntext\n\n<!-- hidden -->\n"


def test_the_banner_stands_below_the_marker_and_says_what_moved() -> None:
    shown = with_banner(BODY, Moved(("jobs/_defaults.yaml",), ("churn", "model")))
    assert shown.startswith("<!-- reconciler:plan:prod -->\n\n<!-- reconciler:outdated -->\n> [!")
    assert shown.endswith("\n\n### Plan\n\ntext\n\n<!-- hidden -->\n")
    assert (
        "> **Outdated.** Since this was planned, `jobs/_defaults.yaml` changed and the lock has"
        " news of `churn`, `model`. Update the branch, or push to it, for a new plan."
    ) in shown


def test_it_is_replaced_and_taken_away_again() -> None:
    once = with_banner(BODY, Moved(("a",), ()))
    assert with_banner(once, Moved(("a",), ())) == once
    twice = with_banner(once, Moved((), ("churn",)))
    assert twice.count("Outdated") == 1 and "`a`" not in twice and "`churn`" in twice
    assert with_banner(twice, Moved((), ())) == BODY
    assert with_banner(BODY, Moved((), ())) == BODY


def test_of_many_the_first_are_named_and_the_rest_is_counted() -> None:
    names = tuple(f"jobs/churn-{n}.yaml" for n in range(500))
    shown = with_banner(BODY, Moved(names, names))
    assert "`jobs/churn-2.yaml` and 497 more changed" in shown and "churn-3.yaml" not in shown
    longest = with_banner(BODY, Moved(("x" * 4096,) * 9, ("y" * 4096,) * 9))
    assert len(longest) - len(BODY) <= ROOM


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_inert(name: str) -> None:
    shown = with_banner(BODY, Moved((name,), (name,)))
    assert acting(shown) == acting(with_banner(BODY, Moved(("a",), ("a",))))
    assert acting(with_others(BODY, {7: [name]}).replace("#7", "7")) == acting(BODY)
    assert with_banner(shown, Moved((), ())) == BODY


def test_other_pull_requests_are_named_with_what_they_share() -> None:
    shown = with_others(BODY, {12: ["churn", "model"], 8: ["churn"]})
    assert shown.startswith("<!-- reconciler:plan:prod -->\n\n> [!NOTE]\n> Other open pull")
    assert "change the same: #8 (`churn`), #12 (`churn` and 1 more).\n\n### Plan" in shown
    assert with_others(BODY, {}) == BODY
    moved = Moved(("a",), ())
    assert with_banner(with_banner(shown, moved), Moved((), ())) == shown


def test_of_many_pull_requests_the_first_are_named() -> None:
    many = {number: ["x" * 4096, "y"] for number in range(100_000, 100_300)}
    names = ("x" * 4096,) * 9
    shown = with_banner(with_others(BODY, many), Moved(names, names))
    assert "#100004 " in shown and "#100005" not in shown and " and 295 more." in shown
    assert len(shown) - len(BODY) <= ROOM


def test_a_real_comment_comes_back_as_it_was(make_plan: Callable[..., Plan]) -> None:
    body = plan_markdown(make_plan())
    assert with_banner(with_banner(body, Moved(("a",), ())), Moved((), ())) == body
