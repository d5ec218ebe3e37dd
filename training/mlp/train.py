"""Train a small neural network that reads digits, on one host or on many with the same result.

Each host takes the gradient over its own share of the rows. Their sum is the gradient over all
rows, so every host makes the step that a single host with all rows would have made.
"""

from __future__ import annotations

import argparse
import os
import signal
from pathlib import Path

import numpy as np
from allreduce import Hosts
from digits_data import load

PIXELS, DIGITS = 64, 10


def parse_args() -> argparse.Namespace:
    """Read what SageMaker passes: hyperparameters as options, folders as variables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hidden_units", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=600)
    parser.add_argument("--learning_rate", type=float, default=0.5)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--train", default=os.environ.get("SM_CHANNEL_TRAIN"))
    parser.add_argument("--validation", default=os.environ.get("SM_CHANNEL_VALIDATION"))
    parser.add_argument("--model-dir", default=os.environ.get("SM_MODEL_DIR"))
    return parser.parse_args()


def unpack(weights: np.ndarray, hidden: int) -> tuple[np.ndarray, np.ndarray]:
    """Give both layers as views of the one vector; the last row of each is its bias."""
    border = (PIXELS + 1) * hidden
    return weights[:border].reshape(-1, hidden), weights[border:].reshape(-1, DIGITS)


def forward(weights: np.ndarray, hidden: int, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give what the hidden layer says and the probability of each digit, for each row."""
    first, second = unpack(weights, hidden)
    inner = np.tanh(rows @ first[:-1] + first[-1])
    scores = inner @ second[:-1] + second[-1]
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return inner, odds / odds.sum(axis=1, keepdims=True)


def gradient(weights: np.ndarray, hidden: int, rows: np.ndarray, digits: np.ndarray) -> np.ndarray:
    """Give the gradient of the loss, followed by the loss itself, both summed over the rows."""
    inner, chances = forward(weights, hidden, rows)
    right = np.arange(len(digits)), digits
    loss = -np.log(chances[right]).sum()
    chances[right] -= 1  # now the loss's derivative by the scores
    result = np.append(np.empty_like(weights), loss)
    first, second = unpack(result[:-1], hidden)
    second[:-1], second[-1] = inner.T @ chances, chances.sum(axis=0)
    back = chances @ unpack(weights, hidden)[1][:-1].T * (1 - inner**2)
    first[:-1], first[-1] = rows.T @ back, back.sum(axis=0)
    return result


def train(args: argparse.Namespace, hosts: Hosts, stops: list[int]) -> np.ndarray:
    """Run the epochs, and stop early on all hosts when one was told to."""
    rows, digits = load(args.train)
    unseen_rows, unseen_digits = load(args.validation)
    size = (PIXELS + 1) * args.hidden_units + (args.hidden_units + 1) * DIGITS
    weights = np.random.default_rng(args.seed).normal(0, 0.1, size)
    speed = np.zeros(size)
    for epoch in range(1, args.epochs + 1):
        own = gradient(weights, args.hidden_units, rows, digits)
        total = hosts.sum(np.append(own, [len(rows), len(stops)]))
        loss, count, stop = total[size:]
        speed = args.momentum * speed - args.learning_rate * total[:size] / count
        weights = weights + speed
        if hosts.is_first and (epoch % 20 == 0 or stop):
            chances = forward(weights, args.hidden_units, unseen_rows)[1]
            accuracy = (chances.argmax(axis=1) == unseen_digits).mean()
            scores = f"train_loss={loss / count:.5f} validation_accuracy={accuracy:.4f}"
            print(f"epoch={epoch} {scores}", flush=True)
        if stop:
            break
    return weights


def main() -> None:
    """Train, then let the first host leave the model where SageMaker collects it."""
    args = parse_args()
    stops: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: stops.append(number))
    hosts = Hosts.of_this_job()
    first, second = unpack(train(args, hosts, stops), args.hidden_units)
    if hosts.is_first:
        np.savez(Path(args.model_dir) / "model.npz", first=first, second=second)


if __name__ == "__main__":
    main()
