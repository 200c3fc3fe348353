from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.http import SignedInRequest
from portal.services import session


def sessions(request: SignedInRequest) -> HttpResponse:
    here = request.session.session_key
    rows = [
        {
            "row": row,
            "device": session.described(row.device) or _("未知浏览器"),
            "handle": session.handle(row.pk),
            "here": row.pk == here,
        }
        for row in session.live(request.user, timezone.now())
    ]
    return render(request, "portal/session/list.html", {"rows": rows})


@require_POST
def end(request: SignedInRequest, handle: str) -> HttpResponse:
    session.end(request.user, handle, now=timezone.now())
    messages.success(request, _("已结束这个登录。"))
    return redirect("sessions")


@require_POST
def end_others(request: SignedInRequest) -> HttpResponse:
    ended = session.end_others(request.user, keep=request.session.session_key, now=timezone.now())
    messages.success(request, _("已结束其他 %(count)s 个登录。") % {"count": ended})
    return redirect("sessions")
