"""Who gets cases: the supervisor lets a verifier or a team finish, and go on."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from outlets.http import StaffRequest
from outlets.models import Channel, Post
from outlets.views.door import channel_or_404, manages
from registration.services import shift, skill, supervision


@manages
@require_POST
def drain(request: StaffRequest, pk: int) -> HttpResponse:
    post = _post(request, pk)
    shift.drain(post, by=request.user, now=timezone.now())
    return _back(post.channel)


@manages
@require_POST
def pause(request: StaffRequest, pk: int) -> HttpResponse:
    post = _post(request, pk)
    shift.pause(post, by=request.user, now=timezone.now())
    return _back(post.channel)


@manages
@require_POST
def resume(request: StaffRequest, pk: int) -> HttpResponse:
    post = _post(request, pk)
    shift.resume(post, by=request.user, now=timezone.now())
    return _back(post.channel)


@manages
@require_POST
def drain_team(request: StaffRequest, pk: int) -> HttpResponse:
    node = channel_or_404(request, pk)
    many = shift.drain_team(node, by=request.user, now=timezone.now())
    text = ngettext("%(team)s：%(number)d 人开始收尾。", "%(team)s：%(number)d 人开始收尾。", many)
    messages.success(request, text % {"team": node.name, "number": many})
    return _back(node)


@manages
@require_POST
def resume_team(request: StaffRequest, pk: int) -> HttpResponse:
    node = channel_or_404(request, pk)
    many = shift.resume_team(node, by=request.user, now=timezone.now())
    text = ngettext("%(team)s：%(number)d 人恢复派单。", "%(team)s：%(number)d 人恢复派单。", many)
    messages.success(request, text % {"team": node.name, "number": many})
    return _back(node)


@manages
@require_POST
def put_skill(request: StaffRequest, pk: int) -> HttpResponse:
    """One button for each skill: what it says is what holds afterwards, however often it comes."""
    post, knows = _post(request, pk), "grant" in request.POST
    named = request.POST.get("grant" if knows else "take", "")
    if named not in Post.Skill.values:
        raise Http404
    if skill.put(post, named, knows=knows, by=request.user, now=timezone.now()):
        text = _("%(who)s可以审%(skill)s了。") if knows else _("%(who)s不再接新的%(skill)s。")
        messages.success(request, text % {"who": post.user.name, "skill": Post.Skill(named).label})
    return _back(post.channel)


def _back(node: Channel) -> HttpResponse:
    """To the desk, where this team's people are listed."""
    return redirect(f"{reverse('supervision')}?team={node.pk}")


def _post(request: StaffRequest, pk: int) -> Post:
    post: Post = get_object_or_404(supervision.verifiers(request.user, timezone.localdate()), pk=pk)
    return post
