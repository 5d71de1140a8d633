"""The package's names are loaded when they are used."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

import pb.counting
from tests.counting.data import ROOT


def test_all_public_names_have_a_home_and_nothing_else_has():
    homes = [name for names in pb.counting._HOMES.values() for name in names]

    assert sorted(homes) == sorted(pb.counting.__all__)
    for home, names in pb.counting._HOMES.items():
        for name in names:
            assert getattr(pb.counting, name) is getattr(import_module(f"pb.counting.{home}"), name.removesuffix("_pb"))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"module 'pb\.counting' has no attribute 'equal_votes'"):
        _ = pb.counting.equal_votes


def test_a_recount_loads_only_what_it_needs():
    code = "import sys, pb.counting.cli; print(*sorted(m for m in sys.modules if m.startswith('pb.counting.')))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    loaded = {name.removeprefix("pb.counting.") for name in run.stdout.split()}
    assert "equal_shares" in loaded
    assert not loaded & {"axioms", "cli_analysis", "explain", "metrics", "pabulib_check", "priceability", "what_if"}
