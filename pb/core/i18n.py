"""Languages: an address prefix (`/cy/…`) per language, never a guess from the network.

The prefix moves from the path to SCRIPT_NAME before routing, so `url_for` keeps the language by itself and every route
is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, request
from flask_babel import Babel

from pb.core.settings import Settings

OWN_NAMES = {"en": "English", "cy": "Cymraeg", "pl": "Polski", "ur": "اردو"}
RIGHT_TO_LEFT = frozenset({"ur", "ar"})
WSGI = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass(frozen=True)
class Language:
    """One entry of the language switch: the same page and query in another language."""

    code: str
    name: str
    url: str
    is_current: bool


class LanguagePrefix:
    """WSGI middleware: `/cy/rounds` becomes `/rounds` mounted under `/cy`."""

    def __init__(self, wsgi: WSGI, languages: tuple[str, ...]) -> None:
        self._wsgi = wsgi
        self._others = languages[1:]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        for code in self._others:
            if path == f"/{code}" or path.startswith(f"/{code}/"):
                environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + f"/{code}"
                environ["PATH_INFO"] = path[len(code) + 1 :] or "/"
                environ["moothall.language"] = code
                break
        return self._wsgi(environ, start_response)


def current_language(default: str = "en") -> str:
    """The language of this request's address."""
    if not request:
        return default
    code: str = request.environ.get("moothall.language", default)
    return code


def language_switch(settings: Settings) -> list[Language]:
    """The same page in each language of this installation."""
    query = request.query_string.decode("ascii", "replace")
    tail = request.path + (f"?{query}" if query else "")
    default = settings.languages[0]
    current = current_language(default)
    return [
        Language(code, OWN_NAMES.get(code, code), ("" if code == default else f"/{code}") + tail, code == current)
        for code in settings.languages
    ]


def init_i18n(app: Flask, settings: Settings) -> None:
    """Wire languages, dates and money to the address and the council's zone."""
    app.config["BABEL_DEFAULT_LOCALE"] = settings.languages[0]
    app.config["BABEL_DEFAULT_TIMEZONE"] = settings.time_zone
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(app.config["ROOT"] / "pb" / "translations")
    Babel(app, locale_selector=lambda: current_language(settings.languages[0]))
    app.wsgi_app = LanguagePrefix(app.wsgi_app, settings.languages)  # type: ignore[method-assign]
