"""Several senders at the same moment, each with its own connection, as several processes would be."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from flask import Flask

from pb.core.db import db

T = TypeVar("T")


def together(app: Flask, jobs: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """Run all jobs at once and give what each returned or raised, in order."""
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], T]) -> T | Exception:
        with app.app_context():
            gate.wait(20)
            try:
                return job()
            except Exception as error:
                return error
            finally:
                db.session.remove()

    db.session.rollback()
    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))
