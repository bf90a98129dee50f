"""What a person reads when the product is up."""

from helpdesk.embedded.options import Options

DEMO_STAFF = ("agent", "lead", "supervisor", "editor", "quality", "engineer", "warehouse", "approver", "admin")
DEMO_CUSTOMER = "customer@demo.example"
DEMO_ADDRESS = "support@demo.example"


def ready_lines(options: Options, password: str, *, seconds: float) -> list[str]:
    """The lines of the greeting."""
    lines = ["", f"Ready in {seconds:.1f} s:  {options.address}/"]
    if options.demo:
        lines += [
            f"  sign in as   {', '.join(DEMO_STAFF)}",
            f"  portal       {DEMO_CUSTOMER}",
            f"  password     {password}",
            f"  mail to      {DEMO_ADDRESS}, by SMTP at {options.host}:{options.mail_port}",
            f"  mail sent    {options.address}/demo/mailbox",
        ]
    return [*lines, "Ctrl-C stops everything.", ""]
