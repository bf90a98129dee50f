"""Addresses of the administration about money."""

from django.urls import path

from aftersales.compensation.views import settings

urlpatterns = [
    path("money/", settings.overview, name="settings_money"),
    path("money/paying/", settings.paying, name="settings_money_paying"),
    path("money/rules/new/", settings.rule_create, name="settings_money_rule_new"),
    path("money/rules/<int:pk>/", settings.rule_edit, name="settings_money_rule"),
    path("money/rules/<int:pk>/move/", settings.rule_move, name="settings_money_rule_move"),
]
