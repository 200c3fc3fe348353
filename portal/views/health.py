from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from portal.http import SignedInRequest
from portal.refusal import Refusal
from portal.services import health as checks

ROLES = {"manager", "administrator", "privacy", "inspector"}


class NotForYou(Refusal):
    status = 403
    text = _("你现在的岗位不能查看系统健康。")
    todo = _("如果系统不能用，请联系渠道经理。")


def health(request: SignedInRequest) -> HttpResponse:
    if request.user.post is None or request.user.post.role not in ROLES:
        raise NotForYou
    now = timezone.now()
    results = checks.run(now)
    context = {"results": results, "now": now, "worst": checks.worst(results)}
    return render(request, "portal/health/show.html", context)


@login_not_required
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """For `serve` and load balancers: tells nothing but yes or no."""
    well = checks.database_answers()
    return JsonResponse({"ok": well}, status=200 if well else 503)
