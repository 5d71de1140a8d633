"""Blocks of ballots cut by whole arrays: what looks alike to them, and what is not text."""

from __future__ import annotations

import io
import json

import pytest

from pb.counting import ParseError, loads_pb, pabulib_blocks, read_pb
from pb.counting.pabulib_blocks import Cutter
from tests.counting.test_pabulib import pb

LONG = [f"{p}-{'x' * (p % 8)}{p}" for p in range(60)]
SHORT = [f"{p:x}" for p in range(60)]


@pytest.mark.parametrize("ids", [SHORT, LONG])
def test_projects_whose_digests_begin_alike_are_told_apart(monkeypatch, ids):
    monkeypatch.setattr(pabulib_blocks, "BITS", 2)
    lines = "".join(f"{name}\n" for name in ids)

    assert Cutter("approval", ids, 0, None).cut(lines.encode()).picks.tolist() == list(range(60))


@pytest.mark.parametrize("ids", [SHORT, LONG])
def test_an_id_that_is_the_beginning_or_the_end_of_others_is_unknown(ids):
    cutter = Cutter("approval", ids, 0, None)

    for name in ("1-", "-x", "x1", "1-x1 ", "00", "1\0", ids[7] + "y", "x" * 16):
        assert name not in ids
        assert cutter.cut(f"{ids[1]}\n{name}\n".encode()) is None


def test_lines_that_lack_the_column_are_not_cut():
    cutter = Cutter("approval", ["a", "b"], 1, None)

    assert cutter.cut(b"1;a;x,y\n2;a,b;z\n\n3;\n").lengths.tolist() == [1, 2, 0]
    assert cutter.cut(b"1;a;x,y\na,b\n3;\n") is None


def test_half_characters_are_refused_with_their_line():
    text = pb("1;a\n2;a\n", header="voter_id;vote").replace("2;a", json.loads('"2\\ud800;a"'))

    with pytest.raises(ParseError, match="not UTF-8") as refusal:
        loads_pb(text)

    assert refusal.value.line == text[: text.index("\ud800")].count("\n") + 1


def test_bad_bytes_among_ballots_are_refused_with_their_line(tmp_path):
    text = pb("1;a;Praga\n2;a;Wola\n3;a;Ursus\n", header="voter_id;vote;district").encode()
    (tmp_path / "bad.pb").write_bytes(text.replace(b"Wola", b"Wo\xb3a"))

    with pytest.raises(ParseError, match="not UTF-8") as refusal:
        read_pb(tmp_path / "bad.pb")

    assert refusal.value.line == text[: text.index(b"Wola")].count(b"\n") + 1


def test_lines_that_end_as_on_an_old_macintosh_are_read_from_a_file(tmp_path):
    text = pb("1;a\n2;b\n2;a,b\n", header="voter_id;vote")
    (tmp_path / "old.pb").write_text(text.replace("\n", "\r"), newline="")

    assert read_pb(tmp_path / "old.pb").election == loads_pb(text).election


def test_a_byte_order_mark_is_passed_over(tmp_path):
    text = pb("1;a\n", header="voter_id;vote")
    (tmp_path / "marked.pb").write_text("\ufeff" + text)

    expected = loads_pb(text)
    assert read_pb(tmp_path / "marked.pb").meta == expected.meta
    assert read_pb(io.StringIO("\ufeff" + text)).meta == expected.meta
