"""`pb verify PACK.zip`: works without settings, a database or a network."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pb.results import packfile, verify

MARKS = {True: "yes", False: "NO ", None: "–  "}
REFUSED, UNREADABLE = 1, 3


@click.command("verify")
@click.argument("pack", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The council's key.pem.")
def verify_pack(pack: Path, key: Path | None) -> None:
    """Check a PACK of published results, and count it again.

    Nothing is sent anywhere. Exit 0 when everything that can be checked holds, 1 when something does not, 3 when the
    key cannot be read or the file is larger than any pack.
    """
    if pack.stat().st_size > packfile.LARGEST:
        _fail(f"{pack}: larger than any pack")
    try:
        trusted = packfile.key_in(key.read_bytes()[:4096]) if key else None
    except packfile.BadPack as error:
        _fail(f"{key}: {error}")
    findings = verify.check(pack.read_bytes(), trusted)
    for finding in findings:
        click.echo(f"{MARKS[finding.holds]}  {finding.question}\n     {finding.words}")
    if any(finding.holds is False for finding in findings):
        click.echo(f"\n{pack}: REFUSED. Do not rely on this file.", err=True)
        sys.exit(REFUSED)
    click.echo(f"\n{pack}: everything that can be checked holds.")
    if key is None:
        click.echo("Compare the key above with the one on the council’s site, or give it with --key.")


def _fail(problem: str) -> None:
    click.echo(problem, err=True)
    sys.exit(UNREADABLE)
