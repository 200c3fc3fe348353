from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("outlets.urls")),
    path("", include("registration.urls")),
]
