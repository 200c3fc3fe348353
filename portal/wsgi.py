"""The WSGI application for any server: ``gunicorn portal.wsgi``."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = get_wsgi_application()

# Every view is loaded before the first request, and what is loaded stays: looking through all of it
# for garbage stops a request for a tenth of a second, now and then.
get_resolver().check()
gc.collect()
gc.freeze()
