"""What is known besides the case in hand, masked; fetched when somebody opens it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from outlets.http import StaffRequest, for_role
from outlets.models import Post
from registration.services import history, review
from registration.views.review import door


@for_role(Post.Role.VERIFIER)
@require_GET
def show(request: StaffRequest, pk: int) -> HttpResponse:
    """For whoever holds the case; raises LeaseLost for anybody else."""
    case, now = door(request, pk), timezone.now()
    if not review.in_hand(case, case.claim_no, request.user, now).exists():
        raise review.lost(case, claim_no=case.claim_no, by=request.user, now=now)
    found = history.of(case, by=request.user, now=now)
    return render(request, "registration/review/_history.html", {"history": found})
