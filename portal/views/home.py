from django.http import HttpResponse
from django.shortcuts import redirect, render

from portal.http import SignedInRequest

# Where the work of each role begins.
FIRST_PAGE = {
    "clerk": "counter",
    "verifier": "desk",
    "manager": "report",
    "administrator": "report",
    "privacy": "health",
    "inspector": "report",
}


def home(request: SignedInRequest) -> HttpResponse:
    post = request.user.post
    if post is None:
        return render(request, "portal/account/no_post.html")
    return redirect(FIRST_PAGE[post.role])
