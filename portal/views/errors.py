from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from portal.http import wants_json


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page is older than the session it was opened in; the reason is for developers."""
    if wants_json(request):
        error = _("这个页面打开得太久，或者期间换人登录了。")
        return JsonResponse({"error": error, "todo": _("请刷新页面后再试。")}, status=403)
    return render(request, "403_csrf.html", status=403)
