"""The places where claims wait. One word per idea: a state that two kinds of claims share is the same state."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from aftersales.claims.machines.definition import Party, State, Step

SUBMITTED = State("submitted", pgettext_lazy("claim", "Submitted"), Step.APPLIED, Party.AGENT)
IN_APPROVAL = State("in_approval", pgettext_lazy("claim", "In approval"), Step.APPLIED, Party.APPROVAL)
APPROVED = State("approved", pgettext_lazy("claim", "Approved"), Step.DECIDED, Party.AGENT)

# Goods on their way back
AWAITING_GOODS = State("awaiting_goods", pgettext_lazy("claim", "Waiting for the goods"), Step.DECIDED, Party.CUSTOMER)
RETURNING = State("returning", pgettext_lazy("claim", "On the way back"), Step.GOODS_BACK, Party.WAREHOUSE)
RECEIVED = State("received", pgettext_lazy("claim", "Received"), Step.CHECKED, Party.WAREHOUSE)
INSPECTED = State("inspected", pgettext_lazy("claim", "Inspected"), Step.CHECKED, Party.AGENT)
SENDING_BACK = State("sending_back", pgettext_lazy("claim", "Going back to the customer"), Step.SENT, Party.PRODUCT)

# A quote or a difference that the customer has to agree to
QUOTED = State("quoted", pgettext_lazy("claim", "Quoted"), Step.CHECKED, Party.CUSTOMER)
QUOTED_ON_SITE = State("quoted_on_site", pgettext_lazy("claim", "Quoted on site"), Step.ARRANGED, Party.CUSTOMER)
AWAITING_PAYMENT = State(
    "awaiting_payment", pgettext_lazy("claim", "Waiting for payment"), Step.CHECKED, Party.CUSTOMER
)

# Work on the thing
REPAIRING = State("repairing", pgettext_lazy("claim", "In repair"), Step.DONE_WORK, Party.SERVICE)
AWAITING_PARTS = State("awaiting_parts", pgettext_lazy("claim", "Waiting for parts"), Step.DONE_WORK, Party.SERVICE)
REPAIRED = State("repaired", pgettext_lazy("claim", "Repaired"), Step.DONE_WORK, Party.WAREHOUSE)
AWAITING_VISIT = State("awaiting_visit", pgettext_lazy("claim", "Visit to be arranged"), Step.ARRANGED, Party.AGENT)
VISIT_ARRANGED = State("visit_arranged", pgettext_lazy("claim", "Visit arranged"), Step.ARRANGED, Party.SERVICE)
AWAITING_DELIVERY = State(
    "awaiting_delivery", pgettext_lazy("claim", "Waiting for the delivery"), Step.DECIDED, Party.PRODUCT
)
INSTALLED = State("installed", pgettext_lazy("claim", "Installed"), Step.DONE_WORK, Party.CUSTOMER)

# Something goes to the customer
DISPATCHING = State("dispatching", pgettext_lazy("claim", "Being dispatched"), Step.SENT, Party.WAREHOUSE)
DISPATCHED = State("dispatched", pgettext_lazy("claim", "Dispatched"), Step.SENT, Party.PRODUCT)
DELIVERED = State("delivered", pgettext_lazy("claim", "Delivered"), Step.SENT, Party.CUSTOMER)

# Money, papers, addresses
SETTLING = State("settling", pgettext_lazy("claim", "Being paid out"), Step.SETTLED, Party.FINANCE)
SETTLED = State("settled", pgettext_lazy("claim", "Paid out"), Step.SETTLED, Party.CUSTOMER)
ISSUING = State("issuing", pgettext_lazy("claim", "Invoice being issued"), Step.DONE_WORK, Party.FINANCE)
ISSUED = State("issued", pgettext_lazy("claim", "Invoice issued"), Step.SENT, Party.CUSTOMER)
REDIRECTING = State("redirecting", pgettext_lazy("claim", "Being redirected"), Step.DONE_WORK, Party.WAREHOUSE)
REDIRECTED = State("redirected", pgettext_lazy("claim", "Redirected"), Step.DONE_WORK, Party.CUSTOMER)

# The seven steps of a complaint
COMPLAINT_RECEIVED = State("submitted", pgettext_lazy("complaint", "Received"), Step.APPLIED, Party.AGENT)
CONFIRMED = State("confirmed", pgettext_lazy("complaint", "Confirmed"), Step.DECIDED, Party.AGENT)
ANALYSED = State("analysed", pgettext_lazy("complaint", "Analysed"), Step.CHECKED, Party.AGENT)
PLANNED = State("planned", pgettext_lazy("complaint", "Planned"), Step.ARRANGED, Party.AGENT)
ACTED = State("acted", pgettext_lazy("complaint", "Acted on"), Step.DONE_WORK, Party.AGENT)
FED_BACK = State("fed_back", pgettext_lazy("complaint", "Fed back"), Step.SETTLED, Party.CUSTOMER)
FOLLOWED_UP = State("followed_up", pgettext_lazy("complaint", "Followed up"), Step.SETTLED, Party.AGENT)

# A case of a regulator or platform
CASE_ACCEPTED = State("accepted", pgettext_lazy("case", "Accepted"), Step.DECIDED, Party.AGENT)
CASE_ANSWERED = State("answered", pgettext_lazy("case", "Answered"), Step.SETTLED, Party.PRODUCT)

# Ends
REJECTED = State("rejected", pgettext_lazy("claim", "Rejected"), Step.DECIDED, Party.CUSTOMER)
CLOSED = State("closed", pgettext_lazy("claim", "Closed"), Step.CLOSED, None, ends=True)
REFUSED = State("refused", pgettext_lazy("claim", "Closed, rejected"), Step.CLOSED, None, ends=True)
CANCELLED = State("cancelled", pgettext_lazy("claim", "Withdrawn"), Step.CLOSED, None, ends=True)
EXPIRED = State("expired", pgettext_lazy("claim", "Expired"), Step.CLOSED, None, ends=True)
