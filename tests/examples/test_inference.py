"""The code that serves digits: pictures in, the likeliest digit and its probability out."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import joblib
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


class Sure:
    """A model that is sure that every picture shows a four."""

    def predict_proba(self, pictures: np.ndarray) -> np.ndarray:
        assert pictures.max() <= 1
        return np.tile(np.eye(10)[4], (len(pictures), 1))


@pytest.fixture(scope="module")
def inference() -> ModuleType:
    """The module as AWS's container loads it."""
    path = ROOT / "serving/digits/inference.py"
    spec = importlib.util.spec_from_file_location("inference", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_picture_of_a_request_gets_its_digit(inference: ModuleType) -> None:
    picture = (ROOT / "data/a-four.csv").read_bytes()
    pictures = inference.input_fn(picture * 2, "text/csv; charset=utf-8")
    body, kind = inference.output_fn(inference.predict_fn(pictures, Sure()), "*/*")
    assert kind == "application/json"
    assert json.loads(body) == [{"digit": 4, "probability": 1.0}] * 2


def test_the_model_is_what_the_job_left(inference: ModuleType, tmp_path: Path) -> None:
    joblib.dump({"a": 1}, tmp_path / "model.joblib")
    assert inference.model_fn(str(tmp_path)) == {"a": 1}


@pytest.mark.parametrize(("body", "kind"), [(b"1,2,3", "text/csv"), (b"[]", "application/json")])
def test_what_is_no_picture_is_refused(inference: ModuleType, body: bytes, kind: str) -> None:
    with pytest.raises(ValueError, match=r"64 values|text/csv"):
        inference.input_fn(body, kind)


def test_the_committed_request_is_a_picture_that_no_job_trains_on() -> None:
    picture = "4," + (ROOT / "data/a-four.csv").read_text().strip()
    lines = {
        folder: {line for path in (ROOT / "data/digits" / folder).glob("*.csv")
                 for line in path.read_text().split()}
        for folder in ("train", "validation")
    }  # fmt: skip
    assert picture in lines["validation"] - lines["train"]
