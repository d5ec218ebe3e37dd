"""Reads the digits of `data/digits`: a folder of CSV files, one picture a line."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def load(folder: str) -> tuple[np.ndarray, np.ndarray]:
    """Give all pictures of a folder (grey values from 0 to 1, one row each) and their digits."""
    tables = [np.loadtxt(path, delimiter=",") for path in sorted(Path(folder).glob("*.csv"))]
    if not tables:
        raise SystemExit(f"There is no CSV file in {folder}.")
    table = np.concatenate(tables)
    return table[:, 1:] / 16, table[:, 0].astype(int)
