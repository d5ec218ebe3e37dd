"""Answer requests with the forest that reads digits: pictures in, digits and how sure it is out.

AWS's scikit-learn container calls these functions. A request is CSV, one picture a line: the 64
grey values (0 to 16) of its 8 by 8 points, as in `data/digits` without the digit.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import joblib
import numpy as np


def model_fn(model_dir: str):
    """Load what the training job left."""
    return joblib.load(Path(model_dir) / "model.joblib")


def input_fn(body, content_type: str) -> np.ndarray:
    """Read the pictures of a request as the forest knows them, with values from 0 to 1."""
    if content_type.partition(";")[0] != "text/csv":
        raise ValueError(f"send text/csv, not {content_type}")
    text = body.decode() if isinstance(body, bytes) else body
    pictures = np.loadtxt(io.StringIO(text), delimiter=",", ndmin=2)
    if pictures.shape[1] != 64:
        raise ValueError(f"a picture has 64 values, not {pictures.shape[1]}")
    return pictures / 16


def predict_fn(pictures: np.ndarray, model) -> np.ndarray:
    """Give each digit's probability, one row for each picture."""
    return model.predict_proba(pictures)


def output_fn(probabilities: np.ndarray, accept: str) -> tuple[str, str]:
    """Write the likeliest digit of each picture and its probability, as JSON."""
    best = probabilities.argmax(axis=1)
    answers = [
        {"digit": int(digit), "probability": round(float(row[digit]), 3)}
        for digit, row in zip(best, probabilities, strict=True)
    ]
    return json.dumps(answers), "application/json"
