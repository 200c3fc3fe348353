"""The page and the pictures of the next case, while the one in hand is about to be decided."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from outlets.http import StaffRequest, for_role
from outlets.models import Post
from registration.services import ahead
from registration.views import evidence
from registration.views.review import address, door, token


@for_role(Post.Role.VERIFIER)
@require_POST
def reserve(request: StaffRequest, pk: int) -> HttpResponse:
    """Where the next case's page and pictures lie; nothing where it is not certain which that will
    be. Fetching one is a look at it, and is written down then."""
    case, now = door(request, pk), timezone.now()
    following = ahead.reserve(case, claim_no=token(request), by=request.user, now=now)
    if following is None:
        return JsonResponse({"paths": []})
    page = address(request, following, following.claim_no + 1)
    return JsonResponse({"paths": [page, *evidence.addresses(request, following, now)]})


@for_role(Post.Role.VERIFIER)
@require_GET
def worker(request: StaffRequest) -> HttpResponse:
    """The script that holds them. From below the desk's address: that is all it is asked about."""
    return render(request, "registration/review/ahead.js", content_type="text/javascript")
