"""Cells of the CSV files we write: what a spreadsheet would run as a formula is made harmless."""

from __future__ import annotations

_DANGEROUS = frozenset("=+-@\t\r\n\0＝＋－＠")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet could take a text for a formula: in a cell of its own, or after a `;` or TAB that it may
    take for the end of a cell, quotation marks before it or not.
    """
    parts = text.replace("\t", ";").split(";")
    return any(part.lstrip(" \"'\u00a0")[:1] in _DANGEROUS for part in parts if part.strip(" \"'\u00a0"))


def safe_cell(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet could run it."""
    return f"'{text}" if text[:1] in _DANGEROUS or is_formula(text) else text
