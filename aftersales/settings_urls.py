"""Addresses of the administration pages about the claim policy and causes."""

from django.urls import path

from aftersales.views import causes, policies

urlpatterns = [
    path("claim-policy/", policies.rule_sets, name="settings_claim_policy"),
    path("claim-policy/new/", policies.rule_set_new, name="settings_claim_policy_new"),
    path("claim-policy/order/", policies.reorder, name="settings_claim_policy_order"),
    path("claim-policy/try/", policies.try_out, name="settings_claim_policy_try"),
    path("claim-policy/<int:pk>/", policies.rule_set, name="settings_claim_policy_edit"),
    path("claim-policy/<int:pk>/rules/<int:place>/", policies.rule, name="settings_claim_policy_rule"),
    path("claim-policy/<int:pk>/change/", policies.change, name="settings_claim_policy_change"),
    path("claim-policy/<int:pk>/switch/", policies.switch, name="settings_claim_policy_switch"),
    path("claim-policy/<int:pk>/move/", policies.move, name="settings_claim_policy_move"),
    path("claim-policy/<int:pk>/shipped/", policies.shipped, name="settings_claim_policy_shipped"),
    path("claim-policy/<int:pk>/versions/", policies.versions, name="settings_claim_policy_versions"),
    path("causes/", causes.cause_list, name="settings_causes"),
    path("causes/new/", causes.cause_form, name="settings_cause_new"),
    path("causes/<int:pk>/", causes.cause_form, name="settings_cause_edit"),
    path("causes/<int:pk>/switch/", causes.cause_switch, name="settings_cause_switch"),
]
