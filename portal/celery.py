"""The Celery app. Web processes use it to wake workers by task name; workers also load the tasks.

Run as ``celery -A portal.celery worker -B``; settings carry the prefix CELERY_.
"""

import os
from pathlib import Path

from celery import Celery
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

# Before the app looks its transport up.
TRANSPORT_ALIASES["filesystem"] = "portal.broker:Transport"
TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = "portal.broker:RedisTransport"

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["portal", "outlets", "registration"])

# Kombu's filesystem transport loses what it cannot put down: it makes no folders.
for name in ("data_folder_in", "control_folder"):
    if folder := settings.CELERY_BROKER_TRANSPORT_OPTIONS.get(name):
        Path(folder).mkdir(parents=True, exist_ok=True)
