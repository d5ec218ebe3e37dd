"""Print the request for one intent: `python tests/kinds/intent_request.py …/intent.json`.

Made for a comparison with what AWS's own SDKs send: JSON with `request` and `uploads` (digests of
the files that go up) on stdout. A refused intent ends with status 1 and its reason on stderr.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def answer(intent: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The request and the uploads for an intent that lies in a folder. Raises ValueError."""
    from tests.kinds.intent_documents import request_of
    from tests.support.files import FolderFiles

    files = FolderFiles(folder.parents[1] / "fixtures")
    request, uploads, findings = request_of(intent, files)
    if findings:
        raise ValueError("\n".join(findings))
    sums = [
        {
            "files": {
                entry.path: hashlib.sha256(files.read([entry.origin])[entry.origin]).hexdigest()
                for entry in manifest.entries
            }
        }
        for manifest in uploads
    ]
    return {"request": request, "uploads": sums}


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    path = Path(sys.argv[1])
    try:
        found = answer(json.loads(path.read_text("utf-8")), path.resolve().parent)
    except ValueError as error:
        sys.exit(str(error))
    print(json.dumps(found, ensure_ascii=False))
