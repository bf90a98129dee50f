"""What each role may do. A permission is a word in code; which roles hold it stands here, in one readable place."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.core.calendars import CALENDARS_MANAGE


class Role(models.TextChoices):
    AGENT = "agent", _("Agent")
    LEAD = "lead", _("Team lead")
    SUPERVISOR = "supervisor", _("Supervisor")
    QUALITY = "quality", _("Quality")
    EDITOR = "editor", _("Knowledge editor")
    ENGINEER = "engineer", _("Engineer")
    OUTLET = "outlet", _("Service outlet")
    STORE_CLERK = "store_clerk", _("Store clerk")
    WAREHOUSE = "warehouse", _("Warehouse")
    FINANCE = "finance", _("Finance")
    APPROVER = "approver", _("Approver")
    ADMINISTRATOR = "administrator", _("Administrator")


# Reading. Without `ticket.view_all` a person sees the tickets of their teams, their own and those they watch.
VIEW_ALL = "ticket.view_all"
VIEW_TEAM = "ticket.view_team"
REPLY = "ticket.reply"
NOTE = "ticket.note"
EDIT = "ticket.edit"
ASSIGN_SELF = "ticket.assign_self"
ASSIGN = "ticket.assign"
TRANSFER = "ticket.transfer"
MERGE = "ticket.merge"
CREATE = "ticket.create"
SUB_WORK = "ticket.sub_work"
SPAM = "ticket.spam"
VIEWS_SHARE = "view.share"
CUSTOMER_VIEW = "customer.view"
CUSTOMER_EDIT = "customer.edit"
CUSTOMER_UNMASK = "customer.unmask"
WORK_MANAGE = "work.manage"
CHANNELS_MANAGE = "channels.manage"
STAFF_MANAGE = "staff.manage"
TEAMS_MANAGE = "teams.manage"
LABELS_MANAGE = "labels.manage"
KEYS_MANAGE = "keys.manage"
AUDIT_VIEW = "audit.view"
REPLIES_MANAGE = "replies.manage"
SENDERS_MANAGE = "senders.manage"
SLA_MANAGE = "sla.manage"
ANALYTICS_VIEW = "analytics.view"
AUTOMATION_MANAGE = "automation.manage"
RECOGNITION_MANAGE = "recognition.manage"
ROUTING_MANAGE = "routing.manage"
# After-sales. `claim.work` on claims whose ticket one sees (or leads), `claim.view_all` for who follows goods and money.
CLAIM_WORK = "claim.work"
CLAIM_VIEW_ALL = "claim.view_all"
CLAIM_APPROVE = "claim.approve"
CLAIM_EXCEPT = "claim.except"
GOODS_HANDLE = "goods.handle"
MONEY_PAY = "money.pay"
SERVICE_DO = "service.do"
OUTLET_WORK = "outlet.work"
VISITS_PLAN = "visits.plan"
AFTERSALES_MANAGE = "aftersales.manage"
INCIDENT_LEAD = "incident.lead"

_DESK = {
    VIEW_TEAM,
    SUB_WORK,
    REPLY,
    NOTE,
    EDIT,
    ASSIGN_SELF,
    TRANSFER,
    MERGE,
    CREATE,
    SPAM,
    CUSTOMER_VIEW,
    CUSTOMER_EDIT,
    CUSTOMER_UNMASK,
    CLAIM_WORK,
}
_LEAD = _DESK | {ASSIGN, VIEWS_SHARE, REPLIES_MANAGE, SENDERS_MANAGE, ANALYTICS_VIEW, VISITS_PLAN}
_SUPERVISOR = _LEAD | {
    VIEW_ALL,
    CLAIM_VIEW_ALL,
    CLAIM_EXCEPT,
    INCIDENT_LEAD,
    WORK_MANAGE,
    AUDIT_VIEW,
    RECOGNITION_MANAGE,
    ROUTING_MANAGE,
}
_ADMINISTRATOR = _SUPERVISOR | {
    CHANNELS_MANAGE,
    STAFF_MANAGE,
    TEAMS_MANAGE,
    LABELS_MANAGE,
    KEYS_MANAGE,
    CALENDARS_MANAGE,
    SLA_MANAGE,
    AUTOMATION_MANAGE,
    AFTERSALES_MANAGE,
}
_OTHER_DEPARTMENT = {VIEW_TEAM, NOTE, CUSTOMER_VIEW, SUB_WORK}

PERMISSIONS: dict[str, frozenset[str]] = {
    Role.AGENT: frozenset(_DESK),
    Role.LEAD: frozenset(_LEAD),
    Role.SUPERVISOR: frozenset(_SUPERVISOR),
    Role.QUALITY: frozenset({VIEW_ALL, CLAIM_VIEW_ALL, ANALYTICS_VIEW, VIEW_TEAM, NOTE, CUSTOMER_VIEW}),
    Role.EDITOR: frozenset({VIEW_TEAM, NOTE, CUSTOMER_VIEW, SUB_WORK}),
    Role.ENGINEER: frozenset(_OTHER_DEPARTMENT | {SERVICE_DO}),
    Role.OUTLET: frozenset({VIEW_TEAM, NOTE, SUB_WORK, SERVICE_DO, OUTLET_WORK}),
    Role.STORE_CLERK: frozenset({VIEW_TEAM, REPLY, NOTE, CREATE, CUSTOMER_VIEW, SUB_WORK, CLAIM_WORK}),
    Role.WAREHOUSE: frozenset(_OTHER_DEPARTMENT | {CLAIM_VIEW_ALL, GOODS_HANDLE}),
    Role.FINANCE: frozenset(_OTHER_DEPARTMENT | {CLAIM_VIEW_ALL, MONEY_PAY}),
    Role.APPROVER: frozenset(_OTHER_DEPARTMENT | {CLAIM_APPROVE}),
    Role.ADMINISTRATOR: frozenset(_ADMINISTRATOR),
}

# What each permission lets a person do, in the order of the page that explains the roles.
EXPLAINED: dict[str, Any] = {
    VIEW_TEAM: _("see the tickets of their teams"),
    VIEW_ALL: _("see the tickets of all teams"),
    REPLY: _("answer customers"),
    NOTE: _("write internal notes"),
    CREATE: _("open tickets for customers"),
    SUB_WORK: _("take and solve sub-tickets of their teams"),
    EDIT: _("change subject, status, priority and fields"),
    ASSIGN_SELF: _("take tickets"),
    ASSIGN: _("assign tickets to others"),
    TRANSFER: _("move tickets to another team"),
    MERGE: _("merge and split tickets"),
    SPAM: _("mark spam"),
    CUSTOMER_VIEW: _("open customer profiles"),
    CUSTOMER_EDIT: _("change customer profiles"),
    CUSTOMER_UNMASK: _("see full addresses and numbers"),
    VIEWS_SHARE: _("share views"),
    REPLIES_MANAGE: _("write canned replies for others"),
    SENDERS_MANAGE: _("allow and block senders"),
    WORK_MANAGE: _("retry and discard parked work"),
    AUDIT_VIEW: _("read the audit log"),
    CHANNELS_MANAGE: _("set up channels and mailboxes"),
    TEAMS_MANAGE: _("set up teams"),
    STAFF_MANAGE: _("manage staff and roles"),
    LABELS_MANAGE: _("set up labels, tags and fields"),
    CALENDARS_MANAGE: _("set up working hours"),
    SLA_MANAGE: _("set up service levels"),
    ANALYTICS_VIEW: _("see dashboards and the wallboard (of their teams, or of all)"),
    AUTOMATION_MANAGE: _("set up webhooks and sub-tickets"),
    RECOGNITION_MANAGE: _("set up how matters are recognised"),
    ROUTING_MANAGE: _("set up queues, skills, shifts and the grade rule"),
    KEYS_MANAGE: _("issue API keys"),
    CLAIM_WORK: _("open and decide claims of tickets they see, within their limit"),
    CLAIM_VIEW_ALL: _("see all claims"),
    CLAIM_APPROVE: _("approve claims and compensation that they are named for"),
    CLAIM_EXCEPT: _("close a complaint by a recorded exception"),
    GOODS_HANDLE: _("receive, inspect and dispatch goods"),
    MONEY_PAY: _("pay out and issue invoices"),
    SERVICE_DO: _("carry out visits and repairs"),
    OUTLET_WORK: _("answer offers of work and keep the parts of their outlet"),
    VISITS_PLAN: _("plan visits and engineers' days"),
    INCIDENT_LEAD: _("lead incidents: write to everybody concerned, close them"),
    AFTERSALES_MANAGE: _("set up policies, products, engineers and outlets"),
}


class Scope(models.TextChoices):
    """What an API key may do; its owner's role and teams bound it further."""

    TICKETS_READ = "tickets:read", _("read tickets")
    TICKETS_WRITE = "tickets:write", _("write tickets")
    CUSTOMERS_READ = "customers:read", _("read customers")
    CUSTOMERS_WRITE = "customers:write", _("write customers")
    ORDERS_READ = "orders:read", _("read products, orders and registered products")
    ORDERS_WRITE = "orders:write", _("write products, orders and registered products")
    CLAIMS_READ = "claims:read", _("read claims")
    CLAIMS_WRITE = "claims:write", _("open, move and approve claims")
    EVENTS_READ = "events:read", _("read the event feed")
    ANALYTICS_READ = "analytics:read", _("read statistics")
    ADMIN = "admin", _("administration")
