"""Settings from the environment, read and checked once at start.

A setting has a default only when the default is right for production and safe to publish; otherwise start-up fails with
its name. Every setting is named in docs/settings.md (a test holds us to it).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class SettingError(Exception):
    """A setting is missing or wrong; the message names it and says what it takes."""


@dataclass(frozen=True)
class ProviderSettings:
    """The council's own OpenID Connect provider, with which voters can sign in. `issuer` exactly as it names itself."""

    issuer: str
    client_id: str
    client_secret: str
    label: str


@dataclass(frozen=True)
class Settings:
    """What one installation (one council) decides. Times are shown in `time_zone`; colours are `#rrggbb`."""

    secret_key: str
    database_url: str
    data_dir: Path
    base_url: str
    council_name: str
    service_name: str
    council_colour: str
    logo_url: str | None
    help_phone: str
    help_hours: str
    help_email: str
    help_place: str
    grants_prefix: str
    funder_id: str
    time_zone: str
    languages: tuple[str, ...]
    smtp_url: str | None
    mail_from: str
    redis_url: str | None
    proxy_hops: int
    challenge_days: int
    names_days: int
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str
    oidc_label: str
    demo: bool
    testing: bool

    @property
    def https(self) -> bool:
        """Whether residents reach us by HTTPS; decides Secure cookies and HSTS."""
        return self.base_url.startswith("https://")

    @property
    def provider(self) -> ProviderSettings | None:
        """The provider with which voters can sign in, where one is set."""
        if not self.oidc_issuer:
            return None
        return ProviderSettings(self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret, self.oidc_label)

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def host(self) -> str:
        return self.base_url.split("://", 1)[1].split("/", 1)[0]


def load_settings(env: Mapping[str, str]) -> Settings:
    """Read settings from `env` (usually `os.environ`).

    Raises: SettingError, naming the first setting that is missing or wrong.
    """
    demo = _flag(env, "DEMO")
    data_dir = Path(_text(env, "DATA_DIR", "var")).resolve()
    return Settings(
        secret_key=_secret(env, "SECRET_KEY"),
        database_url=_database_url(_text(env, "DATABASE_URL", f"sqlite:///{data_dir}/moothall.sqlite")),
        data_dir=data_dir,
        base_url=_base_url(env),
        council_name=_text(env, "COUNCIL_NAME"),
        service_name=_text(env, "SERVICE_NAME", "Together for our places"),
        council_colour=_match(env, "COUNCIL_COLOUR", r"#[0-9a-fA-F]{6}", "a colour such as #14505a", "#14505a"),
        logo_url=env.get("LOGO_URL") or None,
        help_phone=_text(env, "HELP_PHONE"),
        help_hours=_text(env, "HELP_HOURS", "Monday to Friday, 9am to 5pm"),
        help_email=_text(env, "HELP_EMAIL"),
        help_place=env.get("HELP_PLACE", ""),
        grants_prefix=env.get("GRANTS_PREFIX", ""),
        funder_id=env.get("FUNDER_ID", ""),
        time_zone=_zone(env),
        languages=tuple(_text(env, "LANGUAGES", "en,cy").split(",")),
        smtp_url=_smtp(env, demo=demo),
        mail_from=_text(env, "MAIL_FROM", env.get("HELP_EMAIL", "")),
        redis_url=env.get("REDIS_URL") or None,
        proxy_hops=int(_match(env, "PROXY_HOPS", r"\d", "a number of proxies, 0 to 9", "0")),
        challenge_days=int(_match(env, "CHALLENGE_DAYS", r"\d{1,3}", "a number of days, 0 to 999", "42")),
        names_days=int(_match(env, "NAMES_DAYS", r"\d{1,3}", "a number of days, 0 to 999", "42")),
        **_provider(env, demo=demo),
        demo=demo,
        testing=_flag(env, "TESTING"),
    )


def _text(env: Mapping[str, str], name: str, default: str | None = None) -> str:
    value = env.get(name, "").strip() or default
    if not value:
        raise SettingError(f"{name} is not set. It has no safe default: set it in the environment.")
    return value


def _match(env: Mapping[str, str], name: str, pattern: str, wanted: str, default: str) -> str:
    value = _text(env, name, default)
    if not re.fullmatch(pattern, value):
        raise SettingError(f"{name} is {value!r}; it must be {wanted}.")
    return value


def _flag(env: Mapping[str, str], name: str) -> bool:
    return _match(env, name, "[01]", "0 or 1", "0") == "1"


def _secret(env: Mapping[str, str], name: str) -> str:
    value = _text(env, name)
    if len(value) < 32:
        raise SettingError(f"{name} must have at least 32 characters of randomness.")
    return value


def _base_url(env: Mapping[str, str]) -> str:
    url = _text(env, "BASE_URL").rstrip("/")
    if not re.fullmatch(r"https?://[A-Za-z0-9.\-]+(:\d+)?", url):
        raise SettingError(f"BASE_URL is {url!r}; it must be an address such as https://vote.example.gov.uk.")
    return url


def _provider(env: Mapping[str, str], *, demo: bool) -> dict[str, str]:
    """All of it or nothing. Only a demonstration speaks to a provider on this machine without encryption."""
    issuer = env.get("OIDC_ISSUER", "").strip()
    local = r"|http://(127\.0\.0\.1|localhost)(:\d+)?(/[^\s?#]*)?" if demo else ""
    if issuer and not re.fullmatch(r"https://[^\s?#]+" + local, issuer):
        raise SettingError(
            f"OIDC_ISSUER is {issuer!r}; it must be the https:// address that the provider gives itself."
        )
    others = ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_LABEL")
    return {"oidc_issuer": issuer} | {name.lower(): _text(env, name) if issuer else "" for name in others}


def _database_url(url: str) -> str:
    """PostgreSQL is reached by psycopg 3 whichever way its address is written."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    if not url.startswith(("sqlite:", "postgresql+psycopg:")):
        raise SettingError("DATABASE_URL must begin with sqlite:/// or postgresql://.")
    return url


def _zone(env: Mapping[str, str]) -> str:
    name = _text(env, "TIME_ZONE", "Europe/London")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingError(f"TIME_ZONE is {name!r}, which is not a known time zone.") from error
    return name


def _smtp(env: Mapping[str, str], *, demo: bool) -> str | None:
    """A council without mail cannot sign anybody in, so only the demonstration may do without."""
    url = env.get("SMTP_URL", "").strip()
    if not url and not demo:
        raise SettingError("SMTP_URL is not set. Residents sign in by e-mail: use smtp://user:password@host:port.")
    return url or None
