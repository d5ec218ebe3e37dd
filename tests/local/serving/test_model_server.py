"""A container answers with the script's functions, and with those of AWS's containers else."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy
import pytest

from reconciler.local.inference import server
from reconciler.local.inference.server import CSV, JSON, NPY, Model, Refused


class Sums:
    """A model as scikit-learn has them."""

    def predict(self, rows: Any) -> Any:
        return rows.sum(axis=1)


def model(**functions: Any) -> Model:
    own = {"model_fn": lambda _: Sums(), **functions}
    script: Any = SimpleNamespace(**own)
    return Model(server.functions_of(script, framework="arrays"), "/nowhere")


def npy(values: Any) -> bytes:
    content = io.BytesIO()
    numpy.save(content, numpy.array(values))
    return content.getvalue()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[[1, 2], [3, 4]]", JSON),
        (b"[[1, 2], [3, 4]]", "application/json; charset=utf-8"),
        (b"1,2\n3,4\n", CSV),
        (npy([[1.0, 2.0], [3.0, 4.0]]), NPY),
    ],
)
def test_numbers_come_as_json_csv_or_npy(body: bytes, kind: str) -> None:
    assert model().answer(body, kind, JSON) == (b"[3.0, 7.0]", JSON)


@pytest.mark.parametrize(
    ("accept", "content"), [(JSON, b"[3.0, 7.0]"), (CSV, b"3.0\n7.0\n"), (NPY, npy([3.0, 7.0]))]
)
def test_predictions_go_as_json_csv_or_npy(accept: str, content: bytes) -> None:
    body = npy([[1.0, 2.0], [3.0, 4.0]])
    assert model().answer(body, NPY, accept) == (content, accept)


@pytest.mark.parametrize(
    ("body", "kind", "accept", "status"),
    [
        (b"{", JSON, JSON, 400),
        (b'[["a"]]', JSON, JSON, 400),
        (b"\xff", CSV, JSON, 400),
        (b"no", NPY, JSON, 400),
        (b"x", "image/png", JSON, 415),
        (b"[[1]]", JSON, "image/png", 406),
    ],
)
def test_what_the_defaults_cannot_read_or_write_is_refused(
    body: bytes, kind: str, accept: str, status: int
) -> None:
    with pytest.raises(Refused) as caught:
        model().answer(body, kind, accept)
    assert caught.value.status == status


def test_each_function_of_the_script_takes_the_place_of_a_default() -> None:
    own = model(
        input_fn=lambda body, kind: (body.decode(), kind),
        predict_fn=lambda data, _: "|".join(data),
        output_fn=lambda prediction, accept: (f"<{prediction}>", "text/html"),
    )
    assert own.answer(b"x", "text/plain", JSON) == (b"<x|text/plain>", "text/html")


def test_an_output_without_a_type_has_the_one_that_was_asked_for() -> None:
    own = model(output_fn=lambda prediction, accept: b"x")
    assert own.answer(b"[[1]]", JSON, "text/plain") == (b"x", "text/plain")


def test_a_transform_function_does_it_all() -> None:
    own = model(transform_fn=lambda _, body, kind, accept: (body + kind.encode(), accept))
    assert own.answer(b"a", "b", "c") == (b"ab", "c")


def test_scikit_learn_has_no_default_for_loading_as_on_sagemaker() -> None:
    with pytest.raises(NotImplementedError, match="Please provide a model_fn implementation"):
        Model(server.functions_of(None, framework="arrays"), "/nowhere")


def test_a_script_is_imported_under_its_name_beside_its_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "serve_it.py").write_text("import helper_of_it\nname = __name__\n")
    (tmp_path / "helper_of_it.py").write_text("")
    monkeypatch.setattr(sys, "path", ["server's own folder", *sys.path])
    script = server.load_script(str(tmp_path / "serve_it.py"))
    assert script.name == "serve_it"
    assert "server's own folder" not in sys.path


def test_the_server_imports_no_numpy_and_nothing_of_the_project_by_itself() -> None:
    code = (
        "import runpy, sys, json\n"
        f"runpy.run_path({server.__file__!r}, run_name='server')\n"
        "print(json.dumps([m for m in sys.modules if m.split('.')[0] in "
        "('numpy', 'joblib', 'torch', 'reconciler')]))"
    )
    found = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    assert json.loads(found.stdout) == []
