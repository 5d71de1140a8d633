"""`pb` on a machine where nothing is set up yet."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from pb.cli import commands
from pb.core.settings import SettingError
from tests.conftest import environment_for


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings, neither in the environment nor in a file."""
    for name in ("SECRET_KEY", "COUNCIL_NAME", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))


def test_help_lists_every_command_without_any_setting(sqlite_app: Flask, bare: None) -> None:
    answer = CliRunner().invoke(commands(), ["--help"])

    assert answer.exit_code == 0
    listed = {line.split()[0] for line in answer.stdout.split("Commands:")[1].splitlines() if line.strip()}
    assert listed >= {*sqlite_app.cli.commands, "db", "verify"}
    assert "Traceback" not in answer.output


def test_command_that_needs_a_setting_names_it(bare: None) -> None:
    answer = CliRunner().invoke(commands(), ["vote", "status", "x"])

    assert isinstance(answer.exception, SettingError)
    assert "SECRET_KEY is not set" in str(answer.exception)


def test_command_of_its_own_has_the_app_and_its_database(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address = sqlite_app.config["SQLALCHEMY_DATABASE_URI"]
    for name, value in environment_for(tmp_path, address).items():
        monkeypatch.setenv(name, value)

    studied = CliRunner().invoke(commands(), ["study"])
    counted = CliRunner().invoke(commands(), ["count", "no-such-round"])

    assert (studied.exit_code, studied.exception) == (0, None)
    assert str(counted.exception) == "pb: We cannot find that page."
