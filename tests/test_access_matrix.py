"""Who may call what, written down: a change of access shows in the diff and must be meant.

`python -m tests.test_access_matrix` writes tests/access_matrix.txt anew.
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from pb.core.access import access_of

FILE = Path(__file__).with_name("access_matrix.txt")


def matrix_of(app: Flask) -> str:
    """One line a route: methods, address, endpoint, who may."""
    lines = []
    for rule in app.url_map.iter_rules():
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        access = access_of(app, rule.endpoint)
        assert access is not None
        lines.append(f"{rule.rule:60} {methods:8} {rule.endpoint:40} {access.label}")
    return "\n".join(sorted(lines)) + "\n"


def test_access_is_as_written_down(sqlite_app: Flask) -> None:
    assert matrix_of(sqlite_app) == FILE.read_text()


def test_everything_under_staff_needs_a_role(sqlite_app: Flask) -> None:
    open_doors = {"accounts.staff_sign_in", "accounts.staff_sign_in_send"}

    for rule in sqlite_app.url_map.iter_rules():
        if rule.rule.startswith("/staff") and rule.endpoint not in open_doors:
            access = access_of(sqlite_app, rule.endpoint)
            assert access is not None
            assert access.roles, rule.rule


if __name__ == "__main__":
    import tempfile

    from pb.core.settings import load_settings
    from pb.factory import create_app
    from tests.conftest import environment_for

    with tempfile.TemporaryDirectory() as folder:
        made = create_app(load_settings(environment_for(Path(folder), f"sqlite:///{folder}/t.sqlite")))
        FILE.write_text(matrix_of(made))
