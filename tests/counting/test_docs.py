"""The tutorial and the worked examples of the modules say what the code does: they are run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re

import pytest

import pb.counting
from pb.counting import RULES
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


@pytest.mark.parametrize("name", pb.counting.__all__)
def test_every_public_name_is_in_the_tutorial_and_says_what_it_is(name):
    assert f"`{name}`" in TEXT.partition("## All names")[2]
    public = getattr(pb.counting, name)
    if callable(public):
        assert not (public.__doc__ or f"{name}(").startswith(f"{name}(")


MODULES = [f"pb.counting.{module.name}" for module in pkgutil.iter_modules(pb.counting.__path__)]


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_worked_examples_of_modules_run(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("rule", RULES)
def test_the_file_of_every_rule_opens_with_a_worked_example(rule):
    module = importlib.import_module(RULES[rule].run.__module__)

    assert doctest.DocTestParser().get_examples(module.__doc__ or "")


def test_the_tutorial_runs_up_to_real_elections():
    run(SMALL, {})


@pytest.mark.skipif(not DATA.is_dir(), reason="the real elections are not here")
def test_the_tutorial_runs_on_warszawa():
    names: dict[str, object] = {"data": DATA}
    run(SMALL, names)
    run(WARSZAWA, names)
