"""The console command `pb`: everything an operator can do, by room. `pb --help` lists it all."""

from __future__ import annotations

import sys

from flask import Flask
from flask.cli import FlaskGroup

from pb.core.settings import SettingError
from pb.results.verify_command import verify_pack


def _app() -> Flask:
    # Imported only when a command needs the app: an auditor's machine has no settings and needs none.
    from pb.factory import create_app

    return create_app()


def main() -> None:
    """Run a command; a missing setting is said in one line, not as a traceback."""
    group = FlaskGroup(name="pb", create_app=_app, add_default_commands=False, add_version_option=False)
    group.add_command(verify_pack)
    try:
        group(prog_name="pb")
    except SettingError as error:
        sys.exit(f"pb: {error}")


if __name__ == "__main__":
    main()
