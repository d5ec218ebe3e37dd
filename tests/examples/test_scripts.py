"""The example scripts train, print what their documents look for, and leave a model."""

from __future__ import annotations

import re
import signal
import tarfile
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from typing import Any

import numpy as np
import pytest
import yaml

ROOT = Path(__file__).parents[2]
JOBS = sorted(
    path
    for path in (ROOT / "jobs").rglob("*.yaml")
    if "\nkind: TrainingJob\n" in path.read_text("utf-8")
)

StartScript = Callable[..., "Popen[str]"]


def finish(process: Popen[str]) -> str:
    """Wait for a script and give what it printed; it must end well."""
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    return output


def settings(job: Path, group: str) -> dict[str, Any]:
    """One group of keys of a job, with what its folders' defaults add."""
    folders = [folder for folder in reversed(job.parents) if folder.is_relative_to(ROOT / "jobs")]
    layers = [*(folder / "_defaults.yaml" for folder in folders), job]
    found: dict[str, Any] = {}
    for layer in filter(Path.is_file, layers):
        found |= yaml.safe_load(layer.read_text("utf-8")).get(group, {})
    return found


def last_metrics(job: str, output: str) -> dict[str, float]:
    """The last value of each metric that a job's document defines."""
    (path,) = (path for path in JOBS if path.stem == job)
    regexes: dict[str, str] = settings(path, "metrics")
    return {name: float(re.findall(regex, output)[-1]) for name, regex in regexes.items()}


def test_the_forest_and_then_its_student_learn_to_read_digits(
    start_script: StartScript, tmp_path: Path
) -> None:
    forest, channel = tmp_path / "forest", tmp_path / "channel"
    output = finish(start_script("forest/train.py", model_dir=forest, trees=40))
    assert last_metrics("digits-forest", output)["validation:accuracy"] > 0.95

    channel.mkdir()
    with tarfile.open(channel / "model.tar.gz", "w:gz") as archive:
        archive.add(forest / "model.joblib", "model.joblib")
    student = tmp_path / "student"
    output = finish(
        start_script(
            "student/distil.py", model_dir=student, channels={"teacher": channel}, epochs=20
        )
    )
    metrics = last_metrics("digits-student", output)
    assert metrics["validation:accuracy"] > 0.9
    assert metrics["agreement"] > 0.9
    sizes = [(folder / "model.joblib").stat().st_size for folder in (student, forest)]
    assert sizes[0] < sizes[1]


def shard(folder: Path, *parts: int) -> Path:
    """A channel with some of the training files, as ShardedByS3Key leaves it on one host."""
    folder.mkdir()
    for part in parts:
        name = f"part-{part}.csv"
        (folder / name).symlink_to(ROOT / "data/digits/train" / name)
    return folder


def test_two_hosts_end_with_the_weights_of_a_single_one(
    start_script: StartScript, tmp_path: Path
) -> None:
    # Names that resolve anywhere; only the first host listens, so one address is enough.
    hosts = ("127.0.0.1", "localhost")
    shards = [shard(tmp_path / "a", 0, 1), shard(tmp_path / "b", 2, 3)]
    running = [
        start_script(
            "mlp/train.py",
            model_dir=tmp_path / f"model-{host}",
            train=train,
            host=host,
            hosts=hosts,
            epochs=200,
        )
        for host, train in zip(hosts, shards, strict=True)
    ]
    single = finish(start_script("mlp/train.py", model_dir=tmp_path / "model", epochs=200))
    outputs = [finish(process) for process in running]

    assert last_metrics("digits-mlp-single", single)["validation:accuracy"] > 0.9
    assert last_metrics("digits-mlp", outputs[0]) == last_metrics("digits-mlp-single", single)
    assert outputs[1] == "", "metrics of a second host would be counted twice"
    assert list((tmp_path / "model-localhost").iterdir()) == []
    together = np.load(tmp_path / "model-127.0.0.1" / "model.npz")
    alone = np.load(tmp_path / "model" / "model.npz")
    for layer in ("first", "second"):
        np.testing.assert_allclose(together[layer], alone[layer], rtol=1e-6, atol=1e-9)


def test_hosts_that_are_told_to_stop_stop_together_and_keep_what_they_learned(
    start_script: StartScript, tmp_path: Path
) -> None:
    hosts = ("127.0.0.1", "localhost")
    first, second = (
        start_script(
            "mlp/train.py", model_dir=tmp_path / host, host=host, hosts=hosts, epochs=10**6
        )
        for host in hosts
    )
    assert first.stdout is not None
    assert first.stdout.readline().startswith("epoch=20 ")
    second.send_signal(signal.SIGTERM)

    assert re.search(r"epoch=\d+ train_loss=", finish(first))
    finish(second)
    assert (tmp_path / "127.0.0.1" / "model.npz").is_file()


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.stem)
def test_a_job_sets_only_hyperparameters_that_its_script_knows(job: Path) -> None:
    script = settings(job, "script")
    source = (ROOT / script["source_dir"] / script["entry_script"]).read_text("utf-8")
    options = set(re.findall(r'add_argument\("--(\w+)"', source))
    assert set(settings(job, "hyperparameters")) <= options


def test_the_committed_digits_are_those_that_scikit_learn_ships() -> None:
    from sklearn.datasets import load_digits

    shipped = load_digits()
    files = sorted((ROOT / "data/digits").rglob("*.csv"))
    committed = np.concatenate([np.loadtxt(path, delimiter=",") for path in files])
    wanted = np.column_stack([shipped.target, shipped.data])
    assert sorted(map(tuple, committed)) == sorted(map(tuple, wanted))
