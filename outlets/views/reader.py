from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from outlets.forms.channel import SearchForm
from outlets.forms.outlet import ReasonForm
from outlets.http import StaffRequest
from outlets.models import Bridge, Outlet, Reader
from outlets.services import program, reader
from outlets.views.door import manages, page_of
from outlets.views.picker import matches
from outlets.views.trail import trail


@manages
def readers(request: StaffRequest) -> HttpResponse:
    """Every enrolled program below the active post, those that read lately first."""
    q = SearchForm(request.GET).wanted["q"]
    found = Bridge.objects.visible_to(request.user).current().select_related("outlet__channel")
    if q:
        found = found.filter(matches(q, "outlet__channel__"))
    page = page_of(request, found.with_seen_at(), "status", "-seen_at")
    return render(request, "outlets/reader/list.html", {"q": q, "page": page})


@manages
@require_POST
@never_cache
def issue_code(request: StaffRequest, pk: int) -> HttpResponse:
    """Shown once: the answer to this POST is the only page that ever has the code."""
    outlet = get_object_or_404(
        Outlet.objects.visible_to(request.user).select_related("channel"), pk=pk
    )
    now = timezone.now()
    context = {
        "outlet": outlet,
        "trail": trail(request.user, outlet.channel),
        "code": reader.issue_code(outlet, by=request.user, now=now),
        "expires_at": now + reader.CODE_LIFE,
        "origin": settings.ORIGIN,
        "file": program.place().name,
    }
    return render(request, "outlets/reader/code.html", context)


@manages
@require_POST
def end(request: StaffRequest, pk: int, status: str) -> HttpResponse:
    """Retire or revoke a program, with the reason."""
    bridge = _bridge_or_404(request, pk)
    reader.end(bridge, status, reason=_reason(request), by=request.user, now=timezone.now())
    done = _("读卡程序已%(status)s，下一次读卡即被拒绝。")
    messages.success(request, done % {"status": Bridge.Status(status).label})
    return redirect("outlet", pk=bridge.outlet_id)


@manages
@require_POST
def rebind(request: StaffRequest, pk: int) -> HttpResponse:
    """Another reader may be plugged in, with the reason."""
    bridge = _bridge_or_404(request, pk)
    reader.rebind(bridge, reason=_reason(request), by=request.user, now=timezone.now())
    messages.success(request, _("已解除绑定，下一次读卡会绑定当时接着的读卡器。"))
    return redirect("outlet", pk=bridge.outlet_id)


@manages
@require_POST
def settle(request: StaffRequest, pk: int) -> HttpResponse:
    """Two programs with one key turned out to be something harmless, with the reason."""
    bridge = _bridge_or_404(request, pk)
    reader.settle(bridge, reason=_reason(request), by=request.user, now=timezone.now())
    messages.success(request, _("已记为查明。再有这种情况会重新提示。"))
    return redirect("outlet", pk=bridge.outlet_id)


@manages
@require_POST
def leave(request: StaffRequest, pk: int) -> HttpResponse:
    """A reader went elsewhere."""
    row = get_object_or_404(
        Reader.objects.visible_to(request.user).select_related("outlet__channel"), pk=pk
    )
    reader.leave(row, by=request.user, now=timezone.now())
    messages.success(request, _("已记下这台读卡器离开了本网点。"))
    return redirect("outlet", pk=row.outlet_id)


def _bridge_or_404(request: StaffRequest, pk: int) -> Bridge:
    bridge: Bridge = get_object_or_404(
        Bridge.objects.visible_to(request.user).select_related("outlet__channel"), pk=pk
    )
    return bridge


def _reason(request: StaffRequest) -> str:
    form = ReasonForm(request.POST)
    form.is_valid()
    return str(form.cleaned_data.get("reason", ""))
