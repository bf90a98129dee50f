"""People who buy and ask, and what is known of them."""

from helpdesk.customers.models.access import PortalSession, SignInToken, SignInTokenKind
from helpdesk.customers.models.imports import Import, ImportKind, ImportRefusal, ImportState
from helpdesk.customers.models.ledger import LedgerAccount, LedgerAccountKind, LedgerEntry, LedgerTransaction
from helpdesk.customers.models.orders import Order, OrderLine, OrderPayment, OrderState, PaymentMethod, Product
from helpdesk.customers.models.people import Customer, CustomerLevel, Identity, IdentityKind, Organisation
from helpdesk.customers.models.products import Cover, CoverPlan, RegisteredProduct

__all__ = [
    "Cover",
    "CoverPlan",
    "Customer",
    "CustomerLevel",
    "Identity",
    "IdentityKind",
    "Import",
    "ImportKind",
    "ImportRefusal",
    "ImportState",
    "LedgerAccount",
    "LedgerAccountKind",
    "LedgerEntry",
    "LedgerTransaction",
    "Order",
    "OrderLine",
    "OrderPayment",
    "OrderState",
    "Organisation",
    "PaymentMethod",
    "PortalSession",
    "Product",
    "RegisteredProduct",
    "SignInToken",
    "SignInTokenKind",
]
