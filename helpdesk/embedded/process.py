"""Child processes that cannot outlive their parent.

On Linux ``PR_SET_PDEATHSIG`` makes the kernel send a signal to the child when the *thread* that forked it dies; children
are therefore started from the main thread only. Elsewhere the call is a no-op (best effort).
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import IO

from helpdesk.embedded.errors import EmbeddedError

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
PR_SET_CHILD_SUBREAPER = 36

_libc = ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int) -> bool:
    return sys.platform == "linux" and _libc.prctl(option, value, 0, 0, 0) == 0


def die_with_parent(sig: int = signal.SIGKILL, *, parent: int | None = None) -> None:
    """Ask the kernel to send ``sig`` to this process when its parent dies.

    Call it in the child, after any change of user (which clears the request). With ``parent`` (its pid), a parent that
    died before the call is noticed too: the process then ends at once.
    """
    if _prctl(PR_SET_PDEATHSIG, sig) and parent is not None and os.getppid() != parent:
        os._exit(1)


def set_name(name: str) -> None:
    """Show ``name`` (15 bytes at most) in ``ps`` and ``top``; Linux only."""
    if sys.platform == "linux":
        _libc.prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def adopt_orphans() -> bool:
    """Become the reaper of descendants whose own parent dies (Linux); False where the kernel has no such thing."""
    return _prctl(PR_SET_CHILD_SUBREAPER, 1)


def spawn(
    command: Sequence[str | Path],
    *,
    death_signal: int = signal.SIGKILL,
    before_exec: Callable[[], None] | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    output: int | IO[bytes] | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start ``command`` in a session of its own (no Ctrl-C from the terminal), bound to the life of this process.

    ``before_exec`` runs in the child (change of user). ``output`` takes both stdout and stderr.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("children must be started from the main thread: their life is bound to the forking thread")
    parent = os.getpid()

    def in_child() -> None:
        if before_exec is not None:
            before_exec()
        die_with_parent(death_signal, parent=parent)

    try:
        return subprocess.Popen(
            [os.fspath(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output is not None else None,
            cwd=cwd,
            env=dict(env) if env is not None else None,
            pass_fds=tuple(pass_fds),
            start_new_session=True,
            preexec_fn=in_child,  # noqa: PLW1509 — one thread only, checked above
        )
    except (FileNotFoundError, PermissionError, subprocess.SubprocessError) as error:
        raise EmbeddedError(f"{command[0]} cannot be started: {error}.") from error


def stop(process: subprocess.Popen[bytes], sig: int, *, timeout: float) -> bool:
    """Send ``sig`` and wait up to ``timeout`` seconds; then kill. True when the process ended by itself."""
    if process.poll() is None:
        process.send_signal(sig)
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True


def kill_group(pid: int) -> None:
    """Kill what is left of the process group that ``pid`` led (pool children of a dead worker, for example)."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def reap_others(known: Collection[int]) -> None:
    """Collect ended children that are not in ``known``; those belong to whoever started them."""
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid in known:
            return
        with contextlib.suppress(ChildProcessError):
            os.waitpid(ended.si_pid, os.WNOHANG)


def is_alive(pid: int) -> bool:
    """True while a process with this id exists and is not a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return sys.platform != "linux"
    return state != "Z"
