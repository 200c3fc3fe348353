"""The product's settings with made-up secrets and everything in a temporary folder.

SHIMING_TEST_DATABASE chooses the database: ``sqlite`` (default), ``postgres`` (the wheel's server,
started by conftest.py) or a URL.
"""

import os

from tests import servers

RUN = servers.own_folder()
WEB_PORT = servers.free_port()

os.environ |= {
    "SHIMING_SECRET_KEY": "only-for-tests-" + "x" * 50,
    "SHIMING_MASTER_KEY": "b25seSBmb3IgdGVzdHMsIDMyIGJ5dGVzIGxvbmchISE=",
    "SHIMING_VAR": str(RUN / "var"),
    # Ports are chosen here, so that settings, live_server and started processes agree on them.
    "SHIMING_ORIGIN": f"http://127.0.0.1:{WEB_PORT}",
    "DJANGO_LIVE_TEST_SERVER_ADDRESS": f"127.0.0.1:{WEB_PORT}",
    "SHIMING_BRIDGE_PORT": str(servers.free_port()),
    "SHIMING_CARRIER_URL": f"http://127.0.0.1:{servers.free_port()}",
    "SHIMING_IDENTITY_CHECK_URL": f"http://127.0.0.1:{servers.free_port()}",
    "SHIMING_CARD_DECODER_URL": f"http://127.0.0.1:{servers.free_port()}",
    # A decision takes effect at once; the tests of taking it back set their own time.
    "SHIMING_UNDO_SECONDS": "0",
    "SHIMING_DATABASE": servers.database_url(os.environ.get("SHIMING_TEST_DATABASE", "sqlite")),
}
for name in ("SHIMING_BROKER", "SHIMING_KEYRING", "SHIMING_BLOBS"):
    os.environ.pop(name, None)

from portal.env import SQLITE_OPTIONS  # noqa: E402
from portal.settings import *  # noqa: E402, F403
from portal.settings import DATABASES, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# Files come from the source folders: no collectstatic, no warning that it has not run.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, as in the product: threads and real worker processes see the same database.
    # Nothing here outlives a power cut, so the disk need not be waited for.
    DATABASES["default"]["TEST"] = {"NAME": str(RUN / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS | {
        "init_command": str(SQLITE_OPTIONS["init_command"]).replace("=FULL", "=OFF")
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0
