"""Which interpreter serves which image pattern, as the owner of the engine's folder says."""

from __future__ import annotations

import json
from pathlib import Path

from reconciler.local.errors import StateError
from reconciler.local.layout import images_file


def read_images(root: Path) -> dict[str, str]:
    """The interpreters by image pattern; empty when nobody mapped any.

    Raises StateError when the file is no JSON object.
    """
    file = images_file(root)
    try:
        images = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        images = None
    if not isinstance(images, dict):
        raise StateError(f"{file} is no JSON object of image patterns and interpreters")
    return {str(pattern): str(interpreter) for pattern, interpreter in images.items()}
