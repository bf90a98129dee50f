"""What this room gives to the kernel's registries: leased workers, channel adapters, inbound handlers."""

from channels_app import inbox, outbox
from channels_app import reasons as _reasons  # noqa: F401
from channels_app.accounts import ensure_accounts
from channels_app.api_channel import door as api_door
from channels_app.api_channel.handler import receive_api_message
from channels_app.carriers import registrations as carriers_registrations  # noqa: F401
from channels_app.carriers.hook import WebhookOfFormat
from channels_app.email import registrations as email_registrations  # noqa: F401
from channels_app.form import inbound as form
from channels_app.hooks import hooks
from channels_app.portal import inbound as portal
from channels_app.sms import inbound as sms
from channels_app.sms.hook import SmsHook
from channels_app.sms.outbound import SmsAdapter
from channels_app.webhook import goods as webhook_goods
from channels_app.webhook import handler as webhook
from helpdesk.core.doors import doors
from helpdesk.core.models import ChannelKind
from helpdesk.core.registries import first_rows

first_rows.add("channels_app.accounts", ensure_accounts)
inbox.handlers.add(portal.HANDLER, portal.receive_message)
inbox.handlers.add(form.HANDLER, form.receive_form)
outbox.adapters.add(ChannelKind.SMS, SmsAdapter())
inbox.handlers.add(api_door.HANDLER, receive_api_message)
inbox.handlers.add(webhook.HANDLER, webhook.receive_webhook_message)
inbox.handlers.add(webhook_goods.HANDLER, webhook_goods.save_told)
doors.add(ChannelKind.API, api_door.post_message)
inbox.handlers.add(sms.RECEIPT, sms.receive_receipt)
inbox.handlers.add(sms.MESSAGE, sms.receive_sms)
hooks.add(ChannelKind.WEBHOOK, WebhookOfFormat())
hooks.add(ChannelKind.SMS, SmsHook())
