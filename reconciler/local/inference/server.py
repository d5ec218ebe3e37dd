"""The model server of a container: `/ping` and `/invocations` before a script's functions.

Runs as `python server.py` in whichever Python stands in for the image, so it imports nothing of
the project, and numpy or torch only when a request needs them. The script may define `model_fn`,
`input_fn`, `predict_fn`, `output_fn` or `transform_fn`; the others are those of AWS's
scikit-learn and PyTorch containers. There, too, scikit-learn has no `model_fn` of its own.

The socket comes from the supervisor, which keeps it when this process dies: callers then wait for
the next process instead of being refused. Predictions are made one at a time, as in one of AWS's
workers; `/ping` is answered meanwhile.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import json
import os
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any

SETTINGS = "RECONCILER_LOCAL_SERVING"
"""The variable with this server's settings, as JSON."""
TOKEN_HEADER = "X-Reconciler-Token"
JSON, CSV, NPY = "application/json", "text/csv", "application/x-npy"
_FUNCTIONS = ("model_fn", "input_fn", "predict_fn", "output_fn", "transform_fn")
_DEFAULT_ACCEPT = "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"

Functions = Mapping[str, Callable[..., Any]]


class Refused(Exception):
    """A request that the container does not take, with the HTTP status that says so."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def decode(body: bytes, content_type: str) -> Any:
    """A request body as a numpy array; JSON and CSV as float32, as AWS's containers do."""
    import numpy

    kind = _media_type(content_type)
    try:
        if kind == JSON:
            return numpy.array(json.loads(body)).astype(numpy.float32)
        if kind == CSV:
            text = io.StringIO(body.decode("utf-8"))
            return numpy.genfromtxt(text, dtype=numpy.float32, delimiter=",")
        if kind == NPY:
            return numpy.load(io.BytesIO(body), allow_pickle=False)
    except (ValueError, TypeError) as error:
        raise Refused(400, f"The body is not {kind}: {error}") from None
    raise Refused(415, f"Content type {content_type} is not supported by this framework.")


def encode(prediction: Any, accept: str) -> bytes:
    """A prediction as the bytes of a response."""
    kind = _media_type(accept)
    if kind == JSON:
        return json.dumps(prediction, default=_plain).encode()
    import numpy

    if kind == CSV:
        text = io.StringIO()
        numpy.savetxt(text, numpy.asarray(prediction), delimiter=",", fmt="%s")
        return text.getvalue().encode()
    if kind == NPY:
        content = io.BytesIO()
        numpy.save(content, numpy.asarray(prediction), allow_pickle=False)
        return content.getvalue()
    raise Refused(406, f"Accept type {accept} is not supported by this framework.")


def array_defaults() -> Functions:
    """The functions of a container for scikit-learn, and of those that say nothing else."""

    def model_fn(model_dir: str) -> Any:
        raise NotImplementedError(
            "Please provide a model_fn implementation: this framework has no default one"
        )

    return {
        "model_fn": model_fn,
        "input_fn": decode,
        "predict_fn": lambda data, model: model.predict(data),
        "output_fn": lambda prediction, accept: (encode(prediction, accept), accept),
    }


def torch_defaults() -> Functions:
    """The functions of a container for PyTorch: a TorchScript `model.pt`, tensors in and out."""

    torch: Any = importlib.import_module("torch")

    def model_fn(model_dir: str) -> Any:
        return torch.jit.load(os.path.join(model_dir, "model.pt"), map_location="cpu")

    def input_fn(body: bytes, content_type: str) -> Any:
        return torch.FloatTensor(decode(body, content_type))

    def predict_fn(data: Any, model: Any) -> Any:
        model.eval()
        with torch.no_grad():
            return model(data)

    def output_fn(prediction: Any, accept: str) -> Any:
        values = prediction.detach().cpu().numpy() if hasattr(prediction, "detach") else prediction
        return encode(values, accept), accept

    return {
        "model_fn": model_fn,
        "input_fn": input_fn,
        "predict_fn": predict_fn,
        "output_fn": output_fn,
    }


class Model:
    """A loaded model, with the functions that serve it."""

    def __init__(self, functions: Functions, model_dir: str) -> None:
        self._functions = functions
        self._lock = threading.Lock()
        self._model = functions["model_fn"](model_dir)

    def answer(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """The response to a request, and its content type; raises Refused, or what a function of
        the script raises."""
        functions, model = self._functions, self._model
        with self._lock:
            if "transform_fn" in functions:
                found = functions["transform_fn"](model, body, content_type, accept)
            else:
                data = functions["input_fn"](body, content_type)
                found = functions["output_fn"](functions["predict_fn"](data, model), accept)
        content, kind = found if isinstance(found, tuple) else (found, accept)
        if isinstance(content, str):
            content = content.encode()
        return content if isinstance(content, bytes) else encode(content, JSON), kind


class _Handler(BaseHTTPRequestHandler):
    """One request of the local engine."""

    model: Model
    token: str

    def do_GET(self) -> None:
        """Answer the health check: whoever answers is healthy."""
        if self._is_from_engine():
            self._send(200 if self.path == "/ping" else 404, b"", JSON)

    def do_POST(self) -> None:
        """Answer an invocation."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if not self._is_from_engine():
            return
        accept = self.headers.get("Accept") or "*/*"
        if accept == "*/*":
            accept = os.environ.get(_DEFAULT_ACCEPT, JSON)
        try:
            content, kind = self.model.answer(body, self.headers.get("Content-Type", JSON), accept)
        except Refused as refusal:
            self._send(refusal.status, str(refusal).encode(), "text/plain")
        except Exception as error:  # a script may raise anything, and must go on serving
            traceback.print_exc()
            self._send(500, f"{type(error).__name__}: {error}".encode(), "text/plain")
        else:
            self._send(200, content, kind)

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: the log belongs to the script."""

    def _is_from_engine(self) -> bool:
        if self.headers.get(TOKEN_HEADER) == self.token:
            return True
        self._send(403, b"", JSON)
        return False

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class _Server(ThreadingHTTPServer):
    """Serves a socket that listens already."""

    daemon_threads = True

    def __init__(self, descriptor: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = socket.socket(fileno=descriptor)


def load_script(path: str) -> ModuleType:
    """Import the script under the name of its file, with its folder first on the path."""
    sys.path[0] = os.path.dirname(path)  # was this server's own folder
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def functions_of(script: ModuleType | None, *, framework: str) -> Functions:
    """The defaults of a framework, with what the script defines instead."""
    defaults = torch_defaults() if framework == "torch" else array_defaults()
    own = {name: getattr(script, name) for name in _FUNCTIONS if hasattr(script, name)}
    return {**defaults, **own}


def _media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()


def _plain(value: Any) -> Any:
    """What `json` does not know: arrays and numbers of numpy."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def main() -> None:
    """Load the script and its model, then serve; ends with a traceback when that fails."""
    settings = json.loads(os.environ.pop(SETTINGS))
    script = load_script(settings["script"]) if settings["script"] else None
    _Handler.token = settings["token"]
    _Handler.model = Model(
        functions_of(script, framework=settings["framework"]), settings["model_dir"]
    )
    _Server(settings["socket"]).serve_forever(poll_interval=3600)


if __name__ == "__main__":
    main()
