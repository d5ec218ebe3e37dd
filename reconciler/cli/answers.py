"""What `init` has to know: from options, or asked on a terminal, and checked either way."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import click

from reconciler.cli.console import Console


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to know."""

    option: str
    asks: str
    pattern: str
    form: str
    """What an answer looks like, in words."""

    @property
    def key(self) -> str:
        """Under which the answer is given."""
        return self.option.removeprefix("--").replace("-", "_")

    def checked(self, text: str) -> str:
        """The answer. Raises click.BadParameter if it cannot be one."""
        if not re.fullmatch(self.pattern, text):
            raise click.BadParameter(f"{text!r} is not {self.form}", param_hint=self.option)
        return text


ACCOUNT = Question("--account", "AWS account", "[0-9]{12}", "an account: 12 digits")
REGION = Question(
    "--region", "AWS region", "[a-z]{2}(-[a-z]+)+-[0-9]", "a region, such as eu-west-1"
)
BUCKET = Question(
    "--bucket",
    "S3 bucket for code, data and artifacts",
    "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    "the name of a bucket",
)
ROLE = Question(
    "--role-arn",
    "Execution role of the jobs",
    "arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+",
    "the ARN of a role",
)
REPOSITORY = Question(
    "--repository",
    "Repository on GitHub (OWNER/NAME)",
    "[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+",
    "OWNER/NAME",
)
ACTION = Question(
    "--action",
    "Action that the workflows run (OWNER/NAME@COMMIT)",
    "[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+@[0-9a-f]{40}",
    "OWNER/NAME@COMMIT with all 40 digits: a tag can be moved",
)
OWNERS = Question(
    "--owners",
    "Who approves changes (@user or @org/team)",
    "@[A-Za-z0-9-]+(/[A-Za-z0-9._-]+)?( @[A-Za-z0-9-]+(/[A-Za-z0-9._-]+)?)*",
    "one or more of @user, @org/team",
)


def answers(
    console: Console,
    questions: Sequence[Question],
    given: Mapping[str, str | None],
    guesses: Mapping[str, str],
) -> dict[str, str]:
    """An answer to each question; without a terminal all of them must be given or guessed.

    Raises click.UsageError that names every option that is missing.
    """
    if not console.interactive:
        missing = [q.option for q in questions if not given[q.key] and q.key not in guesses]
        if missing:
            raise click.UsageError(f"there is no terminal to ask on; pass {', '.join(missing)}")
    found: dict[str, str] = {}
    for question in questions:
        text = given[question.key] or _asked(console, question, guesses.get(question.key))
        found[question.key] = question.checked(text)
    return found


def _asked(console: Console, question: Question, guess: str | None) -> str:
    if not console.interactive:
        return str(guess)
    text: str = click.prompt(question.asks, default=guess, err=True, value_proc=question.checked)
    return text
