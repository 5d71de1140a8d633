"""A small council of its own, served by this process: its rounds are made by services, and its clock can be moved."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from werkzeug.serving import make_server

from pb.core.db import db
from pb.core.settings import load_settings
from pb.factory import create_app
from tests.browser.conftest import free_port
from tests.conftest import FixedClock, environment_for


@dataclass(frozen=True)
class Council:
    """Where it is served, the app behind it, and its clock."""

    url: str
    app: Flask
    clock: FixedClock


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[Council]:
    """Serve an empty council on a free port; the app's context is open, so services can be called."""
    port, clock = free_port(), FixedClock(datetime.now(UTC))
    url = f"http://127.0.0.1:{port}"
    environment = {**environment_for(folder, f"sqlite:///{folder}/council.sqlite"), "BASE_URL": url, **settings}
    app = create_app(load_settings(environment), clock=clock)
    with app.app_context():
        upgrade()
        server = make_server("127.0.0.1", port, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True, name="council")
        thread.start()
        try:
            yield Council(url, app, clock)
        finally:
            server.shutdown()
            thread.join(10)
            db.session.remove()
            db.engine.dispose()
