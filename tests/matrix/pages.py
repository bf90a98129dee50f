"""Every page of the product, as who opens it. A page that is in the URL conf and neither here nor in `NO_PAGES` fails a test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.urls import URLPattern, URLResolver, get_resolver, resolve

STRANGER, CUSTOMER = "", "customer@demo.example"
AGENT, SUPERVISOR, ADMIN = "agent", "supervisor", "admin"


@dataclass(frozen=True)
class Target:
    """A page: `name` is its picture's, `path` may name facts of the running product in braces (see `facts.py`)."""

    name: str
    path: str
    who: str
    status: int = 200
    is_main: bool = False


PAGES = (
    # the desk
    Target("desk", "/tickets/", AGENT, is_main=True),
    Target("desk-all", "/tickets/?view=all_open", SUPERVISOR),
    Target("desk-empty", "/tickets/?q=nothingatallhasthesewords", AGENT),
    Target("ticket", "/tickets/{ticket}/", AGENT, is_main=True),
    Target("ticket-zh", "/tickets/{chinese_ticket}/", AGENT),
    Target("ticket-solved", "/tickets/{solved_ticket}/", SUPERVISOR),
    Target("ticket-without-edit", "/tickets/{ticket}/", "approver"),
    Target("ticket-history", "/tickets/{ticket}/history/", AGENT),
    Target("ticket-print", "/tickets/{ticket}/print/", AGENT),
    Target("ticket-new", "/tickets/new/", AGENT),
    Target("ticket-hidden", "/tickets/999999/", AGENT, status=404),
    Target("notifications", "/notifications/", AGENT),
    Target("customers", "/customers/", AGENT),
    Target("customer", "/customers/{customer}/", AGENT),
    Target("customer-edit", "/customers/{customer}/edit/", AGENT),
    Target("profile", "/profile/", AGENT),
    Target("profile-notices", "/profile/notifications/", AGENT),
    Target("consultations", "/consultations/", "engineer"),
    Target("consultations-empty", "/consultations/", "quality"),
    Target("ticket-sub", "/tickets/{sub_ticket}/", "warehouse"),
    Target("ticket-with-subs", "/tickets/{parent_ticket}/", AGENT),
    Target("ticket-asked", "/tickets/{asked_ticket}/", "lead"),
    # desks of other roles: what they may not do is absent, not broken
    Target("desk-quality", "/tickets/", "quality"),
    Target("desk-engineer", "/tickets/", "engineer"),
    Target("desk-warehouse", "/tickets/", "warehouse"),
    Target("desk-editor", "/tickets/", "editor"),
    Target("desk-lead", "/tickets/", "lead"),
    Target("settings-refused", "/settings/staff/", AGENT, status=403),
    # administration
    Target("settings", "/settings/", ADMIN, is_main=True),
    Target("settings-staff", "/settings/staff/", ADMIN),
    Target("settings-staff-new", "/settings/staff/new/", ADMIN),
    Target("settings-staff-edit", "/settings/staff/{staff}/", ADMIN),
    Target("settings-roles", "/settings/roles/", ADMIN),
    Target("settings-teams", "/settings/teams/", ADMIN),
    Target("settings-team-new", "/settings/teams/new/", ADMIN),
    Target("settings-team-edit", "/settings/teams/{team}/", ADMIN),
    Target("settings-calendars", "/settings/calendars/", ADMIN),
    Target("settings-calendar-new", "/settings/calendars/new/", ADMIN),
    Target("settings-calendar-edit", "/settings/calendars/{calendar}/", ADMIN),
    Target("settings-calendar-days", "/settings/calendars/{calendar}/days/", ADMIN),
    Target("settings-sla", "/settings/sla/", ADMIN),
    Target("settings-sla-new", "/settings/sla/new/", ADMIN),
    Target("settings-sla-edit", "/settings/sla/{policy}/", ADMIN),
    Target("settings-sla-versions", "/settings/sla/{policy}/versions/", ADMIN),
    Target("settings-sla-try", "/settings/sla/try/?ticket={ticket}", ADMIN),
    Target("settings-recognition", "/settings/recognition/", SUPERVISOR),
    Target("settings-recognition-new", "/settings/recognition/new/", SUPERVISOR),
    Target("settings-recognition-rule", "/settings/recognition/{recognition_rule}/", SUPERVISOR),
    Target("settings-recognition-try", "/settings/recognition/try/", SUPERVISOR),
    Target("settings-recognition-model", "/settings/recognition/model/", SUPERVISOR),
    Target("settings-recognition-facts", "/settings/recognition/facts/?kind=repair", SUPERVISOR),
    Target("triage", "/triage/", AGENT),
    Target("triage-empty", "/triage/", "warehouse", status=403),
    Target("breaches", "/breaches/", "lead"),
    Target("desk-overdue", "/tickets/?view=overdue", SUPERVISOR),
    Target("settings-keys", "/settings/keys/", ADMIN),
    Target("settings-key-new", "/settings/keys/new/", ADMIN),
    Target("settings-audit", "/settings/audit/", ADMIN),
    Target("settings-statuses", "/settings/statuses/", ADMIN),
    Target("settings-status-new", "/settings/statuses/new/", ADMIN),
    Target("settings-status-edit", "/settings/statuses/{label}/", ADMIN),
    Target("settings-tags", "/settings/tags/", ADMIN),
    Target("settings-fields", "/settings/fields/", ADMIN),
    Target("settings-field-new", "/settings/fields/new/", ADMIN),
    Target("settings-field-edit", "/settings/fields/{field}/", ADMIN),
    Target("settings-replies", "/settings/replies/", ADMIN),
    Target("settings-reply-new", "/settings/replies/new/", ADMIN),
    Target("settings-reply-edit", "/settings/replies/{reply}/", ADMIN),
    Target("settings-surveys", "/settings/satisfaction/", ADMIN),
    Target("settings-senders", "/settings/senders/", ADMIN),
    Target("settings-sender-new", "/settings/senders/new/", ADMIN),
    Target("settings-sender-edit", "/settings/senders/{sender}/", ADMIN),
    Target("settings-views", "/settings/views/", ADMIN),
    Target("settings-view-edit", "/settings/views/{view}/", ADMIN),
    Target("settings-webhooks", "/settings/webhooks/", ADMIN),
    Target("settings-webhook-new", "/settings/webhooks/new/", ADMIN),
    Target("settings-webhook-edit", "/settings/webhooks/{hook}/", ADMIN),
    Target("settings-webhook-calls", "/settings/webhooks/{hook}/calls/", ADMIN),
    Target("settings-webhook-call", "/settings/webhooks/{hook}/calls/{call}/", ADMIN),
    Target("settings-sub-tickets", "/settings/sub-tickets/", ADMIN),
    Target("settings-sub-ticket-new", "/settings/sub-tickets/new/", ADMIN),
    Target("settings-sub-ticket-edit", "/settings/sub-tickets/{template}/", ADMIN),
    Target("settings-routing", "/settings/routing/", SUPERVISOR),
    Target("settings-routing-queue", "/settings/routing/queues/{team}/", SUPERVISOR),
    Target("settings-routing-skills", "/settings/routing/skills/", SUPERVISOR),
    Target("settings-routing-skill-new", "/settings/routing/skills/new/", SUPERVISOR),
    Target("settings-routing-need-new", "/settings/routing/needs/new/", SUPERVISOR),
    Target("settings-routing-skill", "/settings/routing/skills/{skill}/", SUPERVISOR),
    Target("settings-routing-need", "/settings/routing/needs/{need}/", SUPERVISOR),
    Target("settings-routing-person", "/settings/routing/people/{staff}/", SUPERVISOR),
    Target("settings-routing-roster", "/settings/routing/shifts/{staff}/", SUPERVISOR),
    Target("settings-routing-people", "/settings/routing/people/", SUPERVISOR),
    Target("settings-routing-capacities", "/settings/routing/capacities/", SUPERVISOR),
    Target("settings-routing-shifts", "/settings/routing/shifts/", SUPERVISOR),
    Target("settings-routing-owners", "/settings/routing/owners/", SUPERVISOR),
    Target("settings-routing-grades", "/settings/routing/grades/", SUPERVISOR),
    Target("settings-routing-try", "/settings/routing/try/?ticket={ticket}", SUPERVISOR),
    Target("settings-carriers", "/settings/carriers/", ADMIN),
    Target("settings-carrier-new", "/settings/carriers/new/", ADMIN),
    Target("settings-carrier-edit", "/settings/carriers/{carrier}/", ADMIN),
    Target("settings-channels", "/settings/channels/", ADMIN),
    Target("settings-channel-new", "/settings/channels/new/email/", ADMIN),
    Target("settings-channel-edit", "/settings/channels/support/", ADMIN),
    Target("settings-channel-form", "/settings/channels/web-form/", ADMIN),
    Target("settings-channel-sms", "/settings/channels/sms/", ADMIN),
    Target("settings-mailboxes", "/settings/mailboxes/", ADMIN),
    Target("sla", "/dashboards/sla/", SUPERVISOR, is_main=True),
    Target("sla-of-a-lead", "/dashboards/sla/?group=agent&by=kind", "lead"),
    Target("sla-empty", "/dashboards/sla/?from=2001-01-01&to=2001-01-02", SUPERVISOR),
    Target("sla-tickets", "/dashboards/sla/tickets/?outcome=breached", SUPERVISOR),
    Target("sla-refused", "/dashboards/sla/", AGENT, status=403),
    Target("wallboard", "/wallboard/", SUPERVISOR, is_main=True),
    Target("team", "/team/", SUPERVISOR, is_main=True),
    Target("work", "/work/", SUPERVISOR),
    Target("work-inbound", "/work/inbound/{event}/", SUPERVISOR),
    # money of after-sales
    Target("approvals", "/approvals/", "approver", is_main=True),
    Target("approvals-of-others", "/approvals/", SUPERVISOR),
    Target("approvals-decided", "/approvals/decided/", "approver"),
    Target("finance", "/finance/", "finance", is_main=True),
    Target("finance-paid", "/finance/?show=paid", "finance"),
    Target("finance-owing", "/finance/?show=owing", "finance"),
    Target("finance-invoices", "/finance/?show=invoices", "finance"),
    Target("finance-payout", "/finance/payouts/{payout}/", "finance"),
    Target("finance-receipt", "/finance/claims/{money_claim}/receipt/", "finance"),
    Target("finance-refused", "/finance/", AGENT, status=403),
    Target("claim-money", "/claims/AS-{money_claim}/money/", SUPERVISOR),
    Target("settings-money", "/settings/money/", ADMIN),
    Target("settings-money-paying", "/settings/money/paying/", ADMIN),
    Target("settings-money-rule", "/settings/money/rules/{proposal_rule}/", ADMIN),
    Target("settings-money-rule-new", "/settings/money/rules/new/", ADMIN),
    # the engineer's phone, and outlets
    Target("field", "/field/", "engineer"),
    Target("field-refused", "/field/", AGENT, status=403),
    Target("outlet-of-nobody", "/outlet/", "engineer", status=403),
    Target("outlet", "/outlet/", "outlet"),
    Target("outlet-parts", "/outlet/parts/", "outlet"),
    Target("outlet-part", "/outlet/parts/{outlet_part}/", "outlet"),
    Target("outlet-settlements", "/outlet/settlements/", "outlet"),
    Target("outlet-settlement", "/outlet/settlements/{settlement}/", "outlet"),
    Target("finance-settlement", "/finance/settlements/{settlement}/", "finance"),
    Target("settings-outlet", "/settings/outlets/{outlet}/", ADMIN),
    Target("settings-outlet-own-rates", "/settings/outlets/{outlet}/rates/", ADMIN),
    Target("settings-outlets-part", "/settings/outlets/parts/{own_part}/", ADMIN),
    Target("finance-settlements", "/finance/settlements/", "finance"),
    Target("finance-settlements-paid", "/finance/settlements/?show=paid", "finance"),
    Target("settings-outlets", "/settings/outlets/", ADMIN),
    Target("settings-outlet-new", "/settings/outlets/new/", ADMIN),
    Target("settings-outlets-rates", "/settings/outlets/rates/", ADMIN),
    Target("settings-outlets-parts", "/settings/outlets/parts/", ADMIN),
    # complaints, cases of authorities, reviews
    Target("preventive-actions", "/preventive-actions/", AGENT),
    Target("preventive-actions-open", "/preventive-actions/?scope=open", SUPERVISOR),
    Target("preventive-action", "/preventive-actions/{prevention}/", SUPERVISOR),
    Target("preventive-action-end", "/preventive-actions/{prevention}/end/", SUPERVISOR),
    Target("preventive-action-new", "/claims/AS-{claim}/preventive-actions/new/", SUPERVISOR),
    Target("claim-promise-new", "/claims/AS-{claim}/promises/new/", SUPERVISOR),
    Target("cases", "/cases/", SUPERVISOR, is_main=True),
    Target("case", "/claims/AS-{case}/", SUPERVISOR),
    Target("case-new", "/cases/new/", AGENT),
    Target("case-deadlines", "/claims/AS-{case}/case/", SUPERVISOR),
    Target("reviews", "/reviews/", SUPERVISOR),
    Target("reviews-repeats", "/reviews/?scope=repeats", AGENT),
    Target("claim-review", "/claims/AS-{reviewed}/review/", SUPERVISOR),
    Target("signals", "/signals/", SUPERVISOR),
    Target("signal", "/signals/{signal}/", SUPERVISOR),
    Target("settings-cases", "/settings/cases/", ADMIN),
    Target("settings-reviews", "/settings/reviews/", ADMIN),
    # registered products
    Target("settings-registered", "/settings/registered-products/", ADMIN),
    Target("settings-registered-new", "/settings/registered-products/new/", ADMIN),
    Target("settings-registered-extend", "/settings/registered-products/{registered}/extend/", ADMIN),
    Target("settings-registered-labels", "/settings/registered-products/labels/?ids={registered}", ADMIN),
    # claims
    Target("claims", "/claims/", SUPERVISOR, is_main=True),
    Target("claims-closed", "/claims/?view=closed", SUPERVISOR),
    Target("claims-nothing-found", "/claims/?q=nothingatallhasthisnumber", AGENT),
    Target("claims-board", "/claims/board/", SUPERVISOR),
    Target("claim", "/claims/AS-{claim}/", SUPERVISOR, is_main=True),
    Target("claim-panels", "/claims/AS-{claim}/panels/", SUPERVISOR),
    Target("claim-why", "/claims/AS-{claim}/why/", SUPERVISOR),
    Target("claim-record", "/claims/AS-{claim}/record/", SUPERVISOR),
    Target("claim-hidden", "/claims/AS-999999/", AGENT, status=404),
    Target("claim-new", "/tickets/{ticket}/claims/", AGENT),
    Target("settings-claim-policy", "/settings/claim-policy/", ADMIN),
    Target("settings-claim-policy-new", "/settings/claim-policy/new/", ADMIN),
    Target("settings-claim-policy-set", "/settings/claim-policy/{rule_set}/", ADMIN),
    Target("settings-claim-policy-rule", "/settings/claim-policy/{rule_set}/rules/1/", ADMIN),
    Target("settings-claim-policy-rule-new", "/settings/claim-policy/{rule_set}/rules/0/", ADMIN),
    Target("settings-claim-policy-versions", "/settings/claim-policy/{rule_set}/versions/", ADMIN),
    Target("settings-claim-policy-try", "/settings/claim-policy/try/?order={order}&kind=return", ADMIN),
    Target("settings-causes", "/settings/causes/", ADMIN),
    Target("settings-cause-new", "/settings/causes/new/", ADMIN),
    Target("settings-cause-edit", "/settings/causes/{cause}/", ADMIN),
    Target("claim-complaint", "/claims/AS-{complaint}/", SUPERVISOR),
    Target("claim-repair", "/claims/AS-{visited_claim}/", SUPERVISOR),
    Target("claim-of-the-warehouse", "/claims/AS-{claim}/", "warehouse"),
    Target("claim-of-finance", "/claims/AS-{money_claim}/", "finance"),
    # incidents
    Target("incidents", "/incidents/", SUPERVISOR),
    Target("incident", "/incidents/{incident}/", SUPERVISOR),
    Target("incident-of-quality", "/incidents/{incident}/", "quality"),
    Target("settings-batch-alarm", "/settings/batch-alarm/", ADMIN),
    # goods from outside
    Target("settings-imports", "/settings/imports/", ADMIN),
    Target("settings-import-new", "/settings/imports/new/", ADMIN),
    Target("settings-import", "/settings/imports/{import}/", ADMIN),
    # the board of after-sales
    Target("after-sales", "/dashboards/after-sales/", SUPERVISOR, is_main=True),
    Target("after-sales-by-product", "/dashboards/after-sales/?group=product&kind=repair", SUPERVISOR),
    Target("after-sales-of-a-lead", "/dashboards/after-sales/?group=team", "lead"),
    Target("after-sales-empty", "/dashboards/after-sales/?from=2001-01-01&to=2001-01-02&product=1", SUPERVISOR),
    Target("after-sales-claims", "/dashboards/after-sales/claims/?figure=late", SUPERVISOR),
    Target("after-sales-open", "/dashboards/after-sales/claims/?figure=open", "lead"),
    Target("after-sales-refused", "/dashboards/after-sales/", AGENT, status=403),
    # queues
    Target("queues", "/queues/", SUPERVISOR),
    Target("queues-of-a-lead", "/queues/", "lead"),
    Target("queue", "/queues/after-sales/", SUPERVISOR),
    Target("queue-empty", "/queues/online-shop/", SUPERVISOR),
    # the warehouse
    Target("warehouse", "/warehouse/", "warehouse"),
    Target("warehouse-problems", "/warehouse/?tab=problems", "warehouse"),
    Target("warehouse-unknown", "/warehouse/?tab=strays", "warehouse"),
    Target("warehouse-not-found", "/warehouse/?q=nothingatallhasthisnumber", "warehouse"),
    Target("warehouse-work", "/warehouse/{returning_claim}/", "warehouse"),
    Target("warehouse-refused", "/warehouse/", AGENT, status=403),
    # what-if and prediction
    Target("what-if-list", "/dashboards/what-if/", SUPERVISOR),
    Target("what-if-new", "/dashboards/what-if/new/", SUPERVISOR),
    Target("what-if-times", "/dashboards/what-if/new/?policy={policy}", SUPERVISOR),
    Target("what-if", "/dashboards/what-if/{what_if}/", SUPERVISOR),
    Target("likely", "/dashboards/likely/", SUPERVISOR),
    Target("likely-lead", "/dashboards/likely/", "lead"),
    Target("prediction", "/dashboards/prediction/", SUPERVISOR),
    # visits
    Target("visits", "/visits/", SUPERVISOR),
    Target("visits-to-arrange", "/visits/to-arrange/", SUPERVISOR),
    Target("visits-absences", "/visits/absences/", SUPERVISOR),
    Target("visit", "/visits/{visit}/", SUPERVISOR),
    Target("visits-refused", "/visits/", AGENT, status=403),
    Target("settings-visits", "/settings/visits/", ADMIN),
    Target("settings-visits-engineer-new", "/settings/visits/engineers/new/", ADMIN),
    Target("settings-visits-engineer", "/settings/visits/engineers/{engineer_id}/", ADMIN),
    Target("settings-visits-areas", "/settings/visits/areas/", ADMIN),
    Target("settings-visits-area-new", "/settings/visits/areas/new/", ADMIN),
    Target("settings-visits-area", "/settings/visits/areas/{area_id}/", ADMIN),
    Target("settings-visits-needs", "/settings/visits/needs/", ADMIN),
    Target("settings-visits-need-new", "/settings/visits/needs/new/", ADMIN),
    Target("settings-visits-need", "/settings/visits/needs/{visit_need}/", ADMIN),
    Target("settings-visits-windows", "/settings/visits/windows/", ADMIN),
    Target("portal-visit", "/portal/claims/{customers_visit}/visit/", CUSTOMER),
    # the portal
    Target("portal", "/portal/", CUSTOMER, is_main=True),
    Target("portal-requests", "/portal/requests/", CUSTOMER),
    Target("portal-nothing-found", "/portal/requests/?q=nothingatallhasthesewords", CUSTOMER),
    Target("portal-request", "/portal/requests/{customers_ticket}/", CUSTOMER, is_main=True),
    Target("portal-request-solved", "/portal/requests/{customers_solved}/", CUSTOMER),
    Target("portal-new", "/portal/requests/new/", CUSTOMER),
    Target("portal-profile", "/portal/profile/", CUSTOMER),
    Target("portal-missing", "/portal/requests/HD-999999/", CUSTOMER, status=404),
    Target("portal-claims", "/portal/claims/", CUSTOMER),
    Target("portal-claim", "/portal/claims/AS-{customers_claim}/", CUSTOMER, is_main=True),
    Target("portal-claim-missing", "/portal/claims/AS-999999/", CUSTOMER, status=404),
    Target("portal-apply", "/portal/apply/", CUSTOMER, is_main=True),
    Target("portal-apply-kind", "/portal/apply/line-{customers_line}/", CUSTOMER, is_main=True),
    Target("portal-apply-form", "/portal/apply/line-{customers_line}/complaint/", CUSTOMER, is_main=True),
    Target("portal-products", "/portal/products/", CUSTOMER),
    Target("portal-product", "/portal/products/line-{customers_line}/", CUSTOMER),
    Target("portal-register", "/portal/products/register/", CUSTOMER),
    Target("portal-scan-forged", "/portal/scan/1-AAAAAAAAAAAAAAAA/", STRANGER, status=404),
    Target("portal-welcome", "/portal/", STRANGER),
    Target("portal-sign-in", "/portal/sign-in/", STRANGER),
    Target("portal-sent", "/portal/sign-in/sent/?to=c•••@demo.example", STRANGER),
    Target("portal-code", "/portal/sign-in/code/?to=138••••0001", STRANGER),
    Target("portal-link-used-up", "/portal/sign-in/link/" + "a" * 43 + "/", STRANGER, status=410),
    Target("portal-rate-used-up", "/portal/rate/" + "a" * 43 + "/", STRANGER, status=404),
    Target("form", "/form/web-form/", STRANGER, is_main=True),
    Target("form-sent", "/form/web-form/sent/", STRANGER),
    # signing in, and what only a demo shows
    Target("sign-in", "/sign-in/", STRANGER),
    Target("forgot-password", "/forgot-password/", STRANGER),
    Target("set-password-used-up", "/set-password/MQ/x-y/", STRANGER, status=410),
    Target("not-found", "/no-such-page/", STRANGER, status=404),
    Target("demo-mailbox", "/demo/mailbox/", STRANGER),
    Target("demo-mail", "/demo/mailbox/{mail}/", STRANGER),
    Target("demo-write", "/demo/mailbox/write/", STRANGER),
    Target("demo-phone", "/demo/phone/", STRANGER),
    Target("api-docs", "/api/v1/docs/", ADMIN),
    Target("styleguide", "/styleguide/", STRANGER),
    Target("styleguide-desk", "/styleguide/desk/", STRANGER),
)

# Addresses that are no pages, by the name of their route: what pages fetch into themselves, what only takes a POST,
# what hands out a file, and what machines ask. A page shown after a POST is looked at by the room's own tests.
FRAGMENTS = {
    "claim_move", "portal_claim_live", "field_day",
    "settings_recognition_training",
    "rows", "counts", "notifications_count", "filters", "bulk_menu", "header", "thread", "context", "read", "message_menu",
    "draft", "canned", "mentions", "menu", "dialog", "palette", "portal_request_live", "forward", "merge", "split", "link",
    "mail_html", "demo_mail_html", "show_identity", "edit_fields", "snooze",
    "open_sub", "consult", "consult_invite", "consult_conclude",
    "presence", "offers", "why_waits",
    "visit_record",
    "replay_progress", "clock", "breach", "settings_sla_progress",
}  # fmt: skip
POSTS = {
    "absence_end", "plan", "visit_time", "visit_engineer", "visit_address", "visit_cancel", "settings_visits_need_delete",
    "settings_visits_window_delete",
    "lead", "tell", "close",
    "settings_claim_policy_order", "settings_claim_policy_change", "settings_claim_policy_switch", "settings_claim_policy_move",
    "settings_claim_policy_shipped", "settings_cause_switch",
    "settings_recognition_train", "settings_recognition_activate", "settings_recognition_switch", "settings_recognition_move",
    "settings_routing_skill_delete", "settings_routing_need_delete", "settings_routing_day_delete",
    "settings_routing_owner_delete",
    "settings_recognition_delete", "triage_confirm", "recognition_correct", "recognition_ask",
    "sign_out", "set_language", "set_preferences", "bulk", "save_view", "change_view", "delete_view", "send", "withdraw",
    "send_again", "upload", "edit", "spam", "watch", "unlink", "notifications_read", "portal_sign_out", "portal_answer",
    "portal_solve", "portal_rate", "portal_claim_move", "portal_claim_rate", "portal_scan_take", "portal_simple",
    "settings_registered_confirm", "web_form_language", "demo_answer", "settings_staff_deactivate",
    "settings_staff_reactivate", "settings_staff_sessions", "settings_staff_link", "settings_staff_password",
    "settings_team_deactivate",
    "settings_team_reactivate", "settings_team_default", "settings_team_move", "settings_key_revoke",
    "settings_channel_switch", "settings_channel_secret", "settings_channel_test", "settings_mailbox_reconcile",
    "work_retry_reason", "work_retry", "work_discard", "settings_label_default", "settings_label_switch",
    "settings_label_move", "settings_tag_switch", "settings_field_switch", "settings_field_move", "settings_reply_preview",
    "settings_reply_delete", "settings_sender_delete", "settings_view_move", "settings_view_delete",
    "accept", "decline", "next",
    "replay_cancel", "learn", "settings_sla_order", "settings_sla_preset", "settings_sla_switch", "settings_sla_move",
    "settings_webhook_switch", "settings_webhook_secret", "settings_webhook_test", "settings_webhook_delete",
    "settings_webhook_retry", "settings_sub_ticket_delete", "consult_withdraw", "consult_leave", "consult_note",
    "decide", "hand_on", "act", "give", "price", "settings_money_rule_move",
    "warehouse_claim_stray", "warehouse_take_in", "warehouse_close_problem", "warehouse_move",
    "engineer", "finance_act", "offer", "entries", "settings_outlet_add", "settings_outlet_remove",
    "settings_calendar_reset", "settings_calendar_fill", "settings_calendar_default", "settings_calendar_delete",
}  # fmt: skip
FILES = {
    "claim_file",
    "portal_claim_file",
    "settings_registered_label",
    "evidence",
    "export",
    "sla_export",
    "aftersales_export",
    "settings_import_example",
    "settings_import_refusals",
    "finance_export",
    "replay_export",
    "mail_source",
    "mail_picture",
    "work_source",
    "file",
    "customer_file",
    "demo_mail_file",
}
MACHINES = {"hook", "hook_payouts", "hook_receipts", "field_worker", "field_manifest", "healthz", "readyz", "metrics"}
NO_PAGES = FRAGMENTS | POSTS | FILES | MACHINES | {"home"}


def routes() -> Iterator[tuple[str, str]]:
    """(route, name of its view's address) of the whole product but the API; nameless ones are called by their route."""

    def walk(resolver: URLResolver, before: str) -> Iterator[tuple[str, str]]:
        for pattern in resolver.url_patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern, route)
            elif isinstance(pattern, URLPattern) and not route.lstrip("^").startswith("api/"):
                yield route, str(pattern.name or route)

    return walk(get_resolver(), "")


_FACT = re.compile(r"\{(\w+)\}")


@lru_cache(maxsize=1)
def routes_with_a_page() -> frozenset[str]:
    """The routes that `PAGES` opens."""
    found = set()
    for target in PAGES:
        # a fact is a number, a ticket's with its letters
        path = _FACT.sub(
            lambda fact: "HD-1" if fact[1].endswith(("ticket", "solved")) else "1", target.path.split("?")[0]
        )
        if target.name != "not-found":
            found.add(resolve(path).route)
    return frozenset(found)
