"""Languages: an address prefix (`/cy/…`) per language, never a guess from the network.

The prefix moves from the path to SCRIPT_NAME before routing, so `url_for` keeps the language by itself and every route
is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from babel.support import NullTranslations
from flask import Flask, current_app, g, request
from flask_babel import Babel, force_locale, get_translations
from jinja2 import pass_context, pass_eval_context
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from markupsafe import Markup

from pb.core.edition import Kept
from pb.core.settings import Settings

OWN_NAMES = {"en": "English", "cy": "Cymraeg", "pl": "Polski", "ur": "اردو"}
UNFINISHED = frozenset({"cy", "pl", "ur"})
"""Languages whose catalogue is not complete. Only the frame is shown in them; the page itself stays wholly in the
first language and says so, because half a page in each helps nobody. A test keeps this list true."""
MOST_FRAMES = 1000
"""Headers of about 2 KB."""
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
    tail = quote(request.path) + (f"?{query}" if query else "")
    default = settings.languages[0]
    current = current_language(default)
    return [
        Language(code, OWN_NAMES.get(code, code), ("" if code == default else f"/{code}") + tail, code == current)
        for code in settings.languages
    ]


def page_locale(settings: Settings) -> str:
    """The language the main part of the page is written in."""
    code = current_language(settings.languages[0])
    return settings.languages[0] if code in UNFINISHED else code


@pass_context
def same_for_all(context: Context, template: str) -> Markup:
    """The foot of every page, which is the same in a language but for its links (a shared screen has none): rendered
    once for each."""
    kept: dict[tuple[str, str, tuple[str, ...]], Markup] = current_app.extensions["same_for_all"]
    key = (template, current_language(), tuple(url for _, url in context.get("footer_links", ())))
    if key not in kept:
        kept[key] = _in_language(context, template)
    return kept[key]


@pass_context
def in_language(context: Context, template: str) -> Markup:
    """Render a part of the frame in the language of the address, finished or not.

    Whoever is not signed in sees the same frame at the same address: made once.
    """
    if not request or context["viewer"].is_signed_in:
        return _in_language(context, template)
    parts: Kept[Markup] = current_app.extensions["kept_frames"]
    key = (template, request.script_root, request.full_path, request.method, request.endpoint)
    part = parts.get(key)
    if part is None:
        part = _in_language(context, template)
        parts.put(key, part)
    return part


def _in_language(context: Context, template: str) -> Markup:
    with force_locale(current_language(current_app.extensions["settings"].languages[0])):
        return Markup(current_app.jinja_env.get_template(template).render(context.get_all()))  # noqa: S704


def _catalogue() -> NullTranslations:
    """Of the language in use now, looked up once: where flask-babel's `force_locale` empties it and puts it back."""
    shelf = g.get("_flask_babel")
    found: NullTranslations | None = getattr(shelf, "babel_translations", None)
    if found is None:
        found = get_translations()
        g._flask_babel.babel_translations = found
    return found


@pass_eval_context
def _sentence(template: EvalContext, sentence: str, /, **values: Any) -> str:
    """`_('…')` of templates. A page asks for a hundred: jinja's own way there takes a tenth of its time."""
    said = _catalogue().ugettext(sentence)
    said = Markup(said) if template.autoescape else said  # noqa: S704 -- written by us
    return said % values if values or "%" in said else said


@pass_eval_context
def _counted(template: EvalContext, singular: str, plural: str, num: int, /, **values: Any) -> str:
    """`ngettext('…', '…', n)` of templates."""
    said = _catalogue().ungettext(singular, plural, num)
    said = Markup(said) if template.autoescape else said  # noqa: S704 -- written by us
    return said % {"num": num, **values}


def init_i18n(app: Flask, settings: Settings) -> None:
    """Wire languages, dates and money to the address and the council's zone."""
    app.config["BABEL_DEFAULT_LOCALE"] = settings.languages[0]
    app.config["BABEL_DEFAULT_TIMEZONE"] = settings.time_zone
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(app.config["ROOT"] / "pb" / "translations")
    Babel(app, locale_selector=lambda: page_locale(settings))
    app.extensions["kept_frames"] = Kept[Markup](MOST_FRAMES)
    app.extensions["same_for_all"] = {}
    app.jinja_env.globals |= {"in_language": in_language, "same_for_all": same_for_all}
    app.jinja_env.globals |= {"_": _sentence, "gettext": _sentence, "ngettext": _counted}
    app.wsgi_app = LanguagePrefix(app.wsgi_app, settings.languages)  # type: ignore[method-assign]
