"""The counting engine and the check of packs as one file: what an auditor runs instead of this whole app.

Made of the very modules this app counts with, as a Python zip application (PEP 441).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pb import counting
from pb.results.packfile import zip_of

NAME = "count.pyz"
NEEDS = ("numpy", "pynacl", "click")
ROOM = Path(counting.__file__).parents[1]
CHECK = ("__init__", "ballot_text", "packfile", "verify", "verify_command")
MAIN = '''"""`count.pyz verify PACK.zip` checks a pack; every other command is the counting engine's own."""

import sys

from pb.counting.cli import main
from pb.results.verify_command import verify_pack

if sys.argv[1:2] == ["verify"]:
    verify_pack(sys.argv[2:], prog_name="count.pyz verify")
sys.exit(main())
'''


@cache
def archive() -> bytes:
    """The zip, the same bytes for the same source."""
    files = [ROOM / "__init__.py", *(ROOM / "results" / f"{module}.py" for module in CHECK)]
    files += Path(counting.__file__).parent.glob("*.py")
    source = {f"pb/{file.relative_to(ROOM)}": file.read_bytes() for file in files}
    return zip_of(source | {"__main__.py": MAIN.encode()})
