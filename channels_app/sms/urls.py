"""The demo's telephone."""

from django.urls import path

from channels_app.sms import demo

urlpatterns = [path("phone/", demo.phone, name="demo_phone")]
