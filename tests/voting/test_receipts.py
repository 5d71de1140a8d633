"""A reference's signature is checked by openssl alone, without a line of ours (security.md, C21)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from flask import Flask

from pb.voting import receipts
from tests.conftest import FixedClock
from tests.support.rounds import make_round
from tests.support.voting import cast, ready

ED25519_DER = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 public key in DER (RFC 8410)."""


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_verifies_a_reference_and_refuses_a_changed_one(
    sqlite_app: Flask, clock: FixedClock, tmp_path: Path
) -> None:
    round = make_round("voting", clock)
    ready(round)
    receipt = cast(round, ["B01"], now=clock.at).code
    line, signature, key = receipts.as_text(round, receipt).strip().splitlines()[-3:]
    assert line == f"pb-receipt-v1|{round.slug}|{receipt}"
    (tmp_path / "key.der").write_bytes(ED25519_DER + bytes.fromhex(key))
    (tmp_path / "signature").write_bytes(bytes.fromhex(signature))

    def openssl_says(text: str) -> int:
        (tmp_path / "line").write_text(text)
        files = ["-inkey", "key.der", "-keyform", "DER", "-in", "line", "-sigfile", "signature"]
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-rawin", *files]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode

    assert openssl_says(line) == 0
    assert openssl_says(line[:-1] + ("0" if line[-1] != "0" else "1")) != 0
