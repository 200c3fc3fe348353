"""Notes of verifiers for one another, on the case that is before them."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST

from outlets.http import StaffRequest, for_role
from outlets.models import Post
from portal.http import wants_json
from registration.services import note
from registration.views.review import door, token


@for_role(Post.Role.VERIFIER)
@require_POST
def write(request: StaffRequest, pk: int) -> HttpResponse:
    case = door(request, pk)
    text, now = request.POST.get("note", ""), timezone.now()
    note.write(case, text, claim_no=token(request), by=request.user, now=now)
    if not wants_json(request):
        return redirect("review", pk=pk)
    context = {"notes": note.on(case, viewer=request.user)}
    html = render_to_string("registration/review/_notes.html", context, request)
    return JsonResponse({"html": html})
