"""What the channels' reasons are called for people. Order counts: what is told apart first wins."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from helpdesk.core.reasons import describe_reasons

_HOST = r"(?P<host>[A-Za-z0-9][A-Za-z0-9.:\[\]-]*)"

# Connecting and signing in, to mail servers above all.
describe_reasons(
    {
        "certificate_expired": (
            r"certificate (?:verify failed: certificate )?has expired",
            _("The server's certificate has expired. Renew it on the server."),
        ),
        "certificate_name": (
            r"hostname mismatch|certificate is not valid for|IP address mismatch",
            _("The server's certificate is for another name. Enter the name that stands in the certificate."),
        ),
        "certificate_unknown": (
            r"self[- ]signed|unable to get (?:local )?issuer|unknown ca\b|certificate verify failed|CERTIFICATE_VERIFY_FAILED",
            _(
                "The server's certificate cannot be verified: nobody that we trust has signed it. Install a certificate of a "
                "known authority, or add your own authority to the trusted ones of this machine."
            ),
        ),
        "not_encrypted": (
            r"cannot be trusted: .*(?:wrong.version|unknown.protocol|record.layer|packet.length|http.request)",
            _("The server does not speak TLS on this port. Choose another port or another kind of security."),
        ),
        "tls_failed": (r"cannot be trusted", _("A safe connection to the server could not be made.")),
        "starttls_missing": (
            r"STARTTLS (?:extension )?not supported|TLS not supported",
            _("The server does not offer STARTTLS. Choose TLS from the start, or another port."),
        ),
        "sign_in_refused": (
            r"refuses the sign-in",
            _("The server refuses the sign-in. Check user name and password."),
        ),
        "name_unknown": (
            r"Name or service not known|nodename nor servname|No address associated|failure in name resolution|can be looked up",
            _("The server's name cannot be found. Check how it is written."),
        ),
        "connection_refused": (
            r"Connection refused",
            _("Nobody answers on this port of the server. Check server and port, or whether the server runs."),
        ),
        "connection_slow": (r"timed out", _("The server does not answer in time.")),
        "characters_in_secret": (
            r"may hold ASCII characters only|holds characters that cannot be sent",
            _("The server's name, the user name or the password holds characters that cannot be sent."),
        ),
        "password_in_clear": (
            r"a password is never sent over a connection that is not encrypted",
            _("A password is never sent over a connection that is not encrypted. Choose TLS or STARTTLS."),
        ),
        "connection_lost_in_doubt": (
            r"the connection was lost before the server confirmed",
            _("The connection was lost before the server confirmed the message. It may have gone out."),
        ),
        "connection_lost": (r"closed the connection", _("The server closed the connection.")),
        "server_away": (r"cannot be reached", _("The server cannot be reached.")),
    }
)

# Reading a mailbox, and the way out.
describe_reasons(
    {
        "folder_missing": (
            r"the folder (?P<folder>.+?) cannot be opened",
            _("The folder “%(folder)s” cannot be opened."),
        ),
        "imap_refuses": (
            r"the server refuses to (?:search|tell sizes)",
            _("The mail server refuses to list its mails."),
        ),
        "imap_missing": (r"the account names no IMAP server", _("The account names no IMAP server.")),
        "oauth_missing": (
            r"names no OAuth2 provider",
            _("The account names no OAuth2 provider."),
        ),
        "oauth_away": (r"the OAuth2 provider cannot be reached", _("The OAuth2 provider cannot be reached.")),
        "oauth_refuses": (
            r"the OAuth2 provider answered",
            _("The OAuth2 provider refuses. Perhaps the access was withdrawn; enter a new refresh token."),
        ),
        "no_way_out": (
            r"there is no way out for mail",
            _("There is no way out for mail: set SMTP_RELAY_URL, or enter an SMTP server for this account."),
        ),
        "relay_malformed": (
            r"SMTP_RELAY_URL is not usable",
            _("SMTP_RELAY_URL is not usable: expected smtp://user:password@host:port or smtps://…"),
        ),
        "account_without_address": (
            r"the account has no address to send from",
            _("The account has no address to send from."),
        ),
        "delivery_without_id": (r"the delivery has no Message-ID", _("The message has no id to go out with.")),
        "no_recipient": (
            r"needs a sender and at least one recipient|needs a message id",
            _("The mail has no recipient that can be used."),
        ),
        "letters_outside_ascii": (
            r"takes no addresses with letters outside ASCII",
            _("The server takes no addresses with letters outside ASCII."),
        ),
        "file_unreadable": (
            r"^the file (?P<name>.+?) cannot be read",
            _("The file “%(name)s” cannot be read."),
        ),
        "source_dropped": (
            r"the source of this mail was dropped",
            _("The source of this mail was forgotten after the retention time."),
        ),
    }
)

# Why a message is not brought to somebody.
describe_reasons(
    {
        "taken_back": (r"the message was taken back", _("The message was taken back.")),
        "not_asked": (r"nobody has to be asked any more", _("The customer need not be asked any more.")),
        "sign_in_over": (
            r"nobody waits for this sign-in",
            _("Nobody waits for this sign-in any more."),
        ),
        "person_gone": (
            r"this person is no longer active",
            _("This person is no longer active or has another address."),
        ),
        "mailbox_unknown": (
            r"\b5\.1\.(?:1|10)\b|no such (?:user|recipient|mailbox)|user unknown|mailbox (?:does )?not (?:exist|found)",
            _("The recipient's mailbox does not exist."),
        ),
        "domain_unknown": (r"\b5\.1\.2\b|domain does not exist", _("The recipient's domain does not exist.")),
        "mailbox_closed": (r"\b5\.2\.1\b|mailbox is disabled", _("The recipient's mailbox is closed.")),
        "mailbox_full": (
            r"\b[45]\.2\.2\b|over quota|(?:mailbox|inbox)(?: is)? full",
            _("The recipient's mailbox is full."),
        ),
        "too_large": (
            r"\b5\.(?:2\.3|3\.4)\b|message (?:is )?too (?:large|big)|larger than the mailbox accepts",
            _("The message is larger than the other side accepts."),
        ),
        "refused_by_rules": (
            r"\b5\.7\.\d+\b|spam|blocked|blacklist|policy",
            _("The recipient's server refuses the message by its rules."),
        ),
        "refused_for_now": (
            r"^(?:[^\s:]+: )?4\d\d[ -]|\banswered 4\d\d",
            _("The server cannot take the message at the moment."),
        ),
        "refused_for_good": (
            r"^(?:[^\s:]+: )?5\d\d[ -]|\banswered 5\d\d|was refused: 5\d\d",
            _("The server refuses the message."),
        ),
        "sender_refused": (r"was refused: |^\S+ answered ", _("The server cannot take the message at the moment.")),
    }
)

# SMS.
describe_reasons(
    {
        "sms_away": (r"the SMS gateway does not answer", _("The SMS gateway does not answer.")),
        "sms_without_json": (
            r"the SMS gateway answers (?P<status>\d+) without JSON",
            _("The SMS gateway's answer (%(status)s) cannot be understood."),
        ),
        "sms_refuses": (
            r"the SMS gateway answers (?P<status>\d+)",
            _("The SMS gateway refuses (%(status)s)."),
        ),
        "sms_not_set_up": (
            r"the SMS account is not set up well",
            _("The SMS account is not set up well. Check address, headers and body."),
        ),
        "sms_lacks": (r"the SMS account lacks (?P<names>.+)", _("The SMS account lacks: %(names)s.")),
        "sms_without_template": (
            r"the SMS account has no template",
            _("The SMS account has no approved template for this message."),
        ),
        "sms_not_delivered": (
            r"the network did not deliver the SMS: (?P<why>.*)",
            _("The phone network did not deliver the SMS (%(why)s)."),
        ),
        "receipt_unknown": (
            r"the receipt's state is none that we know: (?P<state>.*)",
            _("The gateway's receipt has a state that we do not know: %(state)s."),
        ),
        "receipt_early": (r"no delivery has this id yet", _("No message has this id yet; the receipt is tried again.")),
        "receipt_foreign": (
            r"a receipt about a message that is not ours",
            _("A receipt about a message that is not ours."),
        ),
        "sms_provider": (
            r"^(?P<provider>Aliyun|Tencent Cloud): (?P<code>.*)",
            _("%(provider)s refuses with the code %(code)s."),
        ),
        "not_a_mobile_number": (r"this is not a mobile number", _("This is not a mobile number.")),
        "sms_too_long": (
            r"the text is too long for SMS: (?P<parts>\d+) parts, at most (?P<most>\d+)",
            _("The text is too long for SMS: %(parts)s parts, at most %(most)s."),
        ),
        "sms_gateway_unknown": (
            r"the SMS account names no gateway that we know",
            _("The SMS account names no gateway that we know."),
        ),
        "sms_console": (
            r"the console takes SMS in demo mode only",
            _("The console takes SMS in demo mode only. Choose a gateway."),
        ),
    }
)

# What came in and cannot be understood.
describe_reasons(
    {
        "no_sender": (
            r"the message names no sender|the form names nobody",
            _("The message names nobody who could be answered."),
        ),
        "no_text": (r"the message has no text", _("The message has no text.")),
        "not_json": (
            r"is not JSON|is not a JSON object|is not an object",
            _("What arrived is not JSON that can be read."),
        ),
        "key_gone": (r"the API key is gone", _("The API key is gone.")),
        "customer_gone": (
            r"this customer is gone|this customer has no identity left",
            _("This customer is gone, or has no address or number left."),
        ),
        "own_mail": (
            r"our own mail that came back",
            _("Our own mail that came back: nothing is made of it, so that no loop starts."),
        ),
        "automatic_answer": (
            r"an automatic answer that belongs to no open conversation",
            _("An automatic answer that belongs to no open conversation."),
        ),
        "foreign_report": (
            r"a delivery report about a mail that is not ours",
            _("A delivery report about a mail that is not ours."),
        ),
        "late_report": (
            r"a report that our mail is late",
            _("A report that our mail is late; the last word is still to come."),
        ),
        "refused": (
            r"^(?:Invalid|Forbidden|NotFound|Conflict|Refused|\w*Closed|Too\w+): (?P<why>.+)",
            _("Refused: %(why)s"),
        ),
    }
)
