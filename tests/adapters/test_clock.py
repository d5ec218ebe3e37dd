"""The clock, and the signals that ask to stop."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.adapters.clock import SystemClock

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def send(number: int, *, after: float = 0) -> None:
    timer = threading.Timer(after, os.kill, (os.getpid(), number))
    timer.daemon = True
    timer.start()


def test_now_is_utc_to_the_second() -> None:
    text = SystemClock().now()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text)
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
    assert abs(datetime.now(UTC) - moment) < timedelta(seconds=5)


def test_sleep_waits_as_long_as_it_says() -> None:
    for clock in (SystemClock(), SystemClock().__enter__()):
        start = clock.monotonic()
        clock.sleep(0.05)
        clock.sleep(-1)
        assert 0.04 < clock.monotonic() - start < 2
        clock.__exit__(None, None, None)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_sleep_early_and_is_remembered(number: int) -> None:
    with SystemClock() as clock:
        assert not clock.interrupted()
        send(number, after=0.05)
        start = time.monotonic()
        clock.sleep(30)
        clock.sleep(30)
        assert time.monotonic() - start < 5
        assert clock.interrupted()


def test_a_signal_before_sleep_is_not_slept_through() -> None:
    with SystemClock() as clock:
        os.kill(os.getpid(), signal.SIGTERM)
        start = time.monotonic()
        clock.sleep(30)
        assert time.monotonic() - start < 5


def test_a_second_sigint_ends_it_and_a_second_sigterm_does_not() -> None:
    with SystemClock() as clock:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        assert clock.interrupted()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_handlers_are_given_back_even_after_an_error() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with pytest.raises(ZeroDivisionError), SystemClock():
        assert [signal.getsignal(number) for number in SIGNALS] != before
        raise ZeroDivisionError
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_a_signal_that_was_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with SystemClock() as clock:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not clock.interrupted()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_no_file_stays_open() -> None:
    before = len(os.listdir("/dev/fd"))
    for _ in range(5):
        with SystemClock():
            pass
    assert len(os.listdir("/dev/fd")) == before
