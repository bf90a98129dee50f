"""What the customers room gives to the kernel's registries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.permissions import AFTERSALES_MANAGE, CUSTOMER_VIEW
from helpdesk.core.jobs import job_handler
from helpdesk.core.models import Job
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import Panel, housekeeping, panels, renderers
from helpdesk.customers.panels import profile_orders
from helpdesk.customers.rendering import render_code, render_link
from helpdesk.customers.services import imports
from helpdesk.customers.services.signing_in import CODE_PURPOSE, JOB, LINK_PURPOSE, send_sign_in
from helpdesk.customers.sessions import sweep_access

renderers.add(LINK_PURPOSE, render_link)
renderers.add(CODE_PURPOSE, render_code)
housekeeping.add("customers.access", sweep_access)
panels.add(
    "customers.profile_orders",
    Panel("customers.profile_orders", "customer.profile", 60, "customers/panels/orders.html", profile_orders),
)
places.add("customers", Place("customers", _("Customers"), "users", "customers:list", 20, "rail", CUSTOMER_VIEW, "c"))


job_handler(imports.JOB)(imports.work_part)
places.add(
    "settings.imports",
    Place(
        "settings.imports", _("Import"), "upload", "settings_imports", 79, "admin", AFTERSALES_MANAGE,
        "", "", _("After-sales"), _("Products, orders and serial numbers from CSV tables"),
    ),
)  # fmt: skip


@job_handler(JOB)
def send(job: Job) -> dict[str, bool]:
    """Look the asked address up and send what it needs; the result says nothing about the address."""
    send_sign_in(int(job.args["token"]))
    return {}
