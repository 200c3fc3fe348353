from django.urls import URLPattern, URLResolver, include, path

from portal.views import account, health, session
from portal.views.home import home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("account/login/", account.login, name="login"),
    path("account/logout/", account.logout, name="logout"),
    path("account/lock/", account.lock, name="lock"),
    path("account/unlock/", account.unlock, name="unlock"),
    path("account/awake/", account.awake, name="awake"),
    path("account/password/", account.password, name="password"),
    path("account/language/", account.set_language, name="set_language"),
    path("account/sessions/", session.sessions, name="sessions"),
    path("account/sessions/end-others/", session.end_others, name="end_other_sessions"),
    path("account/sessions/<str:handle>/end/", session.end, name="end_session"),
    path("health/", health.health, name="health"),
    path("healthz", health.healthz, name="healthz"),
    path("", include("outlets.urls")),
    path("", include("registration.urls")),
]
