#!/usr/bin/env python3
"""Django's command line. ``manage.py serve`` starts the whole product on this machine."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from portal import local

# What runs without anybody's settings: on this machine, or in a scratch folder.
OWN_KEYS = (["serve"], ["bench"], ["benchcheck"], ["gameday"], ["prodcheck"])


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    try:
        local.adopt_keys(create=sys.argv[1:2] in OWN_KEYS)
    except OSError as error:
        sys.exit(local.unwritable(error))
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
