"""Addresses of the administration pages about service levels."""

from django.urls import path

from tickets.sla.views import policies

urlpatterns = [
    path("sla/", policies.policy_list, name="settings_sla"),
    path("sla/new/", policies.policy_create, name="settings_sla_new"),
    path("sla/try/", policies.try_policies, name="settings_sla_try"),
    path("sla/progress/", policies.progress, name="settings_sla_progress"),
    path("sla/order/", policies.policy_order, name="settings_sla_order"),
    path("sla/presets/<slug:key>/apply/", policies.preset_apply, name="settings_sla_preset"),
    path("sla/<int:pk>/", policies.policy_edit, name="settings_sla_edit"),
    path("sla/<int:pk>/versions/", policies.policy_versions, name="settings_sla_versions"),
    path("sla/<int:pk>/switch/", policies.policy_switch, name="settings_sla_switch"),
    path("sla/<int:pk>/move/", policies.policy_move, name="settings_sla_move"),
]
