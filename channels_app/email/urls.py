"""Addresses of the mail channel."""

from django.urls import path, re_path

from channels_app.email import demo_pages, pages

MESSAGE = r"tickets/(?P<number>(?:[Hh][Dd]-)?[0-9]{1,19})/messages/(?P<message_id>[0-9]{1,18})/"

urlpatterns = [
    re_path(f"^{MESSAGE}html/$", pages.mail_html, name="mail_html"),
    re_path(f"^{MESSAGE}source/$", pages.mail_source, name="mail_source"),
    path("proxy/image/", pages.picture, name="mail_picture"),
    path("demo/mailbox/", demo_pages.mailbox, name="demo_mailbox"),
    path("demo/mailbox/write/", demo_pages.write, name="demo_write"),
    path("demo/mailbox/<int:mail_id>/", demo_pages.mail, name="demo_mail"),
    path("demo/mailbox/<int:mail_id>/answer/", demo_pages.answer, name="demo_answer"),
    path("demo/mailbox/<int:mail_id>/html/", demo_pages.mail_html, name="demo_mail_html"),
    path("demo/mailbox/<int:mail_id>/files/<int:nth>/", demo_pages.mail_file, name="demo_mail_file"),
]
