"""Problems with the lines of the documents they are about."""

from __future__ import annotations

from collections.abc import Iterable

import click

from reconciler.core.files import Files
from reconciler.core.header import is_reference
from reconciler.errors import Problem
from reconciler.render.theme import Theme

_META = "reconciler.files"


def remember_files(ctx: click.Context, files: Files) -> None:
    """Keep what was read, so that a later failure can show the lines it is about."""
    ctx.meta[_META] = files


def problems_text(problems: Iterable[Problem], ctx: click.Context, theme: Theme) -> str:
    """The problems as text, each with its source line where the document was read."""
    from reconciler.render.problems import render

    problems = tuple(problems)
    return render(problems, _sources(problems, ctx.meta.get(_META)), theme=theme)


def _sources(problems: tuple[Problem, ...], files: Files | None) -> dict[str, bytes]:
    if files is None:
        return {}
    places = [problem.place for problem in problems if problem.place]
    places += [place for problem in problems for _, place in problem.related]
    known = {
        entry.path
        for place in places
        for entry in files.under(place.path)
        if not is_reference(entry)
    }
    return files.read(sorted(known))
