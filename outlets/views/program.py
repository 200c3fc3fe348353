"""The program on the counter PC: where it comes from, and how it is doing."""

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from outlets.bridge import AGENT
from outlets.http import StaffRequest, for_role
from outlets.models import Post
from outlets.services import program
from outlets.services.right import MANAGES

in_any_post = for_role(*Post.Role.values)


@in_any_post
@require_GET
def download(request: StaffRequest) -> HttpResponse:
    """The file with its SHA-256, and how to install it."""
    try:
        offered, refusal = program.offered(), None
    except program.NotBuilt as missing:
        offered, refusal = None, missing
    context = {
        "program": offered,
        "refusal": refusal,
        "file": program.place().name,
        "origin": settings.ORIGIN,
    }
    return render(request, "outlets/reader/download.html", context)


@in_any_post
@require_GET
def file(request: StaffRequest, version: str) -> FileResponse:
    """404 for another version than the one that is offered; NotBuilt says what to do."""
    if version != AGENT:
        raise Http404
    offered = program.offered()
    return FileResponse(
        offered.path.open("rb"),
        as_attachment=True,
        filename=offered.name,
        content_type="application/octet-stream",
    )


@for_role(Post.Role.CLERK, *MANAGES)
@require_GET
def check(request: StaffRequest) -> HttpResponse:
    """What the program on this PC says of its readers; the page asks it, not the portal."""
    return render(request, "outlets/reader/check.html")
