from django.urls import URLPattern, path, register_converter
from django.urls.converters import StringConverter

from outlets import api
from outlets.models import Bridge, Outlet
from outlets.views import channel, importing, outlet, program, reader, staff


class OutletStatus(StringConverter):
    regex = "|".join(Outlet.Status.values)


class BridgeEnd(StringConverter):
    regex = "|".join((Bridge.Status.RETIRED, Bridge.Status.REVOKED))


register_converter(OutletStatus, "outlet_status")
register_converter(BridgeEnd, "bridge_end")

urlpatterns: list[URLPattern] = [
    path("channels/", channel.tree, name="channels"),
    path("channels/<int:pk>/", channel.show, name="channel"),
    path("channels/<int:pk>/children/", channel.children, name="channel_children"),
    path("channels/<int:pk>/add/", channel.add, name="channel_add"),
    path("channels/<int:pk>/rename/", channel.rename, name="channel_rename"),
    path("channels/<int:pk>/move/", channel.move, name="channel_move"),
    path("channels/<int:pk>/outlets/add/", outlet.add, name="outlet_add"),
    path("outlets/import/", importing.upload, name="outlet_import"),
    path("outlets/import/confirm/", importing.confirm, name="outlet_import_confirm"),
    path("outlets/import/problems/", importing.problems, name="outlet_import_problems"),
    path("outlets/import/template/", importing.template, name="outlet_import_template"),
    path("outlets/<int:pk>/", outlet.show, name="outlet"),
    path("outlets/<int:pk>/edit/", outlet.edit, name="outlet_edit"),
    path("outlets/<int:pk>/authorise/", outlet.authorise, name="outlet_authorise"),
    path(
        "outlets/<int:pk>/status/<outlet_status:status>/",
        outlet.change_status,
        name="outlet_status",
    ),
    path("outlets/<int:pk>/code/", reader.issue_code, name="bridge_code"),
    path("readers/", reader.readers, name="readers"),
    path("readers/<int:pk>/<bridge_end:status>/", reader.end, name="bridge_end"),
    path("readers/<int:pk>/rebind/", reader.rebind, name="bridge_rebind"),
    path("readers/<int:pk>/settle/", reader.settle, name="bridge_settle"),
    path("readers/<int:pk>/left/", reader.leave, name="reader_leave"),
    path("readers/check/", program.check, name="reader_check"),
    path("readers/program/", program.download, name="bridge_download"),
    path("readers/program/shiming-bridge-<str:version>.pyz", program.file, name="bridge_file"),
    path("staff/", staff.people, name="staff"),
    path("staff/invite/", staff.invite, name="staff_invite"),
    path("staff/appoint/", staff.appoint, name="staff_appoint"),
    path("staff/<int:pk>/", staff.person, name="person"),
    path("staff/<int:pk>/document/", staff.note_document, name="person_document"),
    path("staff/posts/<int:pk>/dismiss/", staff.dismiss, name="post_dismiss"),
    path("staff/posts/<int:pk>/transfer/", staff.transfer, name="post_transfer"),
    path("account/post/", staff.choose_post, name="choose_post"),
    path("api/bridges/enrol/", api.enrol_bridge, name="bridge_enrol"),
    path("api/bridges/rotate/", api.rotate_bridge, name="bridge_rotate"),
]
