"""Policies at a node: what holds, who set it, and what a change would do. Administrators set them;
managers and inspectors look."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from outlets.http import StaffRequest, WrongRole, for_role
from outlets.models import Channel, Post
from outlets.views.door import channel_or_404, own_node
from outlets.views.picker import choices
from outlets.views.trail import trail
from registration.forms.policy import PolicyForm
from registration.models import PolicyRow
from registration.rules.policy import GROUPS, OTHERS, POLICIES, Policy
from registration.services import case, policy_preview
from registration.services import policy as policies
from registration.services.policy import Standing
from registration.services.policy_preview import Change, Preview

for_readers = for_role(Post.Role.MANAGER, Post.Role.ADMINISTRATOR, Post.Role.INSPECTOR)
ORDER = [title for title, _words in GROUPS] + [OTHERS]


@dataclass(frozen=True)
class Row:
    """A value that was set, in words."""

    row: PolicyRow
    value: str


@dataclass(frozen=True)
class Line:
    """A policy as it stands at a node, in the reader's language; ``below`` nodes have their own
    value."""

    key: str
    group: str
    title: str
    why: str
    value: str
    standing: Standing
    coming: list[Row]
    below: int = 0


@for_readers
def show(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """Every policy at a node; without a key the viewer's own."""
    node = channel_or_404(request, pk) if pk else own_node(request)
    today = timezone.localdate()
    below = [row.key for row in policies.set_below(node, today)]
    lines = [_line(one, below.count(one.policy.key)) for one in policies.standings(node, today)]
    context = _frame(request, node) | {"groups": list(_grouped(lines))}
    context |= choices(request, _inside(request, node))
    return render(request, "registration/policy/list.html", context)


@for_readers
def one(request: StaffRequest, pk: int, key: str) -> HttpResponse:
    """One policy at a node. POST previews a change or saves it."""
    node, now = channel_or_404(request, pk), timezone.now()
    today = timezone.localdate(now)
    if key not in POLICIES:
        raise Http404
    standing = policies.standing(node, key, today)
    form = None
    if policies.may_set(request.user, node, now=now):
        form = PolicyForm(
            standing,
            request.POST if request.method == "POST" else None,
            is_set_here=_is_set_at(node, standing),
            today=today,
        )
    elif request.method == "POST":
        raise WrongRole
    seen = None
    if form and form.is_valid():
        change = Change(node, key, form.value, form.cleaned_data["from_date"])
        if request.POST.get("do") != "preview":
            return _save(request, change, form.cleaned_data["reason"])
        seen = _seen(policy_preview.preview(change, now=now), change)
    below = [row for row in policies.set_below(node, today) if row.key == key]
    context = _frame(request, node) | {
        "line": _line(standing, len(below)),
        "policy": standing.policy,
        "default": standing.policy.shown(standing.policy.default, _),
        "form": form,
        "preview": seen,
        "history": [_row(row) for row in policies.history(node, key)],
        "below": [_row(row) for row in below],
    }
    status = 422 if form and form.errors else 200
    return render(request, "registration/policy/one.html", context, status=status)


def _save(request: StaffRequest, change: Change, reason: str) -> HttpResponse:
    policies.put(
        change.channel,
        change.key,
        change.value,
        from_date=change.from_date,
        reason=reason,
        by=request.user,
        now=timezone.now(),
    )
    said = {"day": change.from_date.isoformat(), "node": change.channel.name}
    if change.value is None:
        messages.success(request, _("已撤回：%(day)s 起，%(node)s及下级改按上级的设定。") % said)
    else:
        said["value"] = _words(POLICIES[change.key], change.value)
        messages.success(request, _("已保存：%(day)s 起，%(node)s及下级为“%(value)s”。") % said)
    return redirect("policy", pk=change.channel.pk, key=change.key)


def _frame(request: StaffRequest, node: Channel) -> dict[str, Any]:
    return {"node": node, "crumbs": trail(request.user, node)}


def _inside(request: StaffRequest, node: Channel) -> QuerySet[Channel]:
    """Where to go on to: the nodes right below, or with a search any below."""
    below: QuerySet[Channel] = Channel.objects.get_children(node)
    if request.GET.get("q"):
        below = Channel.objects.visible_to(request.user).below(node.path).exclude(pk=node.pk)
    return below


def _is_set_at(node: Channel, standing: Standing) -> bool:
    rows = (standing.row, *standing.coming)
    return any(row is not None and row.channel_id == node.pk for row in rows)


def _grouped(lines: list[Line]) -> Iterator[tuple[str, list[Line]]]:
    def place(line: Line) -> int:
        return ORDER.index(line.standing.policy.group)

    for at, group in groupby(sorted(lines, key=place), place):
        yield _(ORDER[at]), list(group)


def _line(standing: Standing, below: int) -> Line:
    policy = standing.policy
    return Line(
        key=policy.key,
        group=_(policy.group),
        title=_(policy.title),
        why=_(policy.why) if policy.why else "",
        value=policy.shown(standing.value, _),
        standing=standing,
        coming=[_row(row) for row in standing.coming],
        below=below,
    )


def _row(row: PolicyRow) -> Row:
    return Row(row, _words(POLICIES[row.key], row.value))


def _words(policy: Policy[Any], value: Any) -> str:
    if value is None:
        return _("撤回，改按上级")
    try:
        return policy.shown(policy.clean(value), _)
    except ValueError:
        return _("已不适用的值")


# The preview --------------------------------------------------------------------------------------


def _seen(preview: Preview, change: Change) -> dict[str, Any]:
    """A preview in words, with the cases as the report shows them: masked."""
    outcomes = {
        "block": _("阻断"),
        "review": _("需复核"),
        "note": _("仅提示"),
        policy_preview.CLEAR: _("无问题"),
    }
    cases = case.several([found.application for found in preview.cases])
    return {
        "counts": preview,
        "value": _words(POLICIES[change.key], change.value),
        "moves": [
            (before, outcomes[before], after, outcomes[after], number)
            for (before, after), number in preview.moves.most_common()
        ],
        "rules": [
            (tally, outcomes[tally.severity], _(tally.text))
            for tally in sorted(preview.rules.values(), key=lambda tally: tally.rule)
        ],
        "cases": [
            (found, cases[found.application], outcomes[found.before], outcomes[found.after])
            for found in preview.cases
        ],
    }
