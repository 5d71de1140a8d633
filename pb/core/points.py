"""A point on the map as text: "53.53110, -2.54120", latitude first, to about a metre. Decimal degrees (WGS 84)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal

_DEGREES = r"([+-]?\d{1,3}(?:\.\d{1,15})?)"
_POINT = re.compile(rf"\s*\(?{_DEGREES}°?\s*[,;\s]\s*{_DEGREES}°?\)?\s*", re.ASCII)
_STEP = Decimal("0.00001")


def parse(text: str) -> str:
    """The point as we write it, whatever spaces and how many digits were typed or copied from a map.

    Raises: ValueError for anything but two numbers in range
    """
    found = _POINT.fullmatch(text.replace("\N{MINUS SIGN}", "-"))
    if found is None:
        raise ValueError(text)
    latitude, longitude = (Decimal(part).quantize(_STEP, ROUND_HALF_EVEN) for part in found.groups())
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise ValueError(text)
    return f"{latitude + 0}, {longitude + 0}"


def latitude_and_longitude(point: str) -> tuple[str, str]:
    """Both as decimal texts; two empty ones for no point."""
    latitude, _comma, longitude = point.partition(", ")
    return latitude, longitude
