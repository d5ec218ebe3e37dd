"""Adds up arrays over the hosts of a training job, with nothing but sockets.

The first host listens and all others connect to it. For each sum, they send it their array and
get back the total, so every host goes on with the very same numbers.
"""

from __future__ import annotations

import json
import os
import socket
import time
import zlib
from multiprocessing.connection import Client, Connection, Listener

import numpy as np

PATIENCE = 120.0
"""Seconds to wait for the other hosts: they do not all start at once."""


class Hosts:
    """The hosts of this training job, seen from one of them."""

    def __init__(self, names: list[str], current: str, port: int) -> None:
        """Connect the hosts; returns when all are there."""
        first, *others = sorted(names)
        self.is_first = current == first
        # No key: only plain numbers are exchanged (no pickles), and the hosts of a training
        # job talk to each other on a network of their own.
        if self.is_first:
            self.peers = self._accept(_address(first, port), others) if others else []
        else:
            self.peers = [self._connect(first, port, current)]

    @classmethod
    def of_this_job(cls) -> Hosts:
        """Read the names of the hosts from the variables that SageMaker sets."""
        names = json.loads(os.environ.get("SM_HOSTS", '["localhost"]'))
        job = json.loads(os.environ.get("SM_TRAINING_ENV", "{}")).get("job_name", "")
        # Each job gets a port of its own: several may share one machine, as on a laptop.
        return cls(names, os.environ.get("SM_CURRENT_HOST", names[0]), _port(job))

    def sum(self, array: np.ndarray) -> np.ndarray:
        """Add up the arrays that the hosts pass (float64, equal shapes); all get the total."""
        if not self.is_first:
            self.peers[0].send_bytes(array.tobytes())
            return np.frombuffer(self.peers[0].recv_bytes(), dtype=np.float64)
        total = array.copy()
        for peer in self.peers:  # always in the same order, as rounding depends on it
            total += np.frombuffer(peer.recv_bytes(), dtype=np.float64)
        for peer in self.peers:
            peer.send_bytes(total.tobytes())
        return total

    @staticmethod
    def _accept(address: tuple[str, int], others: list[str]) -> list[Connection]:
        with Listener(address, backlog=len(others)) as listener:
            accepted = [listener.accept() for _ in others]
        by_name = {peer.recv_bytes().decode(): peer for peer in accepted}
        return [by_name[name] for name in others]

    @staticmethod
    def _connect(first: str, port: int, current: str) -> Connection:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                peer = Client(_address(first, port))
                peer.send_bytes(current.encode())
                return peer
            except OSError:  # its name or its listener is not there yet
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)


def _address(host: str, port: int) -> tuple[str, int]:
    """Look the host's IPv4 address up."""
    family, kind = socket.AF_INET, socket.SOCK_STREAM
    return socket.getaddrinfo(host, port, family, kind)[0][4][:2]


def _port(job: str) -> int:
    """Choose a port from the job's name, below those that systems hand out by themselves."""
    return 20_000 + zlib.crc32(job.encode()) % 10_000
