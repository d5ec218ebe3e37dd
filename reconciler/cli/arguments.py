"""Words of the command line that several commands take: durations, digests, `NAME@VERSION`."""

from __future__ import annotations

import re

import click

from reconciler.core.units import parse_duration


class Duration(click.ParamType[int]):
    """Seconds, written as `90s`, `30m`, `6h`."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Read the text; what it may look like is in the error."""
        try:
            return value if isinstance(value, int) else parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class NameAtVersion(click.ParamType[tuple[str, int | None]]):
    """A resource, and with `@` one version of it."""

    name = "name[@version]"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int | None]:
        """Split `churn-xgb@7`; without a version the second is None."""
        name, at, version = str(value).partition("@")
        if not at:
            return name, None
        if not version.isascii() or not version.isdigit() or int(version) < 1:
            self.fail(f"after the @ comes a version, a whole number from 1: {name}@7", param, ctx)
        return name, int(version)


class PlanDigest(click.ParamType[str]):
    """The digest of a plan, or its first digits: as many as a plan shows, at least."""

    name = "digest"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Check the form; whose digest it is, apply finds out."""
        if not re.fullmatch(r"[0-9a-f]{8,64}", str(value)):
            self.fail("a digest is what `reconciler plan` ends with, 8 digits or more", param, ctx)
        return str(value)
