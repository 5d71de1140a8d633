"""The demonstration's clock moves for all its processes, and comes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from pb.core.settings import load_settings
from pb.demo.clock import TooFar, TravellingClock
from pb.factory import create_app
from tests.conftest import environment_for


def test_the_clock_goes_where_it_is_sent_and_comes_back(tmp_path: Path) -> None:
    clock, other_process = TravellingClock(tmp_path), TravellingClock(tmp_path)
    soon = datetime.now(UTC) + timedelta(days=9)

    clock.go_to(soon)

    assert abs(other_process() - soon) < timedelta(seconds=5)
    clock.come_back()
    assert abs(other_process() - datetime.now(UTC)) < timedelta(seconds=5)


def test_the_clock_does_not_leave_the_calendar(tmp_path: Path) -> None:
    with pytest.raises(TooFar):
        TravellingClock(tmp_path).go_to(datetime(9999, 1, 1, tzinfo=UTC))


def test_a_spoilt_offset_is_no_offset(tmp_path: Path) -> None:
    (tmp_path / "clock-offset").write_text("soon")

    assert TravellingClock(tmp_path).offset == timedelta(0)


@pytest.mark.parametrize("wanted", ["tomorrow", "9999-01-01T00:00+00:00", "2026-01-01", "\x00"])
def test_a_strange_time_is_refused(sqlite_app: Flask, tmp_path: Path, wanted: str) -> None:
    sqlite_app.extensions["clock"] = TravellingClock(tmp_path)
    sqlite_app.config["WTF_CSRF_ENABLED"] = False

    answer = sqlite_app.test_client().post("/demo/clock", data={"to": wanted})

    sqlite_app.config["WTF_CSRF_ENABLED"] = True
    assert answer.status_code == 422


def test_a_real_council_has_no_such_page(tmp_path: Path) -> None:
    settings = load_settings(
        {**environment_for(tmp_path, f"sqlite:///{tmp_path}/t.sqlite"), "DEMO": "0", "SMTP_URL": "smtp://localhost"}
    )

    rules = {rule.rule for rule in create_app(settings).url_map.iter_rules()}

    assert not [rule for rule in rules if rule.startswith("/demo")]
