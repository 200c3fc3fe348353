from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from outlets.forms.outlet import AuthorisationForm, NewOutletForm, OutletForm, ReasonForm
from outlets.http import StaffRequest
from outlets.models import Channel, Outlet, Post
from outlets.services import outlet as outlets
from outlets.views.branch import branches
from outlets.views.door import channel_or_404, manages
from outlets.views.trail import trail
from portal.models import AuditEntry

VERBS = {
    Outlet.Status.SUSPENDED: outlets.suspend,
    Outlet.Status.OPEN: outlets.reopen,
    Outlet.Status.CLOSED: outlets.close,
}
HISTORY = 10


@manages
def show(request: StaffRequest, pk: int) -> HttpResponse:
    outlet = _outlet_or_404(request, pk)
    channel, today = outlet.channel, timezone.localdate()
    sub_agents = list(Channel.objects.get_children(channel).select_related("outlet"))
    context = {
        "outlet": outlet,
        "trail": trail(request.user, channel),
        "is_above": channel.pk != request.user.post.channel_id,
        "moves": Outlet.MOVES.get(outlet.status, ()),
        "staff": Post.objects.held(today).filter(channel=channel).select_related("user"),
        "bridges": outlet.bridges.current()
        .select_related("rotated_from")
        .order_by("status", "-enrolled_at"),
        "readers": outlet.readers.order_by(F("left_at").desc(nulls_first=True), "-seen_at"),
        "branches": branches(channel, sub_agents),
        "history": _history(outlet),
    }
    return render(request, "outlets/outlet/show.html", context)


@manages
def add(request: StaffRequest, pk: int) -> HttpResponse:
    parent = channel_or_404(request, pk)
    form = NewOutletForm(parent, request.POST if request.method == "POST" else None)
    if form.is_valid():
        made = outlets.add(parent, **form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, _("已新增%(name)s。") % {"name": made.channel.name})
        return redirect("outlet", pk=made.pk)
    context = {"form": form, "channel": parent, "trail": trail(request.user, parent)}
    status = 422 if form.is_bound else 200
    return render(request, "outlets/outlet/add.html", context, status=status)


@manages
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    outlet = _outlet_or_404(request, pk)
    data = request.POST if request.method == "POST" else None
    form = OutletForm(data, instance=outlet, initial={"name": outlet.channel.name})
    if form.is_valid():
        outlets.edit(outlet, **form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, _("网点资料已保存。"))
        return redirect("outlet", pk=pk)
    context = {"form": form, "outlet": outlet, "trail": trail(request.user, outlet.channel)}
    status = 422 if form.is_bound else 200
    return render(request, "outlets/outlet/edit.html", context, status=status)


@manages
def authorise(request: StaffRequest, pk: int) -> HttpResponse:
    outlet = _outlet_or_404(request, pk)
    initial = {name: getattr(outlet, name) for name in AuthorisationForm.base_fields}
    form = AuthorisationForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        outlets.authorise(
            outlet,
            who=form.cleaned_data["authorised_by"],
            when=form.cleaned_data["authorised_date"],
            document=form.cleaned_data["authorisation"],
            by=request.user,
            now=timezone.now(),
        )
        messages.success(request, _("下级代理授权已登记。"))
        return redirect("outlet", pk=pk)
    context = {"form": form, "outlet": outlet, "trail": trail(request.user, outlet.channel)}
    status = 422 if form.is_bound else 200
    return render(request, "outlets/outlet/authorise.html", context, status=status)


@manages
@require_POST
def change_status(request: StaffRequest, pk: int, status: str) -> HttpResponse:
    """Suspend, reopen or close, with the reason; Stale if the page showed another status."""
    outlet = _outlet_or_404(request, pk)
    form = ReasonForm(request.POST)
    form.is_valid()
    VERBS[Outlet.Status(status)](
        outlet,
        reason=form.cleaned_data.get("reason", ""),
        by=request.user,
        now=timezone.now(),
        seen=form.cleaned_data.get("seen") or None,
    )
    done = {
        Outlet.Status.SUSPENDED: _("已暂停受理，店员下一次操作即会看到。"),
        Outlet.Status.OPEN: _("已恢复营业。"),
        Outlet.Status.CLOSED: _("网点已关闭。"),
    }
    messages.success(request, done[Outlet.Status(status)])
    return redirect("outlet", pk=pk)


def _outlet_or_404(request: StaffRequest, pk: int) -> Outlet:
    outlet: Outlet = get_object_or_404(
        Outlet.objects.visible_to(request.user).select_related("channel", "status_by"), pk=pk
    )
    return outlet


def _history(outlet: Outlet) -> list[dict[str, Any]]:
    """The last things that were done to the outlet, from the audit."""
    words = {
        "outlet.added": pgettext("history", "新增"),
        "outlet.edited": pgettext("history", "修改资料"),
        "outlet.authorised": pgettext("history", "登记下级代理授权"),
        "outlet.open": pgettext("history", "恢复营业"),
        "outlet.suspended": pgettext("history", "暂停"),
        "outlet.closed": pgettext("history", "关闭"),
        "bridge.code_issued": pgettext("history", "发登记码"),
    }
    entries = AuditEntry.objects.filter(
        subject_type=Outlet._meta.label_lower, subject_id=outlet.pk, action__in=words
    ).select_related("actor")
    return [
        {"at": entry.at, "what": words[entry.action], "who": entry.actor}
        for entry in entries.order_by("-pk")[:HISTORY]
    ]
