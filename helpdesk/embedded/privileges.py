"""PostgreSQL refuses to run as root; here a root user gets around that without touching accounts or file modes.

1. User namespace (Linux, preferred): the child maps our own user to an ordinary account of a new namespace. It sees a
   non-root user, while its files stay ours on disk, so no directory needs other owners or modes.
2. Account: where namespaces are refused (some containers), the child becomes an existing account. It keeps the ambient
   capability to pass directories, so a data directory below ``/root`` still works, and the engine's files belong to it.
3. An ordinary user with a name needs neither.
"""

import ctypes
import os
import pwd
import shutil
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from helpdesk.embedded.errors import EmbeddedError

CLONE_NEWUSER = 0x10000000
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 47, 2
LINUX_CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
PREFERRED_ACCOUNTS = ("helpdesk", "postgres", "daemon", "nobody")

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Privileges:
    """How a child of ours runs: ``apply`` is called in the child before exec; ``owner`` must own its files, if set."""

    kind: str
    apply: Callable[[], None] | None = None
    owner: tuple[int, int] | None = None

    def give(self, path: Path) -> None:
        """Hand ``path`` (and what is below it) to the account that will use it."""
        if self.owner is None:
            return
        uid, gid = self.owner
        os.chown(path, uid, gid)
        for folder, folders, files in os.walk(path):
            for name in folders + files:
                os.chown(Path(folder) / name, uid, gid, follow_symlinks=False)


def unprivileged() -> Privileges:
    """The way for this process to run a server that refuses root; raises ``EmbeddedError`` when there is none."""
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return Privileges("own user")
    if sys.platform != "linux":
        raise EmbeddedError("PostgreSQL does not run as root.", "Start the product as an ordinary user.")
    account = _ordinary_account()
    if _namespaces_allowed(account):
        return Privileges("user namespace", apply=lambda: _enter_namespace(account.pw_uid, account.pw_gid))
    if os.geteuid() == 0:
        return Privileges(
            "account", apply=lambda: _become(account.pw_uid, account.pw_gid), owner=(account.pw_uid, account.pw_gid)
        )
    raise EmbeddedError(
        f"The user with id {os.geteuid()} has no entry in the account list, which PostgreSQL needs.",
        "Start the product as a named user.",
    )


def chown_to_owner(path: Path, privileges: Privileges) -> None:
    """Create ``path`` (0700) for the account of ``privileges``."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if privileges.owner is not None and path.stat().st_uid != privileges.owner[0]:
        privileges.give(path)
    elif privileges.owner is None and os.geteuid() == 0 and path.stat().st_uid != 0:
        # The same data was run by an account before; in a namespace only root's own files are ours.
        shutil.chown(path, 0, 0)
        Privileges("root", owner=(0, 0)).give(path)


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _ordinary_account() -> pwd.struct_passwd:
    accounts = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid != 0}
    for name in (*PREFERRED_ACCOUNTS, *accounts):
        if name in accounts:
            return accounts[name]
    raise EmbeddedError(
        "PostgreSQL does not run as root, and this system has no other account.", "Create one: useradd helpdesk."
    )


def _namespaces_allowed(account: pwd.struct_passwd) -> bool:
    """Try it in a child: kernels, containers and security modules refuse in many ways."""
    pid = os.fork()
    if pid == 0:
        try:
            _enter_namespace(account.pw_uid, account.pw_gid)
        except BaseException:
            os._exit(1)
        os._exit(0 if os.geteuid() == account.pw_uid else 1)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status) == 0


def _enter_namespace(uid: int, gid: int) -> None:
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    _check(_libc.unshare(CLONE_NEWUSER), "unshare")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{uid} {outer_uid} 1")
    _write("/proc/self/gid_map", f"{gid} {outer_gid} 1")


def _become(uid: int, gid: int) -> None:
    _check(_libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "prctl")
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    os.umask(0o077)
    capabilities = (1 << CAP_DAC_OVERRIDE) | (1 << CAP_DAC_READ_SEARCH)
    for wanted in (capabilities, 1 << CAP_DAC_OVERRIDE):  # containers often withhold the second one
        if _raise_ambient(wanted):
            return


def _raise_ambient(capabilities: int) -> bool:
    """Keep ``capabilities`` across exec. Failure is no error: then the directories must be open to the account."""
    header = struct.pack("Ii", LINUX_CAPABILITY_VERSION_3, 0)
    data = struct.pack("IIIIII", capabilities, capabilities, capabilities, 0, 0, 0)
    if _libc.capset(header, data) != 0:
        return False
    raised = [
        _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH)
        if capabilities & (1 << capability)
    ]
    return all(raised)


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def _check(result: int, call: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")
