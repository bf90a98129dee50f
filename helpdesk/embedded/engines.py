"""PostgreSQL and Valkey together; run as a module it keeps both in the foreground, for development.

python -m helpdesk.embedded.engines --data-dir DIR [--unsafe]
"""

import argparse
import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from helpdesk.embedded import postgres, runtime, valkey
from helpdesk.embedded.engine import Output
from helpdesk.embedded.errors import EmbeddedError
from helpdesk.embedded.paths import data_dir, ensure_private, require_free_space

NEEDED_MEGABYTES = 200


class Engines:
    """Both embedded servers of one data directory."""

    def __init__(
        self, directory: Path, *, unsafe: bool = False, output: Output = None, template: Path | None = None
    ) -> None:
        """``unsafe`` trades durability for speed (tests only)."""
        self.directory = directory
        self.postgres = postgres.Postgres(
            directory, output=output, settings=postgres.UNSAFE_SETTINGS if unsafe else None, template=template
        )
        self.valkey = valkey.Valkey(directory, output=output, settings=valkey.UNSAFE_SETTINGS if unsafe else None)

    def start(self) -> None:
        """Start both and write their addresses and the secret key into ``runtime.json``."""
        ensure_private(self.directory)
        require_free_space(self.directory, megabytes=NEEDED_MEGABYTES)
        try:
            self.valkey.start()
            self.postgres.start()
        except BaseException:
            self.stop()
            raise
        runtime.remembered_secret(self.directory, "secret_key", length=48)
        runtime.update(self.directory, database_url=self.postgres.url, redis_url=self.valkey.url)

    def stop(self) -> None:
        """Stop Valkey, then PostgreSQL."""
        self.valkey.stop()
        self.postgres.stop()


@contextlib.contextmanager
def running(directory: Path, *, unsafe: bool = False, output: Output = None) -> Iterator[Engines]:
    """Both engines for the length of a ``with`` block."""
    engines = Engines(directory, unsafe=unsafe, output=output)
    engines.start()
    try:
        yield engines
    finally:
        engines.stop()


def _wait(engines: Engines) -> int:
    while True:
        for engine in (engines.postgres, engines.valkey):
            if engine.process is None or engine.process.poll() is not None:
                print(f"{engine.name} has ended; stopping.", file=sys.stderr)
                return 1
        time.sleep(0.5)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(arguments: list[str] | None = None) -> int:
    """Run both engines until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m helpdesk.embedded.engines", description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=None, help="default: DATA_DIR, or var")
    parser.add_argument("--unsafe", action="store_true", help="no durability: for throw-away data only")
    options = parser.parse_args(arguments)
    directory = options.data_dir.absolute() if options.data_dir else data_dir()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with running(directory, unsafe=options.unsafe) as engines:
            print(f"DATABASE_URL={engines.postgres.url}\nREDIS_URL={engines.valkey.url}", flush=True)
            return _wait(engines)
    except KeyboardInterrupt:
        return 0
    except EmbeddedError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
