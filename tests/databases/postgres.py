"""A PostgreSQL server of our own: in a temporary folder, on a Unix socket alone, gone afterwards.

The programs are Debian's package ``postgresql``. The server refuses to run as root, so that it then
runs as the user ``postgres`` that the package made.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

USER = "postgres"


def programs():
    """The folder of ``initdb`` and ``pg_ctl``, the newest; None where there is none."""
    found = shutil.which("pg_ctl")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    usable = [folder for folder in folders if (folder / "initdb").exists()]
    return usable[-1] if usable else None


@contextlib.contextmanager
def running(folder_of_programs):
    """A server; its folder, which is also that of its socket."""
    folder = Path(tempfile.mkdtemp(prefix="tracking-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, USER)
        data = folder / "data"
        _run(folder_of_programs / "initdb", "-D", data, "-U", USER, "-A", "trust", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        control = (folder_of_programs / "pg_ctl", "-D", data, "-w", "-t", "60")
        _run(*control, "-o", options, "-l", folder / "log", "start")
        try:
            yield folder
        finally:
            _run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def execute(folder, statement):
    """Run a statement as the server's owner."""
    import psycopg

    with psycopg.connect(host=str(folder), user=USER, dbname="postgres", autocommit=True) as connection:
        connection.execute(statement)


def _run(*command):
    """Run a program of the server's, as its own user where we are root."""
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["runuser", "-u", USER, "--", *words]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    done = subprocess.run(words, **quiet, cwd="/", timeout=120)
    assert done.returncode == 0, done.stderr.decode()
