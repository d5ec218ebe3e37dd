"""Teach a small network what a big forest knows: its probabilities, not only its answers.

The forest is the artifact of another job, and comes in as the channel `teacher`. The student
also learns from pictures that nobody labelled: shifted copies, which the forest judges.
"""

from __future__ import annotations

import argparse
import os
import tarfile
from pathlib import Path

import joblib
import numpy as np
from digits_data import load
from sklearn.neural_network import MLPRegressor


def parse_args() -> argparse.Namespace:
    """Read what SageMaker passes: hyperparameters as options, folders as variables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hidden_units", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--learning_rate", type=float, default=0.002)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--train", default=os.environ.get("SM_CHANNEL_TRAIN"))
    parser.add_argument("--validation", default=os.environ.get("SM_CHANNEL_VALIDATION"))
    parser.add_argument("--teacher", default=os.environ.get("SM_CHANNEL_TEACHER"))
    parser.add_argument("--model-dir", default=os.environ.get("SM_MODEL_DIR"))
    return parser.parse_args()


def load_teacher(folder: str):
    """Read the forest out of the model.tar.gz that its job left.

    Unpickling runs code: take artifacts only from jobs of your own, as here.
    """
    with tarfile.open(Path(folder) / "model.tar.gz") as archive:
        return joblib.load(archive.extractfile("model.joblib"))


def with_shifted(rows: np.ndarray) -> np.ndarray:
    """Give the pictures and their copies, moved by one pixel in each of four directions."""
    pictures = rows.reshape(-1, 8, 8)
    moves = [(0, 0), (1, 1), (-1, 1), (1, 2), (-1, 2)]
    return np.concatenate([np.roll(pictures, *move).reshape(-1, 64) for move in moves])


def main() -> None:
    """Train the student, and leave it where SageMaker collects it."""
    args = parse_args()
    teacher = load_teacher(args.teacher)
    rows = with_shifted(load(args.train)[0])
    lessons = teacher.predict_proba(rows)
    unseen_rows, unseen_digits = load(args.validation)
    teacher_answers = teacher.predict(unseen_rows)
    student = MLPRegressor(
        hidden_layer_sizes=(args.hidden_units,),
        learning_rate_init=args.learning_rate,
        random_state=args.seed,
    )
    for epoch in range(1, args.epochs + 1):
        student.partial_fit(rows, lessons)  # one pass over the rows
        answers = student.predict(unseen_rows).argmax(axis=1)
        print(
            f"epoch={epoch} train_loss={student.loss_:.5f} "
            f"agreement={(answers == teacher_answers).mean():.4f} "
            f"validation_accuracy={(answers == unseen_digits).mean():.4f}",
            flush=True,
        )
    joblib.dump(student, Path(args.model_dir) / "model.joblib")


if __name__ == "__main__":
    main()
