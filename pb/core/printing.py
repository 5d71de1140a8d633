"""What we print: A4 pages as PDF with our own font inside, so that ŵ and ŷ are right on every printer, and QR squares.

The font is a subset of DejaVu Sans Condensed, renamed as its licence asks (pb/core/fonts/LICENCE.txt).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import segno

if TYPE_CHECKING:  # loading it takes a tenth of the start of the app, and few processes ever print
    from fpdf import FPDF

FONTS = Path(__file__).with_name("fonts")
FONT = "print"
_MM_PER_POINT = 25.4 / 72
_LEADING = 1.35


def new_document(title: str, *, language: str = "en", now: datetime | None = None) -> FPDF:
    """An empty A4 document, lengths in millimetres, 11 point, without margins or page breaks of its own."""
    from fpdf import FPDF

    pdf = FPDF(unit="mm", format="A4")
    pdf.set_title(title)
    pdf.set_lang(language)
    pdf.set_creation_date(now or datetime.now(UTC))
    pdf.add_font(FONT, "", FONTS / "moothall-print-regular.ttf")
    pdf.add_font(FONT, "B", FONTS / "moothall-print-bold.ttf")
    pdf.set_font(FONT, size=11)
    pdf.set_margin(0)
    pdf.set_auto_page_break(False)
    return pdf


def write(
    pdf: FPDF,
    words: str,
    x: float,
    y: float,
    width: float,
    *,
    size: float = 11,
    bold: bool = False,
) -> float:
    """Wrap words into a column whose upper left corner is (x, y); give back the y below them.

    Wrapped here because the library's own wrapping takes 10 ms a paragraph, and a run has thousands of pages.
    """
    pdf.set_font(FONT, "B" if bold else "", size)
    step = size * _MM_PER_POINT * _LEADING
    for line in _lines(pdf, words, width):
        pdf.text(x, y + size * _MM_PER_POINT, line)
        y += step
    return y


def _lines(pdf: FPDF, words: str, width: float) -> Iterator[str]:
    """Greedy lines; a single word wider than the column stands alone and is cut by nobody."""
    line, used, space = "", 0.0, pdf.get_string_width(" ")
    for word in words.split():
        wide = pdf.get_string_width(word)
        if line and used + space + wide > width:
            yield line
            line, used = word, wide
        else:
            line, used = f"{line} {word}".lstrip(), used + wide + (space if line else 0)
    yield line


def finished(pdf: FPDF) -> bytes:
    """The file. The library leaves its font files open: closed here."""
    from fpdf.fonts import TTFFont

    content = bytes(pdf.output())
    for font in pdf.fonts.values():
        if isinstance(font, TTFFont):
            font.ttfont.close()
    return content


def fitting(pdf: FPDF, words: str, width: float, *, size: float = 11, smallest: float = 7) -> float:
    """The largest size, in points, at which words stand on one line of this width; `smallest` at least."""
    while size > smallest:
        pdf.set_font(FONT, size=size)
        if pdf.get_string_width(words) <= width:
            break
        size -= 0.5
    return size


def qr_image(text: str) -> bytes:
    """A QR square with its quiet zone as PNG; the same bytes on many pages are kept once in the file."""
    image = io.BytesIO()
    segno.make(text, error="m", micro=False).save(image, kind="png", scale=8, border=4)
    return image.getvalue()


def draw_qr(pdf: FPDF, image: bytes, x: float, y: float, side: float, *, meaning: str) -> None:
    """Put a square of `qr_image` on the page. `meaning`: what it leads to, for people who have the file read aloud."""
    pdf.image(io.BytesIO(image), x, y, side, side, alt_text=meaning)
