"""The manager's pages: a node and who is below it, the cases behind a figure, one case."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outlets.http import StaffRequest, for_role
from outlets.models import Channel, Outlet, Post, Tier
from outlets.services.right import MANAGES
from portal.models import User
from registration.forms.appeal import AppealForm
from registration.forms.compliance import CasesForm, ReportForm
from registration.forms.second import GoldForm
from registration.models import Appeal, Application, Erasure
from registration.services import appeal, case, compliance, gold, ranking, shot, story
from registration.services.question import Question
from registration.services.ranking import Row
from registration.services.tally import Tally
from registration.views import consent, figure, report_file
from registration.views.steps import REDO

PAGE = 50
# The words over each column, and the order that puts first what wants looking at.
COLUMNS: dict[str, tuple[Promise, str]] = {
    "name": (gettext_lazy("名称"), "name"),
    "kind": (gettext_lazy("类型"), "kind"),
    "submitted": (gettext_lazy("提交"), "-submitted"),
    "first_pass": (gettext_lazy("一次通过率"), "first_pass"),
    "returned": (gettext_lazy("退回"), "-returned"),
    "refused": (gettext_lazy("拒绝"), "-refused"),
    "odd_reads": (gettext_lazy("读卡异常"), "-odd_reads"),
    "median": (gettext_lazy("中位时长"), "-median"),
}
# So many points below the whole are worth a mark.
WELL_BELOW = 0.1

for_readers = for_role(Post.Role.MANAGER, Post.Role.ADMINISTRATOR, Post.Role.INSPECTOR)


@for_readers
def show(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """A node of the viewer's part of the tree; without a key the viewer's own."""
    node, form = _node(request, pk), ReportForm(request.GET, now=timezone.now())
    question = form.question(node)
    summary = compliance.summary(question)
    page = Paginator(_rows(form, question), PAGE).get_page(form.said("page", 1))
    context = _frame(request, node, form) | {
        "question": question,
        "whole": summary.whole.now,
        "figures": figure.of(summary),
        "steps": figure.table(summary),
        "page": page,
        "rows": list(_shown(request, node, page, summary.whole.now)),
        "columns": list(_columns(form.order)),
        "shots": _shots(node, question),
        "tiers": Tier.choices,
        "statuses": Outlet.Status.choices,
        "open_appeals": _open_appeals(request),
    }
    return render(request, "registration/compliance/show.html", context)


@for_readers
def table(request: StaffRequest, pk: int) -> StreamingHttpResponse:
    """The whole table as a CSV file that a spreadsheet program opens without asking."""
    node, form = _node(request, pk), ReportForm(request.GET, now=timezone.now())
    question = form.question(node)
    first, last = form.days
    name = f"{_('稽核')}-{node.code}-{first:%Y%m%d}-{last:%Y%m%d}.csv"
    response = StreamingHttpResponse(
        report_file.written(_rows(form, question), shot.Shots(question)),
        content_type="text/csv; charset=utf-8",
    )
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


@for_readers
def cases(request: StaffRequest, pk: int) -> HttpResponse:
    """The cases behind a figure, masked, fifty at a time."""
    node, form = _node(request, pk), CasesForm(request.GET, now=timezone.now())
    clerk = _clerk(node, form.said("clerk", None))
    question = replace(form.question(node), alone=clerk is not None)
    kind, reason = form.said("kind", case.Kind.SUBMITTED), form.said("reason")
    tally = compliance.counts(question, clerk=clerk).now
    page = case.page(
        question,
        kind,
        reason=reason,
        clerk=clerk,
        slowest=form.said("slowest", False),
        asked=request.GET,
    )
    context = _frame(request, node, form) | {
        "question": question,
        "clerk": clerk,
        "kind": kind,
        "reason": reason,
        "reasons": case.reasons(tally, kind),
        "kinds": case.counts(tally, with_lines=clerk is None),
        "is_decided": kind in case.DECIDED,
        "is_slowest": kind in case.DECIDED and form.said("slowest", False),
        "page": page,
    }
    return render(request, "registration/compliance/cases.html", context)


@for_readers
def one(request: StaffRequest, pk: int) -> HttpResponse:
    """One case: who did what when. No picture and nothing of the customer in clear."""
    return case_page(request, case_or_404(request, pk), AppealForm())


def case_or_404(request: StaffRequest, pk: int) -> Application:
    visible = Application.objects.visible_to(request.user)
    found: Application = get_object_or_404(
        visible.select_related("outlet__channel", "clerk", "line", "order"), pk=pk
    )
    return found


def case_page(
    request: StaffRequest, application: Application, appeal_form: AppealForm
) -> HttpResponse:
    node = application.outlet.channel
    context = {
        "application": application,
        "crumbs": _crumbs(request, node),
        "node": node,
        "phone": case.masked_phone(application),
        "people": case.people(application),
        "unit": case.unit(application),
        "order": application.order,
        "numbers": case.numbers(application),
        "erasure": Erasure.objects.filter(application=application).first(),
        "consents": list(consent.signed(application)),
        # Findings keep their words in Chinese; who looks reads them in the language of the page.
        "findings": [
            (finding, _(finding.reason), _(finding.todo) if finding.todo else "")
            for finding in application.findings.order_by("severity", "rule")
        ],
        "events": [
            (event, [REDO[item] for item in event.redo if item in REDO])
            for event in story.tell(application)
        ],
        **_appeals(request, application, appeal_form),
        "gold_form": _gold_form(request, application),
    }
    status = 422 if appeal_form.is_bound else 200
    return render(request, "registration/compliance/case.html", context, status=status)


def _appeals(request: StaffRequest, application: Application, form: AppealForm) -> dict[str, Any]:
    """Those against a refusal so far, and the form for one more where one may be made."""
    if application.status != Application.Status.REFUSED:
        return {}
    rows = application.appeals.select_related("decided_by").defer("words", "answer")
    hindrance = appeal.hindrance(application)
    is_manager = request.user.post.role in MANAGES
    return {
        "appeals": [(row, row.is_late(timezone.localdate())) for row in rows.order_by("pk")],
        "appeal_hindrance": hindrance,
        "goes_with_order": isinstance(hindrance, appeal.WithItsOrder),
        "appeal_form": form if is_manager and hindrance is None else None,
        "is_manager": is_manager,
    }


def _gold_form(request: StaffRequest, application: Application) -> GoldForm | None:
    is_manager = request.user.post.role in MANAGES
    return GoldForm() if is_manager and gold.hindrance(application) is None else None


def _shots(node: Channel, question: Question) -> list[tuple[str, list[shot.Yield]]]:
    """How well pictures are taken: at an outlet by whom and with what, above it where. Nothing
    where there are too many to look at each."""
    if question.is_large:
        return []
    if node.kind != Channel.Kind.OUTLET:
        return [(_("网点"), shot.yields(question, shot.BY_OUTLET))]
    return [
        (_("营业员"), shot.yields(question, shot.BY_CLERK)),
        (_("摄像头"), shot.yields(question, shot.BY_CAMERA)),
    ]


def _open_appeals(request: StaffRequest) -> int | None:
    """How many wait for a manager's answer; None: the viewer does not answer them."""
    if request.user.post.role not in MANAGES:
        return None
    return Appeal.objects.visible_to(request.user).open().count()


def _node(request: StaffRequest, pk: int | None) -> Channel:
    assert request.post is not None  # noqa: S101 - the guard of the view
    nodes = Channel.objects.visible_to(request.user).select_related("outlet")
    node: Channel = get_object_or_404(nodes, pk=pk or request.post.channel_id)
    return node


def _frame(request: StaffRequest, node: Channel, form: ReportForm) -> dict[str, Any]:
    first, last = form.days
    return {
        "node": node,
        "is_outlet": node.kind == Channel.Kind.OUTLET,
        "crumbs": _crumbs(request, node),
        "form": form,
        "first": first,
        "last": last,
        "printed_at": form.now,
    }


def _crumbs(request: StaffRequest, node: Channel) -> list[Channel]:
    """The way down to the node from the highest one that the viewer may see."""
    above = Channel.objects.get_ancestors(node).filter(depth__gte=request.user.post.channel.depth)
    return [*above, node]


def _rows(form: ReportForm, question: Question) -> list[Row]:
    search = form.said("q")
    if form.said("flat"):
        rows = ranking.outlets(question, search)
    elif question.channel.kind == Channel.Kind.OUTLET:
        rows = ranking.clerks(question, search, today=form.today)
        rows += ranking.children(question, search)
    else:
        rows = ranking.children(question, search)
    return ranking.arrange(rows, form.order)


def _clerk(node: Channel, pk: int | None) -> User | None:
    """Somebody who works or worked at this node; nobody else's name is told."""
    if pk is None:
        return None
    return get_object_or_404(User.objects.filter(posts__channel=node).distinct(), pk=pk)


def _shown(
    request: StaffRequest, node: Channel, rows: Iterable[Row], whole: Tally
) -> Iterator[dict[str, Any]]:
    """``cases`` is the address of a row's cases, to which a template adds which of them."""
    kept = request.GET.copy()
    for name in ("page", "q", "flat"):
        kept.pop(name, None)
    below = kept.urlencode()
    kept.pop("sort", None)
    asked = f"{kept.urlencode()}&" if kept else ""
    average = whole.first_pass_rate
    for row in rows:
        rate = row.now.first_pass_rate
        cases = reverse("report_cases", args=[(row.channel or node).pk])
        clerk = f"clerk={row.clerk.pk}&" if row.clerk else ""
        yield {
            "row": row,
            "below": f"?{below}" if below else "",
            "cases": f"{cases}?{asked}{clerk}",
            "trend": figure.trend_of(row, lambda tally: tally.first_pass_rate),
            "is_low": rate is not None and average is not None and rate < average - WELL_BELOW,
        }


def _columns(sort: str) -> Iterator[dict[str, Any]]:
    """The head of the table; a second click on a column turns it round."""
    for name, (label, first) in COLUMNS.items():
        is_here = sort.removeprefix("-") == name
        turned = sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"
        yield {
            "name": name,
            "label": label,
            "sort": turned if is_here else first,
            "aria": ("descending" if sort.startswith("-") else "ascending") if is_here else "",
            "is_number": name not in ("name", "kind"),
        }
