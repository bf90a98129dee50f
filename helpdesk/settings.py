"""Settings, read once from the environment (see docs/operator/settings.md); a malformed value stops the start.

Where the environment names no database, Redis or secret key, the values of the running embedded engines are taken
(`manage.py up` writes them into the data directory), so that every other command only connects.
"""

from __future__ import annotations

import secrets
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from helpdesk import env
from helpdesk.embedded import runtime

BASE_DIR = Path(__file__).resolve().parent.parent
RUNTIME = runtime.load()
DATA_DIR = env.path("DATA_DIR", BASE_DIR / "var")

DEMO = env.flag("DEMO", bool(RUNTIME.get("demo")))
DEMO_PASSWORD = env.text("DEMO_PASSWORD", str(RUNTIME.get("demo_password") or "")) if DEMO else ""
DEBUG = env.flag("DEBUG")
SECRET_KEY = env.text("SECRET_KEY", str(RUNTIME.get("secret_key") or ""))
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
if not SECRET_KEY:
    # Commands that sign nothing and keep nothing run with a key of the moment; whatever serves needs a real one.
    if not {"mail_parse", "up", "check", "makemigrations", "spectacular", "collectstatic", "help"} & set(sys.argv[1:2]):
        raise env.BadSetting("SECRET_KEY", "a long random text (or start with `manage.py up`, which makes one)")
    SECRET_KEY = secrets.token_urlsafe(48)
PORT = env.integer("PORT", int(RUNTIME.get("port") or 8000))
PUBLIC_URL = env.text("PUBLIC_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", [urlsplit(PUBLIC_URL).hostname or "", "localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", [PUBLIC_URL])

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "channels",
    "helpdesk.core",
    "helpdesk.embedded",
    "helpdesk.demo",
    "helpdesk.accounts",
    "helpdesk.customers",
    "tickets",
    "tickets.sla",
    "tickets.routing",
    "tickets.routing.recognition",
    "tickets.automation",
    "tickets.intake",
    "knowledge",
    "aftersales",
    "aftersales.policy",
    "aftersales.warranty",
    "aftersales.claims",
    "aftersales.approvals",
    "aftersales.compensation",
    "aftersales.parcels",
    "aftersales.visits",
    "aftersales.outlets",
    "aftersales.field",
    "aftersales.promises",
    "aftersales.complaints",
    "aftersales.cases",
    "aftersales.reviews",
    "aftersales.incidents",
    "aftersales.portal",
    "analytics",
    "channels_app",
]

MIDDLEWARE = [
    "helpdesk.core.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "helpdesk.core.middleware.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "helpdesk.urls"
WSGI_APPLICATION = "helpdesk.wsgi.application"
ASGI_APPLICATION = "helpdesk.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "helpdesk.core.context.ui",
                "helpdesk.customers.context.portal",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "helpdesk.core.template_loader.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["helpdesk.core.templatetags.ui", "django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

# --- Truth and what may be lost -------------------------------------------------------------------------------------
DATABASE_URL = env.text(
    "DATABASE_URL", str(RUNTIME.get("database_url") or "postgres://helpdesk@127.0.0.1:5432/helpdesk")
)
DATABASES = {"default": env.database("DATABASE_URL", DATABASE_URL)}
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
DATABASES["default"]["OPTIONS"].setdefault("application_name", "helpdesk")
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 10)

REDIS_URL = env.text("REDIS_URL", str(RUNTIME.get("redis_url") or "redis://127.0.0.1:6379/0"))
CACHES = {
    "default": {
        "BACKEND": "helpdesk.core.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "c",
        "TIMEOUT": 3600,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL, "max_connections": 500}], "prefix": "layer"},
    }
}

# --- Celery carries ids; rows carry the work -------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "bulk"
CELERY_TASK_TIME_LIMIT = 900
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_throttle": 1,
    "unacked_restore_interval": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "retry_on_timeout": True,
    "max_retries": 1,
    "interval_start": 0,
}
# Connections outlive a task; helpdesk.celery closes those that broke.
CELERY_DB_REUSE_MAX = 1000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
# Every tick expires after its interval: a queue of stale ticks after a stop would only repeat the same sweep.
CELERY_BEAT_SCHEDULE = {
    "due-rows": {"task": "core.sweep_due_rows", "schedule": 1.0, "options": {"queue": "timers", "expires": 1}},
    "leased-work": {"task": "core.sweep_leased", "schedule": 5.0, "options": {"queue": "events", "expires": 5}},
    "mailboxes": {"task": "channels_app.poll_mailboxes", "schedule": 15.0, "options": {"queue": "bulk", "expires": 15}},
    "housekeeping": {"task": "core.housekeeping", "schedule": 300.0, "options": {"queue": "bulk", "expires": 300}},
    "risks": {"task": "analytics.score_clocks", "schedule": 60.0, "options": {"queue": "bulk", "expires": 60}},
}

# --- People, language and time ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.Staff"
AUTHENTICATION_BACKENDS = ["helpdesk.accounts.backends.StaffBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_NAME = "staff_session"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

LANGUAGE_CODE = env.text("LANGUAGE_CODE", "en")
COMPANY_NAME = env.text("COMPANY_NAME", "Lantian Home" if DEMO else "Helpdesk")
COMPANY_NAME_ZH = env.text("COMPANY_NAME_ZH", "蓝天家电" if DEMO else "")
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_USER_TIME_ZONE = env.text("DEFAULT_USER_TIME_ZONE", "Asia/Shanghai")
DEFAULT_PHONE_REGION = env.text("DEFAULT_PHONE_REGION", "CN")

# --- Files -----------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", DATA_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "helpdesk.core.static_storage.HashedStaticFilesStorage"},
}
MEDIA_ROOT = env.path("MEDIA_ROOT", DATA_DIR / "media")
MEDIA_URL = "/files/"
MAX_REQUEST_BODY_BYTES = env.integer("MAX_REQUEST_BODY_BYTES", 30 * 1024 * 1024, least=1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_REQUEST_BODY_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 20
ATTACHMENT_MAX_BYTES = env.integer("ATTACHMENT_MAX_BYTES", 20 * 1024 * 1024, least=1024)
MAIL_MAX_BYTES = env.integer("MAIL_MAX_BYTES", 35 * 1024 * 1024, least=1024)

# --- Doors -----------------------------------------------------------------------------------------------------------
MAIL_PORT = env.integer("MAIL_PORT", int(RUNTIME.get("mail_port") or 2525))
MAIL_BIND = env.text("MAIL_BIND", "127.0.0.1")
MAIL_HOSTNAME = env.text("MAIL_HOSTNAME")
MAIL_TLS_CERTIFICATE = env.text("MAIL_TLS_CERTIFICATE")
MAIL_TLS_KEY = env.text("MAIL_TLS_KEY")
MAIL_REQUIRE_TLS = env.flag("MAIL_REQUIRE_TLS")
MAIL_MAX_CONNECTIONS = env.integer("MAIL_MAX_CONNECTIONS", 200, least=1)
MAIL_CONNECTIONS_PER_ADDRESS = env.integer("MAIL_CONNECTIONS_PER_ADDRESS", 20, least=1)
MAIL_PER_MINUTE_AND_ADDRESS = env.integer("MAIL_PER_MINUTE_AND_ADDRESS", 600, least=1)
# Relays of our own: no limits per address for them.
MAIL_TRUSTED_NETWORKS = env.words("MAIL_TRUSTED_NETWORKS", ["127.0.0.0/8", "::1/128"])
SMTP_RELAY_URL = env.text("SMTP_RELAY_URL")
# Hosts inside the company whose pictures may be fetched for mails, as networks; all other private ones are refused.
IMAGE_PROXY_NETWORKS = env.words("IMAGE_PROXY_NETWORKS")
# Networks inside the company that outgoing webhooks may call; all other private and loopback addresses are refused.
WEBHOOK_NETWORKS = env.words("WEBHOOK_NETWORKS")
TRUSTED_PROXIES = env.words("TRUSTED_PROXIES")
SMS_GATEWAY = env.text("SMS_GATEWAY", "console" if DEMO else "")

# --- Safety ----------------------------------------------------------------------------------------------------------
HTTPS = env.flag("HTTPS", PUBLIC_URL.startswith("https://"))
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = False
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "helpdesk.core.views.errors.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "frame-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["helpdesk.accounts.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["helpdesk.accounts.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["helpdesk.core.api.parsers.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["helpdesk.core.api.parsers.JsonParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "helpdesk.core.api.parsers.JsonAlways",
    "DEFAULT_THROTTLE_CLASSES": ["helpdesk.core.api.rates.KeyRate"],
    "DEFAULT_SCHEMA_CLASS": "helpdesk.core.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "helpdesk.core.api.problems.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Helpdesk API",
    "DESCRIPTION": "Tickets, messages and customers of one helpdesk. Errors are problem+json (RFC 9457).",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "PREPROCESSING_HOOKS": ["helpdesk.core.api.schema.only_api"],
    "ENUM_NAME_OVERRIDES": {
        "StatusCategory": "tickets.models.StatusCategory",
        "Priority": "tickets.models.Priority",
        "Kind": "tickets.models.Kind",
        "Tone": "tickets.models.Tone",
        "RecognitionSource": "tickets.routing.recognition.models.Source",
        "Grade": "tickets.models.Grade",
        "LinkKind": "tickets.models.LinkKind",
        "Direction": "tickets.models.Direction",
        "Visibility": "tickets.models.Visibility",
        "CustomerLevel": "helpdesk.customers.models.CustomerLevel",
        "OrderState": "helpdesk.customers.models.OrderState",
        "ClaimKind": "aftersales.claims.models.ClaimKind",
        "ParcelDirection": "aftersales.parcels.choices.ParcelDirection",
        "ClaimReason": "aftersales.claims.models.Reason",
        "Means": "aftersales.compensation.models.Means",
        "ReceiptMeans": "aftersales.compensation.models.ReceiptMeans",
        "ChannelKind": "helpdesk.core.models.ChannelKind",
        "PresenceState": "helpdesk.accounts.models.PresenceState",
        "ChannelGrade": "helpdesk.core.models.ChannelGrade",
        "DeliveryStatus": "helpdesk.core.models.DeliveryStatus",
        "WhatIfState": "analytics.models.WhatIfState",
    },
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
}
API_RATE_PER_MINUTE = env.integer("API_RATE_PER_MINUTE", 12_000, least=1)
API_MAX_JSON_BYTES = env.integer("API_MAX_JSON_BYTES", 2 * 1024 * 1024, least=1024)
WEBHOOK_MAX_BYTES = env.integer("WEBHOOK_MAX_BYTES", 2 * 1024 * 1024, least=1024)
WEBHOOK_MAX_AGE_SECONDS = 300

# --- Health ----------------------------------------------------------------------------------------------------------
# `/readyz` answers 503 when a figure is above its bound (seconds); `/metrics` wants the token (in demo mode: this machine).
READY_BOUNDS = {
    "inbound_age": env.integer("READY_INBOUND_AGE", 300, least=1),
    "outbound_age": env.integer("READY_OUTBOUND_AGE", 900, least=1),
    "dispatcher_lag": env.integer("READY_DISPATCHER_LAG", 30, least=1),
    "timer_lag": env.integer("READY_TIMER_LAG", 30, least=1),
    "heartbeat_age": env.integer("READY_HEARTBEAT_AGE", 30, least=1),
}
METRICS_TOKEN = env.text("METRICS_TOKEN")

# --- The rooms' registries -------------------------------------------------------------------------------------------
# Participants of ticket verbs, in order: `check` may refuse before any write, `apply` writes in the same transaction.
PARTICIPANTS = [
    "tickets.required_fields.RequiredFields",
    "tickets.automation.participant.OpenTasks",
    "aftersales.complaints.participant.OpenComplaints",
    "aftersales.claims.participant.FollowsTicket",
    "tickets.routing.participant.Capacity",
    "tickets.routing.participant.QueuePlacement",
    "tickets.routing.recognition.participant.Recognised",
    "tickets.sla.participant.Clocks",
    "tickets.routing.participant.QueueRows",
]
# Rooms that take part in the moves of claims, in this order: `check` before any write, `apply` in the same transaction.
CLAIM_PARTICIPANTS = [
    "aftersales.compensation.participant.Money",
    "aftersales.approvals.participant.Approvals",
    "aftersales.visits.participant.Visits",
    "aftersales.parcels.participant.Parcels",
    "aftersales.outlets.participant.Outlets",
    "aftersales.complaints.participant.OneHandler",
    "aftersales.cases.participant.Cases",
    "aftersales.reviews.participant.Reviews",
    "aftersales.portal.participant.AsksSatisfaction",
]
# Consumers of the event log, each with its own cursor: name → dotted path of `handle(events)`.
EVENT_CONSUMERS = {
    "live": "channels_app.live.publish.push_events",
    "notifications": "tickets.notifying.notify_staff",
    "clocks": "tickets.sla.consuming.recompute_after",
    "sub_tickets": "tickets.automation.consuming.follow_sub_tickets",
    "webhooks": "tickets.automation.webhooks.queueing.queue_events",
    "recognition": "tickets.routing.recognition.consuming.read_after",
    "analytics": "analytics.consuming.roll_up",
    "matcher": "tickets.routing.consuming.wake_matcher",
    "incidents": "aftersales.incidents.consuming.count_claims",
    "visits": "aftersales.visits.consuming.tell_engineers",
    "reviews": "aftersales.reviews.consuming.look_after",
}

# --- Promises that ship as defaults ----------------------------------------------------------------------------------
UNDO_SEND_SECONDS = 5
AUTO_CLOSE_AFTER = timedelta(days=env.integer("AUTO_CLOSE_DAYS", 7, least=1))
# Goods that never come let a claim expire; what nobody objects to closes by itself.
CLAIM_GOODS_WITHIN = timedelta(days=env.integer("CLAIM_GOODS_DAYS", 14, least=1))
# A named approver answers within this, whatever a policy of service levels promises.
CLAIM_DECIDED_WITHIN = timedelta(hours=env.integer("CLAIM_DECIDE_HOURS", 24, least=1))
CLAIM_CONFIRMED_AFTER = timedelta(days=env.integer("CLAIM_CONFIRM_DAYS", 7, least=1))
# For how many days visits are offered, with how much notice; an outlet has to accept first, and gets more.
VISIT_DAYS_AHEAD = env.integer("VISIT_DAYS_AHEAD", 14, least=1)
VISIT_NOTICE = timedelta(hours=env.integer("VISIT_NOTICE_HOURS", 4))
VISIT_OUTLET_NOTICE = timedelta(hours=env.integer("VISIT_OUTLET_NOTICE_HOURS", 24))
# Routes of the next day are planned from this hour on (company's clocks), with so many seconds of search.
VISIT_PLAN_AT_HOUR = env.integer("VISIT_PLAN_AT_HOUR", 19)
VISIT_PLAN_SECONDS = env.integer("VISIT_PLAN_SECONDS", 7, least=1)
# How long an outlet may think about work that it is offered, before the next one is asked.
WORK_OFFER_WITHIN = timedelta(minutes=env.integer("WORK_OFFER_MINUTES", 30, least=1))
RAW_INBOUND_RETENTION = timedelta(days=env.integer("RAW_INBOUND_RETENTION_DAYS", 90, least=1))
LEASE_SECONDS = 20
LEASE_RENEW_SECONDS = 5
MAX_ATTEMPTS = 8
MAX_DEATHS = 3

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "helpdesk.core.logs.RequestFilter"}},
    "formatters": {
        "json": {"()": "helpdesk.core.logs.JsonFormatter"},
        "plain": {"()": "helpdesk.core.logs.PlainFormatter"},
    },
    "handlers": {
        "out": {
            "class": "logging.StreamHandler",
            "formatter": env.text("LOG_FORMAT", "plain" if DEMO or DEBUG else "json"),
            "filters": ["request"],
        }
    },
    "root": {"handlers": ["out"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "mail.log": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
    },
}
