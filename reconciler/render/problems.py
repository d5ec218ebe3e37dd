"""Problems as a person reads them: number, place, source line, carets, help.

Stands between whatever found `Problem`s and the command line; `render/json.py` has them for
machines. Source lines are shown as they are, but for two things: characters that could act are
escaped, and values of the container's environment and secrets are covered.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.errors import Place, Problem
from reconciler.render.inert import inert
from reconciler.render.theme import Theme
from reconciler.render.values import counted

_SECRET = frozenset({"E208"})
"""Problems whose place is a secret: what stands there is never shown again."""

_COVER = "*"
_LEAD = 24
"""Characters of a long line that are kept before its marked part."""

_ENVIRONMENT_KEY = re.compile(r"""(?:.*[\s{,"'])?(?:env|Environment)["']?\s*:(?=\s|\{|$)""")
_KEY = re.compile(r"[^:]*:(?=\s|$)")
_ENTRY = re.compile(
    r"""[{,]\s*(?P<key>["']?[A-Za-z_][A-Za-z0-9_]*["']?\s*:)"""
    r"""(?P<value>\s+(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'{}\[\],][^"'{}\[\],]*)\s*)"""
    r"(?=[,}]|$)"
)
"""One entry of a map in braces, as far as a line alone can tell; it stops before the next one."""


def render(
    problems: Iterable[Problem],
    sources: Mapping[str, str | bytes],
    *,
    theme: Theme | None = None,
) -> str:
    """Show problems in the order of their places, with a line that counts them.

    `sources` holds the documents by path; a place outside them is shown without its line. The
    text is empty when there are no problems, else it ends with a newline.
    """
    found = sorted(problems, key=_order)
    if not found:
        return ""
    page = _Page(_shown_lines(found, sources), theme or Theme())
    blocks = ["\n".join(page.problem(problem)) for problem in found]
    return "\n\n".join([*blocks, _summary(found)]) + "\n"


def _order(problem: Problem) -> tuple[bool, Place, str, str]:
    place = problem.place or Place("", 0, 0)
    return problem.place is None, place, problem.code, problem.message


def _summary(problems: Sequence[Problem]) -> str:
    paths = {problem.place.path for problem in problems if problem.place}
    errors = counted(len(problems), "error")
    return f"{errors} in {counted(len(paths), 'document')}" if paths else errors


def _shown_lines(
    problems: Sequence[Problem], sources: Mapping[str, str | bytes]
) -> dict[tuple[str, int], str]:
    """The source lines that problems point at, with what must not be seen covered."""
    places = [problem.place for problem in problems if problem.place]
    places += [place for problem in problems for _, place in problem.related]
    texts = {path: _lines(sources[path]) for path in {p.path for p in places} & sources.keys()}
    shown = {
        (place.path, place.line): _without_environment(texts[place.path], place.line - 1)
        for place in places
        if 0 < place.line <= len(texts.get(place.path, ()))
    }
    for problem in problems:
        key = (problem.place.path, problem.place.line) if problem.place else None
        if problem.place and key in shown and problem.code in _SECRET:
            start = problem.place.column - 1
            shown[key] = _covered(shown[key], start, start + problem.place.width)
    return shown


def _lines(source: str | bytes) -> list[str]:
    text = source.decode("utf-8", "replace") if isinstance(source, bytes) else source
    return text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")


def _without_environment(lines: Sequence[str], index: int) -> str:
    """A line in which values of the container's environment are covered.

    It goes by indentation, since the document may be one that cannot be read.
    """
    line = lines[index]
    opening = _ENVIRONMENT_KEY.match(line)
    if opening:
        return _values_covered(line, opening.end())
    indent = _indent(line)
    for above in reversed(lines[:index]):
        if above.strip() and not above.lstrip().startswith("#") and _indent(above) < indent:
            if _ENVIRONMENT_KEY.match(above):
                key = _KEY.match(line)
                return _covered(line, key.end() if key else 0, len(line))
            indent = _indent(above)
        if indent == 0:
            break
    return line


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _values_covered(line: str, start: int) -> str:
    """The line with the values of a map `{key: value, …}` from `start` on covered, its keys shown.

    From where it does not go on like such a map all is covered.
    """
    start += len(line[start:]) - len(line[start:].lstrip())
    while entry := _ENTRY.match(line, start):
        line = _covered(line, entry.start("value"), entry.end())
        start = entry.end()
    return _covered(line, start, len(line))


def _covered(line: str, start: int, end: int) -> str:
    """The line with a stretch covered; blanks and brackets stay."""
    return line[:start] + re.sub(r"[^\s{}]", _COVER, line[start:end]) + line[end:]


@dataclass(frozen=True, slots=True)
class _Page:
    """What every block of the text needs."""

    shown: Mapping[tuple[str, int], str]
    """Source lines by path and number."""
    theme: Theme

    def problem(self, problem: Problem) -> list[str]:
        """The lines of one problem with its help and its related places."""
        paint = self.theme.paint
        title = paint(f"error[{problem.code}]", "bad")
        lines = [f"{title}: {paint(inert(problem.message), 'strong')}"]
        gutter = self.gutter(problem.place)
        if problem.place:
            lines += self.snippet(problem.place, gutter)
        if problem.help:
            lines.append(paint(f"{gutter} = help: ", "dim") + inert(problem.help))
        for note, place in problem.related:
            lines.append(f"{paint('note', 'change')}: {inert(note)}")
            lines += self.snippet(place, self.gutter(place))
        return lines

    def gutter(self, place: Place | None) -> str:
        """Blanks as wide as the line number."""
        return " " * (len(str(place.line)) if place else 1)

    def snippet(self, place: Place, gutter: str) -> list[str]:
        """Where it is, and if the source is at hand the line with carets under the place."""
        paint = self.theme.paint
        lines = [f"{paint(f'{gutter}-->', 'dim')} {inert(str(place))}"]
        source = self.shown.get((place.path, place.line))
        if source is not None:
            text, blanks, carets = self.marked(source, place)
            bar = paint(f"{gutter} |", "dim")
            lines.append(bar)
            lines.append(f"{paint(f'{place.line} |', 'dim')} {text}".rstrip())
            lines.append(f"{bar} {blanks}{paint(carets, 'bad')}")
        return lines

    def marked(self, source: str, place: Place) -> tuple[str, str, str]:
        """The line as it is shown, the blanks before its carets, and the carets."""
        first = place.column - 1
        room = max(self.theme.width - len(str(place.line)) - len(" | "), 2 * _LEAD)
        start = 0
        if len(source) > room and first + place.width > room:
            start = max(0, first - _LEAD)
        cut = self.theme.symbols.wait
        before = (cut if start else "") + source[start:first]
        stretch = source[first : min(first + place.width, start + room)]
        after = source[first + len(stretch) : start + room]
        ending = cut if len(source) > start + room else ""
        offset = _columns(inert(before))
        width = _columns(inert(before + stretch)) - offset
        return inert(before + stretch + after) + ending, " " * offset, "^" * max(1, width)


def _columns(text: str) -> int:
    """Columns of a terminal that a text takes: two for wide characters, none for marks."""
    return sum(_WIDTHS.get(unicodedata.east_asian_width(c), 1) * _is_spacing(c) for c in text)


_WIDTHS = {"W": 2, "F": 2}


def _is_spacing(character: str) -> bool:
    return unicodedata.category(character) not in ("Mn", "Me", "Cf")
