"""The words that scripts use, translated on the server; static/js/texts.js reads them from a block of data in the page."""

from __future__ import annotations

from django.utils.translation import gettext, pgettext


def script_texts() -> dict[str, str]:
    """Key → text in the active language; `{n}` and other braces are filled in by the script."""
    return {
        # times
        "time.now": pgettext("short time", "now"),
        "time.m": pgettext("short time: minutes", "{n}m"),
        "time.h": pgettext("short time: hours", "{n}h"),
        "time.d": pgettext("short time: days", "{n}d"),
        "time.today": gettext("Today"),
        "time.yesterday": gettext("Yesterday"),
        "dur.s": pgettext("duration", "{s}s"),
        "dur.m": pgettext("duration", "{m}m"),
        "dur.h": pgettext("duration", "{h}h"),
        "dur.hm": pgettext("duration", "{h}h {m}m"),
        "dur.d": pgettext("duration", "{d}d"),
        "dur.dh": pgettext("duration", "{d}d {h}h"),
        "clock.left": pgettext("clock", "{t} left"),
        "clock.over": pgettext("clock", "{t} over"),
        "clock.paused": pgettext("clock", "paused"),
        "clock.met": pgettext("clock", "met in {t}"),
        "clock.met_bare": pgettext("clock", "met"),
        "clock.missed": pgettext("clock", "missed after {t}"),
        "clock.missed_bare": pgettext("clock", "missed"),
        "clock.due": pgettext("clock", "Due {t}"),
        # list
        "list.new_one": gettext("1 new"),
        "list.new_many": gettext("{n} new"),
        "list.announce_new": gettext("{n} new tickets in this view"),
        "list.selected": gettext("{n} selected"),
        # connection
        "live.offline": gettext("Offline since {t}. Text is kept and sent when you are back."),
        "live.lost": gettext("Connection lost. Reconnecting…"),
        "live.back": gettext("Connected again."),
        # toast, dialog, errors
        "toast.undo": gettext("Undo"),
        "toast.close": gettext("Close"),
        "toast.seconds": pgettext("undo countdown", "{n} s"),
        "toast.undone": gettext("Undone."),
        "error.network": gettext("No connection. Nothing is lost: try again in a moment."),
        "error.server": gettext("Something went wrong on our side. Nothing is lost: try again."),
        "error.forbidden": gettext("You may not do that here."),
        "error.gone": gettext("This is no longer here."),
        "error.conflict": gettext("Someone else changed this meanwhile. Look again before you save."),
        "error.busy": gettext("Too many tries. Wait a moment."),
        "error.signed_out": gettext("You are signed out. Sign in again in another tab, then try once more."),
        "error.too_large": gettext("This is too large to send."),
        "dialog.close": gettext("Close"),
        "dialog.cancel": gettext("Cancel"),
        "dialog.yes": gettext("Yes, do it"),
        "dialog.discard": gettext("Discard what you typed?"),
        # composer
        "draft.saving": gettext("Saving draft…"),
        "draft.saved": gettext("Draft saved {t}"),
        "draft.local": gettext("Draft kept in this browser"),
        "draft.conflict": gettext("This draft was changed in another window"),
        "file.uploading": gettext("Uploading {name}"),
        "file.failed": gettext("{name} was not uploaded: {reason}"),
        "file.too_large": gettext("{name} is larger than {limit}."),
        "file.remove": gettext("Remove {name}"),
        "file.attached": gettext("{name} attached"),
        "composer.empty": gettext("Write something first."),
        "composer.uploading": gettext("Wait until the files are uploaded."),
        "composer.over": gettext("{n} characters over the limit"),
        "composer.left": gettext("{n} characters left"),
        "composer.no_match": gettext("Nothing found"),
        # palette, shortcuts, viewer
        "palette.empty": gettext("Nothing found for “{q}”"),
        "palette.results": gettext("{n} results"),
        "palette.failed": gettext("Search does not answer. Try again."),
        "keys.then": pgettext("keys", "then"),
        "keys.general": gettext("Everywhere"),
        "viewer.count": gettext("{n} of {all}"),
        "viewer.close": gettext("Close"),
        "viewer.next": gettext("Next picture"),
        "viewer.prev": gettext("Previous picture"),
        "viewer.download": gettext("Download"),
        "viewer.zoom": gettext("Actual size"),
        "presence.one": gettext("{name} is here too"),
        "presence.many": gettext("{n} others are here"),
        "presence.typing": gettext("{name} is writing…"),
        "theme.saved": gettext("Theme changed."),
    }
