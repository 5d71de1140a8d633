"""How money, dates and words look on a page. Registered once; templates do no arithmetic."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from babel.numbers import format_currency, get_currency_symbol
from flask import Flask
from flask_babel import format_date, format_number, get_locale, ngettext
from flask_babel import gettext as _

from pb.core import text
from pb.core.clock import council_zone, now
from pb.core.money import Money, pounds


def money(amount: int | None, currency: str = "GBP") -> str:
    """£1,250, or £1,250.50 where there are pence; PLN 1,250 in an imported round's own `currency` (hundredths too)."""
    return "–" if amount is None else _money(amount, currency, str(get_locale() or "en"))


@lru_cache(maxsize=10_000)
def _money(amount: int, currency: str, locale: str) -> str:
    """Long pages show hundreds of sums, many of them twice, and each takes as long as a row of the page."""
    sign = "¤" if len(get_currency_symbol(currency, locale)) == 1 else "¤\N{NO-BREAK SPACE}"
    pattern = f"{sign}#,##0" if amount % 100 == 0 else f"{sign}#,##0.00"
    return str(format_currency(pounds(amount), currency, pattern, locale, currency_digits=False))


def day(value: date | datetime | None) -> str:
    """Sunday 28 June 2026, in the council's zone."""
    if value is None:
        return _("not set")
    local = value.astimezone(council_zone()).date() if isinstance(value, datetime) else value
    return str(format_date(local, "EEEE d MMMM y"))


def short_day(value: date | datetime | None) -> str:
    """28 June 2026."""
    if value is None:
        return _("not set")
    local = value.astimezone(council_zone()).date() if isinstance(value, datetime) else value
    return str(format_date(local, "d MMMM y"))


def clock_time(value: datetime) -> str:
    """5pm, 2:10pm, noon, midnight."""
    local = value.astimezone(council_zone())
    if local.minute == 0 and local.hour in (0, 12):
        return _("noon") if local.hour else _("midnight")
    hour = local.hour % 12 or 12
    half = _("am") if local.hour < 12 else _("pm")
    return f"{hour}:{local.minute:02d}{half}" if local.minute else f"{hour}{half}"


def moment(value: datetime | None) -> str:
    """5pm on Sunday 28 June 2026."""
    if value is None:
        return _("not set")
    return _("%(time)s on %(day)s", time=clock_time(value), day=day(value))


def days_left(value: datetime) -> str:
    """Closes today, 1 day left, 9 days left; whole days of the council's calendar."""
    zone = council_zone()
    days = (value.astimezone(zone).date() - now().astimezone(zone).date()).days
    if value <= now():
        return _("ended")
    if days == 0:
        return _("ends today at %(time)s", time=clock_time(value))
    return str(ngettext("%(num)s day left", "%(num)s days left", days))


def number(value: int | float | None) -> str:
    return "–" if value is None else str(format_number(value))


def percent(value: float | None, digits: int = 0) -> str:
    """A share between 0 and 1 as 84%."""
    return "–" if value is None else f"{value * 100:.{digits}f}%"


def iso(value: date | datetime) -> str:
    """For <time datetime>."""
    return value.isoformat()


def init_filters(app: Flask) -> None:
    """Register the filters, and the language the page is really in."""
    filters = {"money": money, "date": day, "short_date": short_day, "time": clock_time, "datetime": moment, "iso": iso}
    app.jinja_env.filters |= filters | {"days_left": days_left, "number": number, "percent": percent}
    app.jinja_env.filters["markdown"] = text.to_html
    app.jinja_env.globals["page_language"] = lambda: str(get_locale())


__all__ = [
    "Money",
    "clock_time",
    "day",
    "days_left",
    "init_filters",
    "moment",
    "money",
    "number",
    "percent",
    "short_day",
]
