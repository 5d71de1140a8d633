"""The application factory: settings checked, tools wired, rooms opened, every route's access declared or no start."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from flask import Flask
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from jinja2 import FileSystemBytecodeCache, StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from pb.core import (
    access,
    assets,
    edition,
    filters,
    frame,
    htmx,
    i18n,
    kept,
    limits,
    outbox,
    provider,
    slots,
    web,
)
from pb.core.actor import ANYONE
from pb.core.clock import Clock, system_clock
from pb.core.db import commit_good_answers, db, init_db
from pb.core.settings import Settings, load_settings
from pb.demo.clock import TravellingClock

ROOT = Path(__file__).resolve().parents[1]
ROOMS = (
    "core",
    "journal",
    "approvals",
    "accounts",
    "electorate",
    "rounds",
    "questions",
    "proposals",
    "valuation",
    "discussion",
    "voting",
    "paper",
    "booth",
    "results",
    "log",
    "opendata",
    "pages",
    "demo",
)


def environment() -> dict[str, str]:
    """The process's environment over `settings.env` in the data directory, which `make demo` writes."""
    file = Path(os.environ.get("DATA_DIR", "var")) / "settings.env"
    lines = file.read_text().splitlines() if file.is_file() else []
    kept = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {**kept, **os.environ}


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> Flask:
    """Build the app.

    Raises: SettingError for a missing or wrong setting; UnsafeDatabase when the database cannot keep a vote;
            UnlabelledRoute when a route declares no access rule.
    """
    settings = settings or load_settings(environment())
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    clock = clock or (TravellingClock(settings.data_dir) if settings.demo else system_clock)
    app = Flask("pb", static_folder=None, template_folder=str(ROOT / "templates"))
    app.extensions |= {"settings": settings, "clock": clock, "actor_loader": lambda: ANYONE}
    _configure(app, settings)
    _wire_tools(app, settings)
    _open_rooms(app)
    app.after_request(commit_good_answers)  # registered last, so it runs first
    access.check_all_routes(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        ROOT=ROOT,
        SECRET_KEY=settings.secret_key,
        TESTING=settings.testing,
        PROPAGATE_EXCEPTIONS=False,
        SESSION_COOKIE_NAME="__Host-pb" if settings.https else "pb",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        TRUSTED_HOSTS=None if settings.testing or settings.demo else [settings.host],
        MAX_CONTENT_LENGTH=64 * 1024,
        MAX_FORM_MEMORY_SIZE=64 * 1024,
        MAX_FORM_PARTS=200,
        WTF_CSRF_TIME_LIMIT=None,  # the default hour fails slow voters
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(_template_folder(settings)))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = True


def _template_folder(settings: Settings) -> Path:
    """Where compiled templates wait for the next start: ours alone, because what lies there is run."""
    folder = settings.data_dir / "templates"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _wire_tools(app: Flask, settings: Settings) -> None:
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    kept.init_kept(app)
    web.init_web(app, settings)
    init_db(app, settings)
    edition.init_edition(app)
    assert outbox.OutboxMessage.metadata is db.metadata, "every table must be known before migrations are compared"
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    limits.init_limits(app, settings)
    provider.init_provider(app, settings)
    i18n.init_i18n(app, settings)
    filters.init_filters(app)
    slots.init_slots(app)
    assets.init_assets(app)
    htmx.htmx.init_app(app)
    app.before_request(kept.give)
    CSRFProtect(app)
    app.before_request(access.enforce)
    app.context_processor(frame.frame)


def _open_rooms(app: Flask) -> None:
    """Import each room's models, routes, staff_routes and cli, where it has them, and let them register themselves."""
    for module in parts_of_rooms("models", "routes", "staff_routes", "cli"):
        if hasattr(module, "bp"):
            app.register_blueprint(module.bp)
        if hasattr(module, "init_app"):
            module.init_app(app)


def parts_of_rooms(*parts: str) -> Iterator[ModuleType]:
    """The modules of these names, room by room, where a room has them."""
    for room in ROOMS:
        for part in parts:
            name = f"pb.{room}.{part}"
            if find_spec(f"pb.{room}") is not None and find_spec(name) is not None:
                yield importlib.import_module(name)
