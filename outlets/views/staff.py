from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from outlets.forms.staff import AppointForm, DocumentForm, InviteForm, StaffSearchForm
from outlets.http import StaffRequest
from outlets.middleware import KEY
from outlets.models import Channel, Outlet, Post
from outlets.services import staff
from outlets.views.door import channel_or_404, manages, named, own_node, page_of
from outlets.views.picker import choices
from outlets.views.trail import trail, trails
from portal.models import User
from portal.services import audit


@manages
def people(request: StaffRequest) -> HttpResponse:
    """Who works at a node and below it: today, or until some day before."""
    wanted = StaffSearchForm(request.GET).wanted
    node = channel_or_404(request, wanted["node"]) if wanted["node"] else own_node(request)
    posts = Post.objects.along(node.path).select_related("user", "channel")
    today = timezone.localdate()
    if wanted["ended"]:
        posts = posts.filter(Q(until_date__lt=today) | Q(user__is_active=False))
    else:
        posts = posts.held(today)
    if wanted["q"]:
        posts = posts.filter(
            Q(user__name__icontains=wanted["q"]) | Q(user__username__icontains=wanted["q"])
        )
    if wanted["role"]:
        posts = posts.filter(role=wanted["role"])
    page = page_of(request, posts, "channel__path", "user__name")
    context = {
        "wanted": wanted,
        "node": node,
        "trail": trail(request.user, node),
        "roles": Post.Role.choices,
        "page": page,
    }
    return render(request, "outlets/staff/list.html", context)


@manages
def person(request: StaffRequest, pk: int) -> HttpResponse:
    """A person's posts in the viewer's part of the tree, today's and earlier ones."""
    posts = list(
        Post.objects.visible_to(request.user)
        .filter(user=pk)
        .select_related("user", "channel", "appointed_by", "ended_by")
        .order_by("-from_date", "-pk")
    )
    if not posts:
        raise Http404
    now = timezone.now()
    held = set(Post.objects.held_by(posts[0].user, timezone.localdate(now)))
    above = trails(request.user, {post.channel for post in posts})
    context = {
        "person": posts[0].user,
        "document_form": DocumentForm(),
        "held": [
            {
                "post": post,
                "trail": above[post.channel_id],
                "may_end": post.user_id != request.user.pk
                and staff.may_give(request.user, post.channel, post.role, now=now),
            }
            for post in posts
            if post in held
        ],
        "past": [
            {"post": post, "trail": above[post.channel_id]} for post in posts if post not in held
        ],
    }
    return render(request, "outlets/staff/person.html", context)


@manages
@require_POST
def note_document(request: StaffRequest, pk: int) -> HttpResponse:
    """Whose person key a clerk has; the number itself goes nowhere."""
    posts = Post.objects.visible_to(request.user).filter(user=pk)
    user = get_object_or_404(User, pk__in=posts.values("user"))
    form = DocumentForm(request.POST)
    if form.is_valid():
        number = form.cleaned_data["document"]
        staff.note_document(user, number=number, by=request.user, now=timezone.now())
        messages.success(request, _("已登记本人证件。"))
    else:
        messages.error(request, str(form.errors["document"][0]))
    return redirect("person", pk=pk)


@manages
@never_cache
@sensitive_variables("password")
def invite(request: StaffRequest) -> HttpResponse:
    """A new account. The answer to the POST is the only page that ever has the password."""
    node = named(request, "node")
    if node is None:
        return _choose_node(request, _("邀请新员工"))
    form = InviteForm(_roles(request, node), request.POST if request.method == "POST" else None)
    context = {"form": form, "node": node, "trail": trail(request.user, node)}
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "outlets/staff/invite.html", context, status=status)
    fields = form.cleaned_data
    user, password = staff.invite(channel=node, **fields, by=request.user, now=timezone.now())
    role = Post.Role(fields["role"]).label
    context |= {"person": user, "password": password, "role": role}
    return render(request, "outlets/staff/invited.html", context)


@manages
def appoint(request: StaffRequest) -> HttpResponse:
    """A post for a person who has an account."""
    node = named(request, "node")
    if node is None:
        return _choose_node(request, _("任命现有人员"))
    form = AppointForm(
        _roles(request, node),
        request.POST if request.method == "POST" else None,
        initial={"username": request.GET.get("username", "")[:40]},
    )
    if form.is_valid():
        fields = form.cleaned_data
        staff.appoint(
            fields["user"],
            channel=node,
            role=fields["role"],
            until=fields["until"],
            by=request.user,
            now=timezone.now(),
        )
        messages.success(request, _("已任命%(name)s。") % {"name": fields["user"].name})
        return redirect("person", pk=fields["user"].pk)
    context = {"form": form, "node": node, "trail": trail(request.user, node)}
    status = 422 if form.is_bound else 200
    return render(request, "outlets/staff/appoint.html", context, status=status)


@manages
@require_POST
def dismiss(request: StaffRequest, pk: int) -> HttpResponse:
    post = _post_or_404(request, pk)
    staff.dismiss(post, by=request.user, now=timezone.now())
    messages.success(
        request, _("已解除%(name)s的任职，其登录已全部结束。") % {"name": post.user.name}
    )
    return redirect("person", pk=post.user_id)


@manages
def transfer(request: StaffRequest, pk: int) -> HttpResponse:
    """Choose the new node by search, then move the post there."""
    post = _post_or_404(request, pk)
    to = named(request, "to")
    if request.method == "POST" and to:
        staff.transfer(post, to=to, by=request.user, now=timezone.now())
        messages.success(
            request, _("已把%(name)s调到%(to)s。") % {"name": post.user.name, "to": to.name}
        )
        return redirect("person", pk=post.user_id)
    context = {"post_to_move": post, "trail": trail(request.user, post.channel), "to": to}
    context |= {"to_trail": trail(request.user, to) if to else []}
    context |= choices(request, _nodes_for(request, post.role).exclude(pk=post.channel_id))
    return render(request, "outlets/staff/transfer.html", context)


@require_POST
def choose_post(request: StaffRequest) -> HttpResponse:
    """Make another of the posts held today the active one."""
    wanted = request.POST.get("post")
    chosen = next((post for post in request.posts if str(post.pk) == wanted), None)
    if chosen is None:
        raise Http404
    request.session[KEY] = chosen.pk
    audit.record("post.chosen", subject=chosen, by=request.user, now=timezone.now())
    return redirect("home")


def _post_or_404(request: StaffRequest, pk: int) -> Post:
    post: Post = get_object_or_404(
        Post.objects.visible_to(request.user).select_related("user", "channel"), pk=pk
    )
    return post


def _choose_node(request: StaffRequest, title: str) -> HttpResponse:
    context: dict[str, Any] = {"title": title, "username": request.GET.get("username", "")[:40]}
    nodes = Channel.objects.visible_to(request.user)
    context |= choices(request, nodes.exclude(outlet__status=Outlet.Status.CLOSED))
    return render(request, "outlets/staff/choose_node.html", context)


def _roles(request: StaffRequest, node: Channel) -> list[str]:
    """The roles that the viewer may give at the node."""
    now = timezone.now()
    fit = [
        role
        for role in Post.Role.values
        if role != Post.Role.CLERK or node.kind == Channel.Kind.OUTLET
    ]
    return [role for role in fit if staff.may_give(request.user, node, role, now=now)]


def _nodes_for(request: StaffRequest, role: str) -> Any:
    nodes = Channel.objects.visible_to(request.user).exclude(outlet__status=Outlet.Status.CLOSED)
    return nodes.filter(kind=Channel.Kind.OUTLET) if role == Post.Role.CLERK else nodes
