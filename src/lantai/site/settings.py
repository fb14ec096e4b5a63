"""Django's settings, from the environment: ``LANTAI_HOME``, ``LANTAI_HOSTS``, ``LANTAI_DATABASE``, ``LANTAI_DEBUG``.

Every setting is documented in docs/reference/settings.md.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lantai.base.home import home

PACKAGE = Path(__file__).resolve().parent.parent


def _secret() -> str:
    """Return the key that signs sessions, made on first use and kept with the other keys."""
    path = home().keys / "django.key"
    if path.exists():
        return path.read_text("ascii").strip()
    home().make()
    fresh = path.with_name(f"django.key.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w", encoding="ascii") as out:
        out.write(secrets.token_urlsafe(48))
        out.flush()
        os.fsync(handle)
    with suppress(FileExistsError):  # several processes may start at once: the first one's key is everybody's
        os.link(fresh, path)
    fresh.unlink()
    return path.read_text("ascii").strip()


_KEPT = 600
"""Seconds a thread keeps its connection: to open one (and for SQLite to read the whole schema) costs more than most pages."""


def _sqlite() -> dict[str, Any]:
    pragmas = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=134217728; "
        "PRAGMA journal_size_limit=27103364; PRAGMA cache_size=-64000; PRAGMA temp_store=MEMORY;"
    )
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(home().database),
        "CONN_MAX_AGE": _KEPT,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": pragmas},
    }


def _database(url: str) -> dict[str, Any]:
    """Return the database of ``LANTAI_DATABASE`` (postgresql://user:password@host:port/name), else SQLite."""
    if not url:
        return _sqlite()
    told = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": told.path.lstrip("/"),
        "USER": unquote(told.username or ""),
        "PASSWORD": unquote(told.password or ""),
        "HOST": told.hostname or "",
        "PORT": str(told.port or ""),
        "CONN_MAX_AGE": _KEPT,
        "CONN_HEALTH_CHECKS": True,
    }


SECRET_KEY = _secret()
DEBUG = os.environ.get("LANTAI_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("LANTAI_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "lantai.base",
    "lantai.ledger",
    "lantai.people",
    "lantai.holdings",
    "lantai.vault",
    "lantai.checks",
    "lantai.search",
    "lantai.ingest",
    "lantai.registration",
    "lantai.access",
    "lantai.catalogue",
    "lantai.desk",
    "lantai.exchange",
    "lantai.site",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lantai.base.middleware.security_headers",
    "lantai.base.middleware.whole_body",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "lantai.base.middleware.language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "lantai.people.middleware.actor",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lantai.base.middleware.coded_errors",
]
ROOT_URLCONF = "lantai.site.urls"
WSGI_APPLICATION = "lantai.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "lantai.site.navigation.navigation",
            ],
            "builtins": ["lantai.base.templatetags.lantai"],
        },
    }
]
DATABASES = {"default": _database(os.environ.get("LANTAI_DATABASE", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ROW_NOTES = True
"""Rows that change are noted and written into the vault beside the log; only tests of other things do without."""

AUTH_USER_MODEL = "people.Account"
AUTHENTICATION_BACKENDS = ["lantai.people.signed_in.Accounts"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "lantai.people.signed_in"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "lantai_session"
CSRF_COOKIE_NAME = "lantai_csrf"
CSRF_FAILURE_VIEW = "lantai.base.views.stale_form"
_HTTPS = os.environ.get("LANTAI_HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
# Behind a proxy that ends TLS we see plain HTTP, while browsers name https in Origin: these are us.
CSRF_TRUSTED_ORIGINS = (
    [f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS if host != "*"] if _HTTPS else []
)
SECURE_SSL_REDIRECT = False
X_FRAME_OPTIONS = "SAMEORIGIN"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [str(PACKAGE / "locale")]
USE_I18N = True
TIME_ZONE = os.environ.get("LANTAI_TIME_ZONE", "Asia/Shanghai")
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = str(home().static)
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_TEMP_DIR = str(home().inbox)
DATA_UPLOAD_MAX_NUMBER_FILES = 20_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 50_000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"err": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["err"], "level": os.environ.get("LANTAI_LOG", "WARNING")},
}
