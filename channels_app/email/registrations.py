"""What the mail channel gives to the registries."""

from channels_app.email.adapter_in import receive_mail
from channels_app.email.adapter_out import EmailAdapter
from channels_app.email.demo_sink import sweep_sink
from channels_app.email.storing import HANDLER
from channels_app.email.too_large import PURPOSE, render_refusal
from channels_app.email.upkeep import drop_old_sources, restore_files
from channels_app.inbox import handlers
from channels_app.outbox import adapters
from helpdesk.core.models import ChannelKind
from helpdesk.core.registries import housekeeping, renderers

handlers.add(HANDLER, receive_mail)
adapters.add(ChannelKind.EMAIL, EmailAdapter())
renderers.add(PURPOSE, render_refusal)
housekeeping.add("channels_app.sink", sweep_sink)
housekeeping.add("channels_app.files", restore_files)
housekeeping.add("channels_app.sources", drop_old_sources)
