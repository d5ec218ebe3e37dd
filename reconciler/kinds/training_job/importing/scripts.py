"""Scripts: script mode and distribution, recognised from the hyperparameters that stand for them.

The way back from `code.py`, `distribution.py` and `hyperparameters.py`. Text that would be written
differently stays text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from reconciler.core.scalars import Float, Integer, RefusedScalar, read_plain
from reconciler.kinds.code import LOG_LEVELS, EntryScript
from reconciler.kinds.training_job.code import CHANNEL_TAR, CODE_CHANNEL
from reconciler.kinds.training_job.hyperparameters import as_json, as_text

_ENTRY_SCRIPT: TypeAdapter[str] = TypeAdapter(EntryScript)
_PREFIX = "sagemaker_"
_SMP = "mp_parameters"
_PROCESSES = "sagemaker_mpi_num_of_processes_per_host"
_STRATEGIES: tuple[tuple[str, str, str | None], ...] = (
    ("torchrun", "sagemaker_torch_distributed_enabled", None),
    ("mpi", "sagemaker_mpi_enabled", "sagemaker_mpi_custom_mpi_options"),
    ("smddp", "sagemaker_distributed_dataparallel_enabled",
     "sagemaker_distributed_dataparallel_custom_mpi_options"),
    ("pytorch_ddp", "sagemaker_pytorch_ddp_enabled", None),
    ("parameter_server", "sagemaker_parameter_server_enabled", None),
    ("multi_worker_mirrored", "sagemaker_multi_worker_mirrored_strategy_enabled", None),
)  # fmt: skip
"""Key of a strategy, the hyperparameter that switches it on, and the one with options of mpirun."""


def code(
    sent: Mapping[str, str], channels: Mapping[str, Any], *, isolated: bool
) -> dict[str, Any] | None:
    """`source_dir`, `entry_script` and log level that script mode would send so; None for others.

    With network isolation the code comes through a channel, which says where it lies.
    """
    program = json_value(sent.get("sagemaker_program"))
    directory = json_value(sent.get("sagemaker_submit_directory"))
    if isolated and directory == CHANNEL_TAR:
        directory = channels.get(CODE_CHANNEL, {}).get("s3_uri")
    elif isolated:
        return None
    if not (isinstance(program, str) and isinstance(directory, str)):
        return None
    if not directory.startswith("s3://") or not _is_entry_script(program):
        return None
    found = {"source_dir": directory, "entry_script": program}
    level = json_value(sent.get("sagemaker_container_log_level"))
    names = [name for name, number in LOG_LEVELS.items() if number == level]
    return found | ({"container_log_level": names[0]} if names and names[0] != "INFO" else {})


def distributed(sent: Mapping[str, str]) -> dict[str, Any] | None:
    """`distributed:` for the strategy that is switched on; None without one."""
    for strategy, switch, options in _STRATEGIES:
        if sent.get(switch) != "true":
            continue
        part: dict[str, Any] = {}
        if strategy in ("torchrun", "mpi"):
            _take(part, "process_count_per_node", json_value(sent.get(_PROCESSES)), int)
            _take(part, "smp", json_value(sent.get(_SMP)), dict)
        if options:
            _take(part, "custom_mpi_options", json_value(sent.get(options)) or None, str)
        found = {strategy: part}
        groups = json_value(sent.get("sagemaker_distribution_instance_groups"))
        _take(found, "instance_groups", groups, list)
        return found
    return None


def script_values(sent: Mapping[str, str], *, smp: bool) -> dict[str, Any]:
    """Hyperparameters of a script, as `as_json` writes them again; the toolkit's own left out."""
    own = {key: text for key, text in sent.items() if not key.startswith(_PREFIX)}
    return {key: _script_value(text) for key, text in own.items() if not (smp and key == _SMP)}


def text_values(sent: Mapping[str, str]) -> dict[str, Any]:
    """Hyperparameters of a container or algorithm, as `as_text` writes them again."""
    return {key: _text_value(text) for key, text in sent.items()}


def json_value(text: str | None) -> Any:
    """The value of a JSON text, numbers with their characters; None for other text."""
    if text is None:
        return None
    try:
        return json.loads(
            text,
            parse_int=lambda digits: Integer(int(digits), digits),
            parse_float=lambda digits: Float(float(digits), digits),
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError):
        return None


def _script_value(text: str) -> Any:
    if text == "null":
        return None
    value = json_value(text)
    if value is not None and as_json({"": value})[""] == text and _can_be_written(value):
        return value
    plain = _plain(text)
    return plain if isinstance(plain, Integer | Float) else text


def _text_value(text: str) -> Any:
    plain = _plain(text)
    if isinstance(plain, bool | Integer | Float) and as_text({"": plain})[""] == text:
        return plain
    value = json_value(text)
    nested = isinstance(value, list | dict) and _can_be_written(value)
    return value if nested and as_text({"": value})[""] == text else text


def _plain(text: str) -> Any:
    """What the text means as a plain word of YAML; the text itself where it must be quoted."""
    try:
        return read_plain(text)
    except RefusedScalar:
        return text


def _can_be_written(value: Any) -> bool:
    """Whether every number in a JSON value has the same characters as a plain word of YAML."""
    if isinstance(value, dict):
        return all(_can_be_written(item) for item in value.values())
    if isinstance(value, list):
        return all(_can_be_written(item) for item in value)
    return not isinstance(value, Integer | Float) or type(_plain(value.text)) is type(value)


def _take(part: dict[str, Any], key: str, value: Any, form: type) -> None:
    if isinstance(value, form) and not isinstance(value, bool):
        part[key] = value


def _is_entry_script(program: str) -> bool:
    try:
        _ENTRY_SCRIPT.validate_python(program)
    except ValidationError:
        return False
    return re.search(r"(?:^|/)\.\.(?:/|$)", program) is None


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)
