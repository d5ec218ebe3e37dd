"""The banner that says that a plan is outdated."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.core.basis import Moved
from reconciler.core.plan import Plan
from reconciler.render.markdown_outdated import ROOM, with_banner
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
    assert with_banner(shown, Moved((), ())) == BODY


def test_a_real_comment_comes_back_as_it_was(make_plan: Callable[..., Plan]) -> None:
    body = plan_markdown(make_plan())
    assert with_banner(with_banner(body, Moved(("a",), ())), Moved((), ())) == body
