"""Fit a line through points, with nothing but Python: an example of a training script."""

from __future__ import annotations

import argparse
import csv
import json
import os
from pathlib import Path


def main() -> None:
    """Read the channel `train`, descend, and leave the model where SageMaker collects it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--learning_rate", type=float, default=0.1)
    parser.add_argument("--train", default=os.environ.get("SM_CHANNEL_TRAIN", "data/example"))
    parser.add_argument("--model-dir", default=os.environ.get("SM_MODEL_DIR", "."))
    args = parser.parse_args()
    points = [
        (float(x), float(y))
        for file in sorted(Path(args.train).glob("*.csv"))
        for x, y in csv.reader(file.read_text().splitlines())
    ]
    slope = intercept = 0.0
    for epoch in range(1, args.epochs + 1):
        errors = [(x, slope * x + intercept - y) for x, y in points]
        slope -= args.learning_rate * 2 * sum(x * error for x, error in errors) / len(points)
        intercept -= args.learning_rate * 2 * sum(error for _, error in errors) / len(points)
        if epoch % 20 == 0:
            loss = sum(error * error for _, error in errors) / len(points)
            print(f"epoch={epoch} train_loss={loss:.6f}", flush=True)
    model = {"slope": slope, "intercept": intercept}
    (Path(args.model_dir) / "model.json").write_text(json.dumps(model) + "\n")


if __name__ == "__main__":
    main()
