"""Addresses of the settings of registered products."""

from django.urls import path

from aftersales.warranty import views

urlpatterns = [
    path("registered-products/", views.registered_list, name="settings_registered"),
    path("registered-products/new/", views.labels_new, name="settings_registered_new"),
    path("registered-products/labels/", views.labels, name="settings_registered_labels"),
    path("registered-products/<int:pk>/label.svg", views.label_svg, name="settings_registered_label"),
    path("registered-products/<int:pk>/extend/", views.extend, name="settings_registered_extend"),
    path("registered-products/<int:pk>/confirm/", views.confirm, name="settings_registered_confirm"),
]
