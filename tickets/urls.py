"""Addresses of the desk."""

from django.urls import path, re_path
from django.views.generic import RedirectView

from tickets.views import (
    bulk,
    conversing,
    editing,
    files,
    listing,
    notifications,
    palette,
    saved_views,
    structure,
    ticket,
)

app_name = "desk"
NUMBER = r"tickets/(?P<number>(?:[Hh][Dd]-)?[0-9]{1,19})/"

urlpatterns = [
    path("", RedirectView.as_view(url="/tickets/"), name="home"),
    path("tickets/", listing.ticket_list, name="tickets"),
    path("tickets/rows/", listing.ticket_rows, name="rows"),
    path("tickets/counts/", listing.ticket_counts, name="counts"),
    path("tickets/filters/", listing.filter_panel, name="filters"),
    path("tickets/new/", structure.new_ticket, name="new"),
    path("tickets/bulk/", bulk.bulk, name="bulk"),
    path("tickets/bulk/<slug:name>/", bulk.bulk_menu, name="bulk_menu"),
    path("tickets/views/", saved_views.create, name="save_view"),
    path("tickets/views/<int:view_id>/", saved_views.change, name="change_view"),
    path("tickets/views/<int:view_id>/delete/", saved_views.remove, name="delete_view"),
    re_path(f"^{NUMBER}$", ticket.ticket_detail, name="ticket"),
    re_path(f"^{NUMBER}header/$", ticket.ticket_header, name="header"),
    re_path(f"^{NUMBER}thread/$", ticket.ticket_thread, name="thread"),
    re_path(f"^{NUMBER}context/$", ticket.ticket_context, name="context"),
    re_path(f"^{NUMBER}history/$", ticket.ticket_history, name="history"),
    re_path(f"^{NUMBER}read/$", ticket.ticket_read, name="read"),
    re_path(f"^{NUMBER}identities/(?P<identity_id>[0-9]{{1,18}})/show/$", ticket.identity_show, name="show_identity"),
    re_path(f"^{NUMBER}print/$", structure.printed, name="print"),
    re_path(f"^{NUMBER}messages/$", conversing.send_message, name="send"),
    re_path(f"^{NUMBER}messages/(?P<message_id>[0-9]{{1,18}})/withdraw/$", conversing.withdraw, name="withdraw"),
    re_path(f"^{NUMBER}messages/(?P<message_id>[0-9]{{1,18}})/send-again/$", conversing.send_again, name="send_again"),
    re_path(f"^{NUMBER}messages/(?P<message_id>[0-9]{{1,18}})/forward/$", conversing.forward, name="forward"),
    re_path(f"^{NUMBER}messages/(?P<message_id>[0-9]{{1,18}})/menu/$", conversing.message_menu, name="message_menu"),
    re_path(f"^{NUMBER}draft/$", conversing.draft, name="draft"),
    re_path(f"^{NUMBER}uploads/$", conversing.upload_file, name="upload"),
    re_path(f"^{NUMBER}canned/$", conversing.canned, name="canned"),
    re_path(f"^{NUMBER}mentions/$", conversing.mentions, name="mentions"),
    re_path(f"^{NUMBER}files/(?P<file_id>[0-9]{{1,18}})/$", files.attachment, name="file"),
    re_path(f"^{NUMBER}edit/$", editing.edit, name="edit"),
    re_path(f"^{NUMBER}fields/$", editing.edit_fields, name="edit_fields"),
    re_path(f"^{NUMBER}snooze/$", editing.snooze, name="snooze"),
    re_path(f"^{NUMBER}spam/$", editing.spam, name="spam"),
    re_path(f"^{NUMBER}watch/$", editing.watch, name="watch"),
    re_path(f"^{NUMBER}menu/(?P<name>[a-z]+)/$", editing.menu, name="menu"),
    re_path(f"^{NUMBER}dialog/(?P<name>[a-z]+)/$", editing.dialog, name="dialog"),
    re_path(f"^{NUMBER}merge/$", structure.merge, name="merge"),
    re_path(f"^{NUMBER}split/$", structure.split, name="split"),
    re_path(f"^{NUMBER}links/$", structure.link, name="link"),
    re_path(f"^{NUMBER}links/(?P<link_id>[0-9]{{1,18}})/delete/$", structure.unlink, name="unlink"),
    path("files/<int:file_id>/<str:name>", files.customer_file, name="customer_file"),
    path("palette/", palette.palette, name="palette"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/count/", notifications.unread_count, name="notifications_count"),
    path("notifications/read/", notifications.mark_read, name="notifications_read"),
]
