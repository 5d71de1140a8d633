"""What the frame of every page shows: navigation, account links, languages, who is looking."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, request, url_for
from flask_babel import lazy_gettext as _l

from pb.core.actor import current_actor
from pb.core.i18n import current_language, language_switch, page_locale

MAIN = (
    ("rounds.index", _l("Rounds")),
    ("log.index", _l("What happened")),
    ("pages.find", _l("Your area")),
    ("pages.help_page", _l("Help")),
)
FOOTER = (
    ("opendata.index", _l("Open data")),
    ("pages.about", _l("About")),
    ("pages.accessibility", _l("Accessibility")),
    ("pages.privacy", _l("Privacy")),
    ("pages.rules", _l("House rules")),
)
ACCOUNT = (
    ("sign_in", "accounts.sign_in"),
    ("sign_out", "accounts.sign_out"),
    ("me", "accounts.me"),
    ("staff", "accounts_staff.home"),
)


def _url(endpoint: str) -> str:
    """Its address in this language. A page asks for a dozen that are always the same, so each is worked out once."""
    known: dict[tuple[str, str], str] = current_app.extensions.setdefault("frame_urls", {})
    key = (request.script_root, endpoint)
    if key not in known:
        known[key] = url_for(endpoint)
    return known[key]


def _is_here(url: str) -> bool:
    here = request.script_root + request.path
    return here == url or here.startswith(url + "/")


def _account() -> dict[str, str]:
    """Where signing in, signing out and one's own pages are. Signing in comes back to the page being read."""
    links = {key: _url(endpoint) for key, endpoint in ACCOUNT}
    is_page = request.method == "GET" and request.endpoint is not None and request.path != "/"
    if is_page and request.blueprint != "accounts" and not current_actor().is_signed_in:
        links["sign_in"] = url_for("accounts.sign_in", next=request.full_path.rstrip("?"))
    return links


def frame() -> dict[str, Any]:
    """The context every template gets beside what its route passes (docs/look.md names each part).

    Made once for a request: parts of a page are templates of their own.
    """
    made: dict[str, Any] | None = g.get("frame")
    if made is None:
        made = g.frame = _frame()
    return made


def _frame() -> dict[str, Any]:
    settings = current_app.extensions["settings"]
    known = current_app.view_functions
    main = [(label, _url(endpoint)) for endpoint, label in MAIN if endpoint in known]
    has_accounts = all(endpoint in known for _, endpoint in ACCOUNT)
    account = {"account": _account()} if has_accounts else {}
    return account | {
        "settings": settings,
        "viewer": current_actor(),
        "languages": language_switch(settings),
        "nav": [(label, url, _is_here(url)) for label, url in main],
        "footer_links": [(label, _url(endpoint)) for endpoint, label in FOOTER if endpoint in known],
        "frame_language": current_language(settings.languages[0]),
        "is_translated": page_locale(settings) == current_language(settings.languages[0]),
        "home_url": request.script_root + "/",
    }
