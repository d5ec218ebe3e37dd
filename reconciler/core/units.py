"""Durations and sizes as people write them: the value carries the unit, not the key.

Kinds call these from their models; a ValueError becomes problem E103 at the place of the value.
"""

from __future__ import annotations

import re

_DURATION = re.compile(
    r"(?:([0-9]{1,9})d)?(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?", re.ASCII
)
_SIZE = re.compile(r"([0-9]{1,9})(GB|TB)", re.ASCII)
_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_GIGABYTES_PER_TERABYTE = 1024


def parse_duration(value: object) -> int:
    """Give the seconds of `90s`, `30m`, `6h`, `3d` or `1h30m`; ValueError says what to write."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        raise ValueError(f"a duration needs its unit: write {_number_with_unit(value)}")
    match = _DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if match is None:
        raise ValueError("a duration is whole days, hours, minutes, seconds: 3d, 6h, 1h30m, 90s")
    amounts = zip(match.groups(), _SECONDS.values(), strict=True)
    return sum(int(amount) * seconds for amount, seconds in amounts if amount)


def format_duration(seconds: int) -> str:
    """Write seconds as `parse_duration` reads them, with the largest units first: `1d6h`."""
    if seconds < 0:
        raise ValueError("a duration is not negative")
    parts = []
    for unit, length in _SECONDS.items():
        amount, seconds = divmod(seconds, length)
        if amount:
            parts.append(f"{amount}{unit}")
    return "".join(parts) or "0s"


def parse_size(value: object) -> int:
    """Give the gigabytes of `30GB` or `1TB`; ValueError says what to write.

    1TB is 1024GB. SageMaker's `VolumeSizeInGB` sizes an EBS volume, and EC2 states its sizes in
    GiB with 16384 as the largest (botocore: ec2 `CreateVolume.Size`), so steps of 1024 meet the
    service's own limits: 16TB is allowed.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        raise ValueError(f"a size needs its unit: write {int(value)}GB")
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a size is a whole number of GB or TB: 30GB, 1TB")
    amount, unit = int(match[1]), match[2]
    return amount * _GIGABYTES_PER_TERABYTE if unit == "TB" else amount


def format_size(gigabytes: int) -> str:
    """Write gigabytes as `parse_size` reads them: whole terabytes as TB, else GB."""
    if gigabytes < 0:
        raise ValueError("a size is not negative")
    if gigabytes and gigabytes % _GIGABYTES_PER_TERABYTE == 0:
        return f"{gigabytes // _GIGABYTES_PER_TERABYTE}TB"
    return f"{gigabytes}GB"


def _number_with_unit(seconds: int) -> str:
    plain, short = f"{int(seconds)}s", format_duration(seconds)
    return plain if short == plain else f"{plain} or {short}"
