"""Grow a random forest that reads digits, and report how it gets better tree by tree."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import joblib
from digits_data import load
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import log_loss


def parse_args() -> argparse.Namespace:
    """Read what SageMaker passes: hyperparameters as options, folders as variables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trees", type=int, default=400)
    parser.add_argument("--trees_per_round", type=int, default=20)
    parser.add_argument("--max_depth", type=int, default=12)
    parser.add_argument("--max_features", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--train", default=os.environ.get("SM_CHANNEL_TRAIN"))
    parser.add_argument("--validation", default=os.environ.get("SM_CHANNEL_VALIDATION"))
    parser.add_argument("--model-dir", default=os.environ.get("SM_MODEL_DIR"))
    return parser.parse_args()


def grow(args: argparse.Namespace) -> RandomForestClassifier:
    """Add trees round by round, printing the metrics after each."""
    pictures, digits = load(args.train)
    unseen_pictures, unseen_digits = load(args.validation)
    forest = RandomForestClassifier(
        n_estimators=0,
        max_depth=args.max_depth,
        max_features=args.max_features,
        random_state=args.seed,
        warm_start=True,  # fit() keeps the trees it has and adds the missing ones
    )
    while forest.n_estimators < args.trees:
        forest.n_estimators = min(args.trees, forest.n_estimators + args.trees_per_round)
        forest.fit(pictures, digits)
        loss = log_loss(unseen_digits, forest.predict_proba(unseen_pictures))
        accuracy = forest.score(unseen_pictures, unseen_digits)
        print(
            f"trees={forest.n_estimators} validation_loss={loss:.4f} "
            f"validation_accuracy={accuracy:.4f}",
            flush=True,
        )
    return forest


def main() -> None:
    """Train, then leave the model where SageMaker collects it."""
    args = parse_args()
    joblib.dump(grow(args), Path(args.model_dir) / "model.joblib", compress=3)


if __name__ == "__main__":
    main()
