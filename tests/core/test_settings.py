"""Start-up fails with the name of the setting that is missing or wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from pb.core.settings import SettingError, Settings, load_settings
from tests.conftest import environment_for

PROVIDER = {
    "OIDC_ISSUER": "https://id.example.gov.uk/",
    "OIDC_CLIENT_ID": "moothall",
    "OIDC_CLIENT_SECRET": "s",
    "OIDC_LABEL": "MyExampleshire",
}
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
        ("OIDC_ISSUER", "http://id.example.gov.uk"),
        ("OIDC_CLIENT_ID", ""),
        ("OIDC_CLIENT_SECRET", " "),
        ("OIDC_LABEL", ""),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        load_settings({**GOOD, **PROVIDER, name: value})


def test_without_mail_only_a_demonstration_starts() -> None:
    with pytest.raises(SettingError, match="SMTP_URL"):
        load_settings({**GOOD, "DEMO": "0"})


def test_postgres_is_reached_by_psycopg() -> None:
    assert load_settings({**GOOD, "DATABASE_URL": "postgres://x/y"}).database_url == "postgresql+psycopg://x/y"


def test_every_setting_is_documented() -> None:
    words = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()

    missing = [name.upper() for name in Settings.__dataclass_fields__ if f"`{name.upper()}`" not in words]

    assert missing == []


def test_a_provider_is_taken_whole_and_outside_a_demonstration_only_encrypted() -> None:
    assert load_settings(GOOD).provider is None
    with_mail = {**GOOD, **PROVIDER, "DEMO": "0", "SMTP_URL": "smtp://localhost:25"}

    found = load_settings(with_mail).provider

    assert found is not None
    assert (found.issuer, found.label) == ("https://id.example.gov.uk/", "MyExampleshire")
    assert load_settings({**GOOD, **PROVIDER, "OIDC_ISSUER": "http://127.0.0.1:9"}).provider is not None
    with pytest.raises(SettingError, match="OIDC_ISSUER"):
        load_settings({**with_mail, "OIDC_ISSUER": "http://127.0.0.1:9"})
