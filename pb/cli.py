"""The console command `pb`: everything an operator can do, by room. `pb --help` lists it all, without any settings."""

from __future__ import annotations

import sys
from copy import copy

from click import Command, Context, Group
from flask import Flask
from flask.cli import FlaskGroup, with_appcontext

from pb.core.settings import SettingError
from pb.results.verify_command import verify_pack


def _app() -> Flask:
    # Imported only when a command needs the app: an auditor's machine has no settings and needs none.
    from pb.factory import create_app

    return create_app()


class Commands(FlaskGroup):
    """The commands of all rooms. Flask would build the app to name them, and so ask for settings even to give help."""

    def list_commands(self, ctx: Context) -> list[str]:
        self._open_rooms()
        return Group.list_commands(self, ctx)

    def get_command(self, ctx: Context, name: str) -> Command | None:
        if name not in self.commands:
            self._open_rooms()
        return Group.get_command(self, ctx, name)

    def _open_rooms(self) -> None:
        from flask_migrate.cli import db

        from pb.factory import parts_of_rooms

        holder = Flask("pb", static_folder=None)
        for module in parts_of_rooms("cli"):
            module.init_app(holder)
        for command in (db, *holder.cli.commands.values()):
            self.add_command(_in_app(command))


def _in_app(command: Command) -> Command:
    """A command of its own runs inside the app, as those of Flask's groups do by themselves."""
    if isinstance(command, Group) or command.callback is None:
        return command
    wrapped = copy(command)
    wrapped.callback = with_appcontext(command.callback)
    return wrapped


def commands() -> Commands:
    """All that `pb` can do. Flask's own options to load another app are not for operators."""
    group = Commands(name="pb", create_app=_app, add_default_commands=False, add_version_option=False)
    group.help = "Run and check the council's rounds. Each command has its own --help; docs/commands.md has examples."
    group.params = [option for option in group.params if option.name == "env_file"]
    group.add_command(verify_pack)
    return group


def main() -> None:
    """Run a command; a missing setting is said in one line, not as a traceback."""
    try:
        commands()(prog_name="pb")
    except SettingError as error:
        sys.exit(f"pb: {error}")


if __name__ == "__main__":
    main()
