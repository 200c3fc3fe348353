from django.urls import URLPattern, path

from registration.views import (
    application,
    compliance,
    counter,
    desk,
    identity,
    photo,
    policy,
    result,
    review,
)

urlpatterns: list[URLPattern] = [
    # The counter: the clerk's home, and one page for each step of an application
    path("counter/", counter.show, name="counter"),
    path("counter/live/", counter.live, name="counter_live"),
    path("counter/new/", application.new, name="application_new"),
    path("counter/<int:pk>/", application.go_on, name="application"),
    path("counter/<int:pk>/start/", application.start, name="application_start"),
    path("counter/<int:pk>/answer/", application.answer, name="application_answer"),
    path("counter/<int:pk>/numbers/", application.numbers, name="application_numbers"),
    path("counter/<int:pk>/number/", application.number, name="application_number"),
    path("counter/<int:pk>/iccid/", application.iccid, name="application_iccid"),
    path("counter/<int:pk>/read/<str:role>/", identity.show, name="identity"),
    path(
        "counter/<int:pk>/read/<str:role>/challenge/",
        identity.challenge,
        name="identity_challenge",
    ),
    path("counter/<int:pk>/read/<str:role>/take/", identity.take, name="identity_take"),
    path("counter/<int:pk>/photos/", photo.show, name="photos"),
    path("counter/<int:pk>/photos/slots/", photo.slots, name="photo_slots"),
    path("counter/<int:pk>/photos/<str:kind>/", photo.take, name="photo_take"),
    path("counter/<int:pk>/letter/", photo.tick, name="letter"),
    path("counter/<int:pk>/check/", application.check, name="application_check"),
    path("counter/<int:pk>/sign/", application.sign, name="application_sign"),
    path("counter/<int:pk>/signature/", application.signature, name="application_signature"),
    path("counter/<int:pk>/submit/", application.submit, name="application_submit"),
    path("counter/<int:pk>/abandon/", application.abandon, name="application_abandon"),
    path("counter/<int:pk>/result/", result.show, name="application_result"),
    path("counter/<int:pk>/status/", result.status, name="application_status"),
    path("photos/<int:pk>/", photo.picture, name="photo"),
    # The desk: the verifier's queue, and one case
    path("desk/", desk.show, name="desk"),
    path("desk/queue/", desk.queue, name="desk_queue"),
    path("desk/claim/", desk.claim, name="review_claim"),
    path("desk/<int:pk>/", review.show, name="review"),
    path("desk/<int:pk>/decide/", review.decide, name="review_decide"),
    path("desk/<int:pk>/heartbeat/", review.heartbeat, name="review_heartbeat"),
    path("desk/<int:pk>/release/", review.release, name="review_release"),
    path("desk/<int:pk>/undo/", review.undo, name="review_undo"),
    # The manager: a node and who is below it, the cases behind a figure, one case
    path("report/", compliance.show, name="report"),
    path("report/<int:pk>/", compliance.show, name="report_channel"),
    path("report/<int:pk>/csv/", compliance.table, name="report_csv"),
    path("report/<int:pk>/cases/", compliance.cases, name="report_cases"),
    path("report/cases/<int:pk>/", compliance.one, name="report_case"),
    # The administrator: what holds at a node of the tree, and since when
    path("policies/", policy.show, name="policies"),
    path("policies/<int:pk>/", policy.show, name="policies_at"),
    path("policies/<int:pk>/<str:key>/", policy.one, name="policy"),
]
