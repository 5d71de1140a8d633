"""Start-up fails with the name of the setting that is missing or wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from pb.core.settings import SettingError, Settings, load_settings
from tests.conftest import environment_for

GOOD = environment_for(Path("/tmp/unused"), "sqlite:////tmp/unused.sqlite")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("COUNCIL_NAME", ""),
        ("BASE_URL", "javascript:alert(1)"),
        ("DATABASE_URL", "mysql://x"),
        ("TIME_ZONE", "Mars/Base"),
        ("COUNCIL_COLOUR", "red"),
        ("PROXY_HOPS", "many"),
        ("DEMO", "yes"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        load_settings({**GOOD, name: value})


def test_without_mail_only_a_demonstration_starts() -> None:
    with pytest.raises(SettingError, match="SMTP_URL"):
        load_settings({**GOOD, "DEMO": "0"})


def test_postgres_is_reached_by_psycopg() -> None:
    assert load_settings({**GOOD, "DATABASE_URL": "postgres://x/y"}).database_url == "postgresql+psycopg://x/y"


def test_every_setting_is_documented() -> None:
    words = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()

    missing = [name.upper() for name in Settings.__dataclass_fields__ if f"`{name.upper()}`" not in words]

    assert missing == []
