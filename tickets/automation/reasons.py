"""Why a webhook could not be called, or a notice had lost its point, in words."""

from django.utils.translation import gettext_lazy as _

from helpdesk.core.reasons import describe_reasons


def register() -> None:
    """Add the descriptions; what is raised stays in English beside them."""
    describe_reasons(
        {
            "endpoint_off": (r"^this endpoint is switched off", _("The webhook is switched off or gone.")),
            "endpoint_rests": (
                r"^the endpoint rests",
                _("The other system failed several times, or answers slowly; it is asked again later."),
            ),
            "endpoint_redirects": (
                r"^answered (?P<status>\d+): redirects",
                _("The other system answered %(status)s. Redirects are not followed: enter the address it points to."),
            ),
            "endpoint_gone": (r"wants no more calls", _("The other system wants no more calls (410).")),
            "endpoint_status": (r"^answered (?P<status>\d{3})$", _("The other system answered %(status)s.")),
            "endpoint_silent": (r"^no answer: (?P<error>\w+)", _("The other system did not answer (%(error)s).")),
            "endpoint_inner": (
                r"^this address is not public",
                _("This address lies inside the company's network. Whoever runs the helpdesk can allow it."),
            ),
            "endpoint_address": (
                r"^this address cannot be asked: (?P<why>.+)",
                _("The address cannot be called (%(why)s)."),
            ),
            "nothing_to_see": (
                r"^nothing of this may be seen",
                _("Nothing of it may be seen by this person any more, so no mail went out."),
            ),
            "endpoint_secret": (r"secret cannot be read", _("The secret cannot be read any more. Make a new one.")),
        }
    )
