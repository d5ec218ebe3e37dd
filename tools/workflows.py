"""Write what follows from the workflows that `init` copies into a repository.

Ours, which run the action as it is checked out; the reusable ones, which have the same jobs; and
their callers, which have the same name, events and lanes. The first comment of a file, the opening
of a reusable workflow and the jobs of a caller are written by hand, in the file itself.

python tools/workflows.py            write the files
python tools/workflows.py --check    exit 1 if a committed file is not what this writes
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "reconciler" / "cli" / "templates"
COPIED = TEMPLATES / "github" / "dot-github" / "workflows"
CALLERS = TEMPLATES / "github-called" / "dot-github" / "workflows"
WORKFLOWS = ROOT / ".github" / "workflows"
NAMES = ("plan.yml", "reconcile.yml")

ACTION = "uses: @{action}\n"
CHECKED_OUT = "uses: ./\n"
OF_THE_WORKFLOW = "uses: $/.\n"
"""The action at the top of the repository, at the commit, that a called workflow is from."""

_BASE = re.compile(r"      - name: Check out the base\n(?: {8}.*\n)+")
_MAY_READ = re.compile(r" {6}contents: read .*\n(?= {6}pull-requests: write # to comment\n)")


def files() -> Iterator[tuple[Path, str]]:
    """Each file, with the text that it should have."""
    for name in NAMES:
        copied = (COPIED / name).read_text(encoding="utf-8")
        _, head, jobs = parts(copied)
        yield WORKFLOWS / name, copied.replace(ACTION, CHECKED_OUT)
        path = WORKFLOWS / f"reusable-{name}"
        comment, opening, _ = parts(path.read_text(encoding="utf-8"))
        yield path, comment + opening + reusable(jobs)
        comment, _, calls = parts((CALLERS / name).read_text(encoding="utf-8"))
        yield CALLERS / name, comment + head + calls


def parts(text: str) -> tuple[str, str, str]:
    """The first comment, what stands before the jobs, and the jobs."""
    start, jobs = text.index("name: "), text.index("jobs:\n")
    return text[:start], text[start:jobs], text[jobs:]


def reusable(jobs: str) -> str:
    """The jobs for callers. The comment job checks no base out: it has the action elsewhere."""
    return _MAY_READ.sub("", _BASE.sub("", jobs)).replace(ACTION, OF_THE_WORKFLOW)


def main() -> int:
    """Write the files, or compare them."""
    check = "--check" in sys.argv[1:]
    stale = [(path, text) for path, text in files() if path.read_text(encoding="utf-8") != text]
    for path, text in stale:
        if not check:
            path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(ROOT)} {'is stale' if check else 'written'}")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
