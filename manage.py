#!/usr/bin/env python3
"""Django's command line. ``manage.py serve`` starts the whole product on this machine."""

import os
import sys

from portal import local


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    try:
        local.adopt_keys(create=sys.argv[1:2] == ["serve"])
    except OSError as error:
        sys.exit(local.unwritable(error))

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
