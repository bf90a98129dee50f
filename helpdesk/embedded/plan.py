"""Which processes make up the product, and in which order they end."""

import os
import signal
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

MOST_WEB_PROCESSES = 8


class Phase(IntEnum):
    """The order of a stop: first the doors, then the work, then what everything stands on."""

    DOORS = 1
    WORK = 2
    ENGINES = 3


@dataclass(frozen=True)
class ProcessSpec:
    """One supervised process: ``target`` is ``web``, ``celery`` or ``manage``, ``arguments`` its command line."""

    name: str
    target: str
    arguments: tuple[str, ...] = ()
    phase: Phase = Phase.WORK
    stop_seconds: float = 20.0
    once: bool = False
    stop_signal: int = signal.SIGTERM
    # how far it stands back for the others when the processor is short (0 not at all, 19 entirely)
    niceness: int = 0
    environment: dict[str, str] = field(default_factory=dict)


def cores() -> int:
    """Processor cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1


def web_processes() -> int:
    """``WEB_PROCESSES``, or one for each core."""
    configured = os.environ.get("WEB_PROCESSES", "").strip()
    return max(1, int(configured)) if configured.isdigit() else min(cores(), MOST_WEB_PROCESSES)


def processes(data_dir: Path) -> list[ProcessSpec]:
    """The whole product but for its engines."""
    specs = [ProcessSpec(f"web.{number}", "web", phase=Phase.DOORS) for number in range(1, web_processes() + 1)]
    specs += [
        ProcessSpec("mail", "manage", ("run_mail_listener",), phase=Phase.DOORS),
        # people who wait for a page go before a flood of mail that waits in a queue
        ProcessSpec("worker", "celery", _worker("main", "inbound,outbound,bulk", 2), stop_seconds=35, niceness=5),
        ProcessSpec("timers", "celery", _worker("timers", "timers,events", 1), stop_seconds=35),
        ProcessSpec("beat", "celery", ("--quiet", "beat", "--loglevel=WARNING", "--pidfile=", *_schedule(data_dir))),
        ProcessSpec("dispatcher", "manage", ("run_dispatcher",)),
    ]
    return specs


def _worker(name: str, queues: str, concurrency: int) -> tuple[str, ...]:
    return (
        "--quiet",
        "worker",
        f"--hostname={name}@%h",
        f"--queues={queues}",
        "--pool=prefork",
        f"--concurrency={concurrency}",
        "--without-gossip",
        "--without-mingle",
        "--loglevel=WARNING",
    )


def _schedule(data_dir: Path) -> tuple[str, ...]:
    return ("--schedule", str(data_dir / "celerybeat-schedule"))
