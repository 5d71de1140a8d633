"""The tutorial says what the code does: its blocks are run, in order."""

from __future__ import annotations

import doctest
import re

import pytest

from tests.counting.data import DATA, ROOT

TEXT = (ROOT / "docs" / "counting.md").read_text(encoding="utf-8")
SMALL, WARSZAWA = TEXT.split("\n## Warszawa 2024\n")


def run(text: str, names: dict[str, object]) -> None:
    """Run the Python blocks as one session. The names they leave stay in `names`."""
    source = "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S))
    test = doctest.DocTestParser().get_doctest(source, names, "docs/counting.md", None, 0)
    report: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL).run(test, out=report.append, clear_globs=False)
    names.update(test.globs)
    assert "".join(report) == ""


def test_the_tutorial_runs_up_to_real_elections():
    run(SMALL, {})


@pytest.mark.skipif(not DATA.is_dir(), reason="the real elections are not here")
def test_the_tutorial_runs_on_warszawa():
    names: dict[str, object] = {"data": DATA}
    run(SMALL, names)
    run(WARSZAWA, names)
