"""Documentation is true: every command is described, every link in it leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from flask import Flask

ROOT = Path(__file__).resolve().parents[1]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
OTHERS = {"db"}


def commands_of(group: click.Group, prefix: str = "") -> list[str]:
    """All commands below a group, as typed."""
    names: list[str] = []
    for name, command in group.commands.items():
        if name in OTHERS:
            continue
        names += commands_of(command, f"{prefix}{name} ") if isinstance(command, click.Group) else [prefix + name]
    return names


def test_every_command_is_documented(sqlite_app: Flask) -> None:
    words = (ROOT / "docs" / "commands.md").read_text()

    missing = [name for name in commands_of(sqlite_app.cli) if f"`pb {name}" not in words]

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", page.read_text())

    missing = [target for target in targets if not (page.parent / target).exists()]

    assert missing == []
