#!/usr/bin/env python
"""Every command of the product; ``up`` runs it all."""

import os
import sys


def main() -> int | None:
    """Run a command. ``up`` goes ahead of Django: it makes the database that the settings then name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
    if sys.argv[1:2] == ["up"]:
        from helpdesk.embedded.supervisor import main as up

        return up(sys.argv[2:])
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
    return None


if __name__ == "__main__":
    sys.exit(main())
