"""All settings, read once from the environment; secrets also from ``NAME_FILE``.

The defaults run the product on one machine with everything under ``var/``. Production sets at
least SHIMING_SECRET_KEY, SHIMING_MASTER_KEY, SHIMING_HOSTS and SHIMING_DATABASE.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from portal import env

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(env.text("SHIMING_VAR", str(ROOT / "var")))

DEBUG = env.flag("SHIMING_DEBUG", False)
SECRET_KEY = env.text("SHIMING_SECRET_KEY")
MASTER_KEY = env.text("SHIMING_MASTER_KEY")
KEYRING_FILE = Path(env.text("SHIMING_KEYRING", str(VAR / "keys" / "keyring.json")))

# What a browser may call this site; the first one is where bridges enrol.
ORIGIN = env.text("SHIMING_ORIGIN", "http://127.0.0.1:8000")
SECURE = ORIGIN.startswith("https://")
ALLOWED_HOSTS = env.words("SHIMING_HOSTS", ["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = [ORIGIN]

INSTALLED_APPS = [
    "portal",
    "outlets",
    "registration",
    "crispy_forms",
    "crispy_bootstrap5",
    "bootstrap",
    "django_htmx",
    "treebeard",
    "axes",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.middleware.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "portal.middleware.Authenticate",
    "portal.middleware.RequireLogin",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.LockIdleSession",
    "outlets.middleware.HoldPost",
    "portal.middleware.AnswerRefusals",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# An index that covers more on PostgreSQL is a plain one on SQLite, which does as well there.
SILENCED_SYSTEM_CHECKS = ["models.W040"]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "portal.context.chrome",
                "outlets.context.posts",
            ],
            "builtins": ["django.templatetags.static", "django.templatetags.i18n"],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

DATABASES = {
    "default": env.database(env.text("SHIMING_DATABASE", f"sqlite:///{VAR / 'shiming.sqlite3'}"))
}

AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "portal.hashers.Argon2",
    # Of before: hashed anew when their owners log in.
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=5)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
# The page says until when the name is locked; further tries must not move that.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "portal.views.account.locked_out"
# The reset on success needs the handler; the access log would keep a second list of logins.
AXES_DISABLE_ACCESS_LOG = True

SESSION_ENGINE = "outlets.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "portal.views.errors.csrf_failure"
LANGUAGE_COOKIE_SECURE = SECURE
LANGUAGE_COOKIE_SAMESITE = "Strict"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
# With the session, not in a cookie of its own: the next clerk must not read them.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# A draft that nobody touched for so long is abandoned and its number given back.
DRAFT_LIFE = timedelta(hours=env.number("SHIMING_DRAFT_HOURS", 24))
LEASE = timedelta(minutes=env.number("SHIMING_LEASE_MINUTES", 10))
# So long a verifier can take a decision back; it takes effect afterwards.
UNDO = timedelta(seconds=env.number("SHIMING_UNDO_SECONDS", 5))
IDLE_LOCK = timedelta(minutes=env.number("SHIMING_IDLE_MINUTES", 10))

X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_REFERRER_POLICY = "same-origin"
BRIDGE_PORT = env.number("SHIMING_BRIDGE_PORT", 17520)
# The oldest bridge that may read into what was begun since then (always, if no time is set).
BRIDGE_FLOOR = env.version("SHIMING_BRIDGE_FLOOR", "0.1.0")
BRIDGE_FLOOR_FROM = env.moment("SHIMING_BRIDGE_FLOOR_FROM")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF, f"ws://127.0.0.1:{BRIDGE_PORT}"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "evidence": env.storage("SHIMING_BLOBS", VAR / "blobs"),
    "staticfiles": {"BACKEND": "portal.assets.Assets"},
}
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [ROOT / "static"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["map", "png", "jpg", "woff", "woff2", "gz", "br"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("中文")), ("en", "English")]
LOCALE_PATHS = [ROOT / "locale"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# The row is the queue and the broker only wakes a worker, so a folder is broker enough here;
# without the polling interval it would take one task a second.
BROKER = VAR / "broker"
CELERY_BROKER_URL = env.text("SHIMING_BROKER", "filesystem://localhost")
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {
        "data_folder_in": str(BROKER / "queue"),
        "data_folder_out": str(BROKER / "queue"),
        "control_folder": str(BROKER / "control"),
        "polling_interval": 0.05,
    }
    if CELERY_BROKER_URL.startswith("filesystem")
    # A bell that a dead broker does not hear must not keep a counter waiting: without the limits
    # a request hangs for minutes when the broker's host is gone and nothing says so.
    else {"visibility_timeout": 600, "socket_connect_timeout": 2, "socket_timeout": 10}
    if CELERY_BROKER_URL.startswith("redis")
    else {}
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = env.number("SHIMING_WORKERS", 2)
STUDY_WORKERS = env.number("SHIMING_STUDY_WORKERS", 1)
# Studying a picture takes seconds: it has a queue of its own, so that a thousand pictures do not
# keep a counter waiting. A worker that is told nothing serves both.
CELERY_TASK_QUEUES = {name: {"exchange": name, "routing_key": name} for name in ("celery", "study")}
CELERY_TASK_ROUTES = {
    f"registration.tasks.{name}": {"queue": "study"} for name in ("study_photo", "compare_faces")
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat")
CELERY_BEAT_SCHEDULE = {
    "forget sessions that ran out": {"task": "portal.tasks.tidy", "schedule": timedelta(days=1)},
    "seal the audit": {"task": "portal.tasks.seal", "schedule": 5.0},
    "erase what came to nothing": {
        "task": "registration.tasks.erase_due",
        "schedule": timedelta(hours=1),
    },
    "find what a lost wake-up missed": {"task": "registration.tasks.sweep", "schedule": 10.0},
    # Late ones are not made up for: the next one finds what they would have.
    "add up what was done": {
        "task": "registration.tasks.fold",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "prove what was added up": {
        "task": "registration.tasks.prove",
        "schedule": crontab(hour=3, minute=30),
    },
}

CARRIER_URL = env.text("SHIMING_CARRIER_URL", "http://127.0.0.1:17531")
CARRIER_TOKEN = env.text("SHIMING_CARRIER_TOKEN", "demo")
CARRIER_NAME = env.text("SHIMING_CARRIER_NAME", "示例移动")
# Printed for customers who want to appeal.
CARRIER_HOTLINE = env.text("SHIMING_CARRIER_HOTLINE", "000-0000（示例）")
IDENTITY_CHECK_URL = env.text("SHIMING_IDENTITY_CHECK_URL", "http://127.0.0.1:17532")
IDENTITY_CHECK_TOKEN = env.text("SHIMING_IDENTITY_CHECK_TOKEN", "demo")
# What opens the cipher text of cloud readers; asked only where a counter has one.
CARD_DECODER_URL = env.text("SHIMING_CARD_DECODER_URL", "http://127.0.0.1:17534")
CARD_DECODER_TOKEN = env.text("SHIMING_CARD_DECODER_TOKEN", "demo")
# Compares faces; without it the engine that lies in requirements-models.txt does.
FACE_URL = env.text("SHIMING_FACE_URL", "")
FACE_TOKEN = env.text("SHIMING_FACE_TOKEN", "demo")
# What the carrier's gateway for text messages shows; without it none is taken.
SMS_TOKEN = env.text("SHIMING_SMS_TOKEN", "")
GATEWAY_TIMEOUT = float(env.text("SHIMING_GATEWAY_TIMEOUT", "5"))

# The lines of the health page, each a function of the time; see portal.services.health.
HEALTH_CHECKS = [
    "portal.services.health.database",
    "portal.services.health.broker",
    "portal.services.health.unsealed",
    "portal.services.health.disk",
    "portal.services.health.evidence",
    "registration.health.photos",
    "registration.health.studies",
    "registration.health.faces",
    "registration.health.identity_checks",
    "registration.health.carrier_orders",
    "registration.health.erasures",
    "registration.health.rollups",
]

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("SHIMING_LOG", "WARNING")},
    "loggers": {
        # Request paths carry no personal data; bodies and tracebacks' variables could.
        "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        # Anybody can send a wrong Host header; each would write a whole traceback.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
