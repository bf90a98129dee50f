"""What requests may hold, and what answers look like in the API's description. Nothing here writes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from helpdesk.core.models import ChannelKind, DeliveryStatus
from helpdesk.customers.models import CustomerLevel
from tickets.models import Direction, Grade, Holder, Kind, LinkKind, Priority, Stage, StatusCategory, Visibility

MAX_ID = 2**63 - 1
MAX_SUBJECT = 998
MAX_BODY = 200_000

Input = serializers.Serializer


def _id(**options: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=MAX_ID, **options)


def _ids(**options: Any) -> serializers.ListField:
    return serializers.ListField(child=_id(), max_length=options.pop("most", 20), **options)


def _version() -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=0, max_value=2**31 - 1, help_text="The `edit_version` that the change is based on."
    )


# --- Requests --------------------------------------------------------------------------------------------------------
@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "minLength": 1, "maxLength": 320},
            {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "maxLength": 160},
                    "email": {"type": "string", "maxLength": 320},
                    "phone": {"type": "string", "maxLength": 40},
                },
                "additionalProperties": False,
            },
        ]
    }
)
class RequesterField(serializers.Field[Any, Any, Any, Any]):
    """An e-mail address or phone number, or an object with `name`, `email`, `phone`."""

    default_error_messages = {
        "shape": _("Give an e-mail address, a phone number, or an object with name, email and phone.")
    }

    def to_internal_value(self, data: Any) -> dict[str, str]:
        """`{"name", "email", "phone"}`, each text."""
        if isinstance(data, str):
            data = {"email" if "@" in data else "phone": data}
        if not isinstance(data, dict) or not data or set(data) - {"name", "email", "phone"}:
            self.fail("shape")
        if any(not isinstance(value, (str, type(None))) for value in data.values()):
            self.fail("shape")
        return {
            name: _storable(str(data.get(name) or "").strip(), most)
            for name, most in {"name": 160, "email": 320, "phone": 40}.items()
        }

    def to_representation(self, value: Any) -> Any:
        """As it came."""
        return value


def _storable(text: str, most: int) -> str:
    if len(text) > most or "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise serializers.ValidationError(_("This text is too long or holds characters that cannot be kept."))
    return text


class NewTicketSerializer(Input[Any]):
    """A customer's message that opens a ticket."""

    subject = serializers.CharField(
        max_length=MAX_SUBJECT,
        required=False,
        allow_blank=True,
        help_text="Shown up to 250 characters; without one the first line of the body stands in.",
    )
    body = serializers.CharField(max_length=MAX_BODY, trim_whitespace=False, help_text="Plain text.")
    requester = RequesterField(help_text="The customer.")
    external_id = serializers.CharField(
        max_length=250,
        required=False,
        allow_blank=True,
        help_text="Your id of the message; a repeat makes no second one.",
    )
    channel = serializers.SlugField(
        max_length=40, required=False, help_text="Slug of a channel account of kind api; `api` by default."
    )
    kind = serializers.ChoiceField(Kind.choices, required=False)
    language = serializers.CharField(max_length=10, required=False, allow_blank=True)
    tags = serializers.ListField(child=serializers.CharField(max_length=40), max_length=20, required=False)
    fields = serializers.DictField(required=False, help_text="Custom fields by key.")  # type: ignore[assignment]
    attachments = _ids(required=False, help_text="Ids of uploads made with this key.")


class NewMessageSerializer(Input[Any]):
    """A reply or note of the staff, or a further message of the customer."""

    text = serializers.CharField(
        max_length=MAX_BODY, trim_whitespace=False, required=False, allow_blank=True, default=""
    )
    direction = serializers.ChoiceField(Direction.choices, default=Direction.OUT)
    visibility = serializers.ChoiceField(Visibility.choices, default=Visibility.PUBLIC)
    external_id = serializers.CharField(max_length=250, required=False, allow_blank=True, default="")
    attachments = _ids(required=False, default=list)
    status = serializers.ChoiceField(
        [category for category in StatusCategory.choices if category[0] not in {"new", "closed"}],
        required=False,
        help_text="What the ticket becomes when the reply leaves.",
    )
    cc = serializers.ListField(
        child=serializers.EmailField(max_length=254), max_length=50, required=False, default=list
    )
    bcc = serializers.ListField(
        child=serializers.EmailField(max_length=254), max_length=50, required=False, default=list
    )
    channel = serializers.SlugField(
        max_length=40, required=False, help_text="Channel account that the reply leaves by."
    )
    release_at = serializers.DateTimeField(required=False, help_text="When the reply leaves; at once by default.")
    mentions = _ids(
        required=False,
        default=list,
        help_text=(
            "Ids of colleagues that a note addresses: they are told and watch the ticket. Those who may not see it are let "
            "in when the key's owner may do that, else they are left out of the message's `mentions`."
        ),
    )
    requester = RequesterField(required=False, help_text="Who wrote it, when it is not the ticket's customer.")


class TicketEditSerializer(Input[Any]):
    """The fields to be set; those left out stay."""

    edit_version = _version()
    subject = serializers.CharField(max_length=250, required=False)
    kind = serializers.ChoiceField(Kind.choices, required=False)
    priority = serializers.ChoiceField(Priority.choices, required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=40), max_length=20, required=False)
    fields = serializers.DictField(required=False)  # type: ignore[assignment]


class AssignSerializer(Input[Any]):
    """The new owner: a user name, or null for the team's queue."""

    owner = serializers.CharField(max_length=60, allow_null=True)
    edit_version = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class TransferSerializer(Input[Any]):
    """The team that takes the ticket."""

    team = serializers.SlugField(max_length=40)
    owner = serializers.CharField(max_length=60, required=False, allow_null=True)
    note = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    edit_version = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class StatusSerializer(Input[Any]):
    """The new status: a category, and one of its labels when it has several."""

    status = serializers.ChoiceField(StatusCategory.choices)
    label = _id(required=False)  # type: ignore[assignment]
    solution = serializers.CharField(max_length=300, required=False, allow_blank=True)
    confirmed = serializers.ListField(
        child=serializers.ChoiceField(["open_sub_tickets"]),
        max_length=5,
        required=False,
        help_text="What the caller was asked about (code of a 409) and insists on.",
    )
    edit_version = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class SnoozeSerializer(Input[Any]):
    """Until when; null wakes the ticket."""

    until = serializers.DateTimeField(allow_null=True)


class SpamSerializer(Input[Any]):
    """Whether the ticket is spam."""

    is_spam = serializers.BooleanField()


class MergeSerializer(Input[Any]):
    """The ticket that stays."""

    into = serializers.CharField(max_length=30)


class SplitSerializer(Input[Any]):
    """The messages that become a ticket of their own."""

    messages = _ids(most=200)
    subject = serializers.CharField(max_length=250, required=False, allow_blank=True, default="")


class LinkInputSerializer(Input[Any]):
    """The other ticket and what it is to this one."""

    target = serializers.CharField(max_length=30)
    kind = serializers.ChoiceField(LinkKind.choices, default=LinkKind.RELATED)


class WatchSerializer(Input[Any]):
    """Who follows; the key's owner by default."""

    staff = serializers.CharField(max_length=60, required=False)


class TagsSerializer(Input[Any]):
    """Tags to add and to remove; the others stay, whoever edits at the same time."""

    add = serializers.ListField(child=serializers.CharField(max_length=40), max_length=20, required=False, default=list)
    remove = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=20, required=False, default=list
    )


class UploadSerializer(Input[Any]):
    """One file."""

    file = serializers.FileField(max_length=500, allow_empty_file=True)


# --- Answers ---------------------------------------------------------------------------------------------------------
class LabelOfTicketSerializer(Input[Any]):
    """The status label in the caller's language."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class TeamOfTicketSerializer(Input[Any]):
    """The team in the caller's language."""

    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()


class OwnerSerializer(Input[Any]):
    """A person of the staff."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    name = serializers.CharField()


class CustomerOfTicketSerializer(Input[Any]):
    """The customer in short."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    level = serializers.ChoiceField(CustomerLevel.choices)


class TicketSerializer(Input[Any]):
    """A ticket. `edit_version` guards edits, `row_version` rises with anything a list shows."""

    number = serializers.CharField()
    url = serializers.CharField()
    status = serializers.ChoiceField(StatusCategory.choices)
    status_label = LabelOfTicketSerializer()
    team = TeamOfTicketSerializer()
    owner = OwnerSerializer(allow_null=True)
    channel = serializers.CharField()
    customer = CustomerOfTicketSerializer()
    merged_into = serializers.CharField(allow_null=True)
    parent = serializers.CharField(  # type: ignore[assignment]  # a field of DRF knows its serializer by this name
        allow_null=True, help_text="Of a sub-ticket: the ticket that it is a part of."
    )
    subject = serializers.CharField()
    kind = serializers.ChoiceField(Kind.choices)
    grade = serializers.ChoiceField(Grade.choices)
    priority = serializers.ChoiceField(Priority.choices)
    stage = serializers.ChoiceField(Stage.choices)
    holder = serializers.ChoiceField(Holder.choices)
    channel_kind = serializers.ChoiceField(ChannelKind.choices)
    language = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    fields = serializers.DictField()  # type: ignore[assignment]
    preview = serializers.CharField()
    is_unread = serializers.BooleanField()
    is_spam = serializers.BooleanField()
    has_attachments = serializers.BooleanField()
    message_count = serializers.IntegerField()
    solution = serializers.CharField()
    row_version = serializers.IntegerField()
    edit_version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    last_activity_at = serializers.DateTimeField()
    last_customer_message_at = serializers.DateTimeField(allow_null=True)
    last_agent_message_at = serializers.DateTimeField(allow_null=True)
    first_replied_at = serializers.DateTimeField(allow_null=True)
    solved_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    snoozed_until = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True, help_text="The next deadline of its running clocks.")


class ReceivedSerializer(Input[Any]):
    """What became of a posted message. `number` and `message` are null while the work goes on (202)."""

    number = serializers.CharField(allow_null=True)
    url = serializers.CharField(allow_null=True)
    message = serializers.IntegerField(allow_null=True)
    event = serializers.IntegerField(help_text="Id of the stored raw item.")
    external_id = serializers.CharField()
    is_duplicate = serializers.BooleanField()


class AuthorSerializer(Input[Any]):
    """Who wrote it; the address is masked for keys whose owner may not see it."""

    kind = serializers.CharField()
    id = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    address = serializers.CharField()


class AttachmentSerializer(Input[Any]):
    """A file; `url` gives its bytes."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField()
    is_inline = serializers.BooleanField()
    warning = serializers.CharField()
    url = serializers.CharField()


class DeliverySerializer(Input[Any]):
    """How far one delivery of a message has come."""

    id = serializers.IntegerField()
    channel = serializers.CharField()
    address = serializers.CharField()
    status = serializers.ChoiceField(DeliveryStatus.choices)
    is_maybe_doubled = serializers.BooleanField()
    reason = serializers.CharField()
    sent_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    read_at = serializers.DateTimeField(allow_null=True)
    failed_at = serializers.DateTimeField(allow_null=True)


class MessageSerializer(Input[Any]):
    """One message of the conversation."""

    id = serializers.IntegerField()
    external_id = serializers.CharField()
    direction = serializers.ChoiceField(Direction.choices)
    visibility = serializers.ChoiceField(Visibility.choices)
    subject = serializers.CharField()
    text = serializers.CharField()
    quoted = serializers.CharField()
    language = serializers.CharField()
    is_auto = serializers.BooleanField()
    mentions = serializers.ListField(child=serializers.IntegerField())
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    release_at = serializers.DateTimeField(allow_null=True)
    released_at = serializers.DateTimeField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    author = AuthorSerializer()
    channel = serializers.CharField(allow_null=True)
    channel_kind = serializers.CharField(allow_blank=True)
    recipients = serializers.DictField(help_text="`to`, `cc`, `bcc`: lists of name and address.")
    attachments = AttachmentSerializer(many=True)
    deliveries = DeliverySerializer(many=True)


class LinkSerializer(Input[Any]):
    """Two tied tickets, read from `source`."""

    id = serializers.IntegerField()
    source = serializers.CharField()  # type: ignore[assignment]
    target = serializers.CharField()
    kind = serializers.ChoiceField(LinkKind.choices)


class EventActorSerializer(Input[Any]):
    """Who did it."""

    kind = serializers.CharField()
    id = serializers.IntegerField(allow_null=True)


class EventSerializer(Input[Any]):
    """One thing that happened to a ticket: ids and words, no personal values."""

    position = serializers.IntegerField()
    name = serializers.CharField()
    at = serializers.DateTimeField()
    ticket = serializers.CharField()
    actor = EventActorSerializer()
    data = serializers.DictField()  # type: ignore[assignment]


class StatusLabelSerializer(Input[Any]):
    """A status as people named it, over its fixed category."""

    id = serializers.IntegerField()
    category = serializers.ChoiceField(StatusCategory.choices)
    name = serializers.CharField()
    is_default = serializers.BooleanField()


class TagSerializer(Input[Any]):
    """A tag that agents choose from."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class CustomFieldSerializer(Input[Any]):
    """A custom field of tickets of one kind, or of all when `kind` is empty."""

    key = serializers.CharField()
    kind = serializers.CharField()
    type = serializers.CharField()
    name = serializers.CharField()
    choices = serializers.ListField(child=serializers.CharField())
    is_required = serializers.BooleanField()
