"""Template tags of the design system: icons, avatars, marks, clock chips, times.

They return small pieces of HTML and are cheap on purpose: a ticket list renders several of them for each of its rows.
Larger parts are templates in `templates/components/`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import Any, Final
from zlib import crc32

from babel.numbers import format_decimal
from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, gettext_lazy, pgettext_lazy

from helpdesk.core.form_fields import draw_field
from helpdesk.core.navigation import places_for
from helpdesk.core.reasons import tell
from helpdesk.core.ui_texts import script_texts

register = template.Library()

TONES: Final = 6
NOTHING: Final = SafeString("")
HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")

CHANNEL_ICONS: Final[Mapping[str, str]] = {
    "email": "email",
    "form": "form",
    "portal": "portal",
    "api": "api",
    "phone": "phone",
    "chat": "chat",
    "wechat": "wechat",
    "wecom": "wecom",
    "weibo": "weibo",
    "douyin": "douyin",
    "xiaohongshu": "xiaohongshu",
    "store": "store",
    "shop": "shop",
    "sms": "sms",
    "app": "app",
    "webhook": "webhook",
    "counter": "counter",
    "visit": "visit",
    "authority": "tone-threat",
    "internal": "note",
    "bot": "robot",
}
CHANNEL_NAMES: Final[Mapping[str, Any]] = {
    "email": pgettext_lazy("channel", "E-mail"),
    "form": pgettext_lazy("channel", "Web form"),
    "portal": pgettext_lazy("channel", "Portal"),
    "api": pgettext_lazy("channel", "API"),
    "phone": pgettext_lazy("channel", "Phone"),
    "chat": pgettext_lazy("channel", "Chat"),
    "wechat": pgettext_lazy("channel", "WeChat"),
    "wecom": pgettext_lazy("channel", "WeCom"),
    "weibo": pgettext_lazy("channel", "Weibo"),
    "douyin": pgettext_lazy("channel", "Douyin"),
    "xiaohongshu": pgettext_lazy("channel", "Xiaohongshu"),
    "store": pgettext_lazy("channel", "Store"),
    "shop": pgettext_lazy("channel", "E-commerce"),
    "sms": pgettext_lazy("channel", "SMS"),
    "app": pgettext_lazy("channel", "App"),
    "webhook": pgettext_lazy("channel", "Webhook"),
    "counter": pgettext_lazy("channel", "Counter"),
    "visit": pgettext_lazy("channel", "Visit"),
    "authority": pgettext_lazy("channel", "Regulator"),
    "internal": pgettext_lazy("channel", "Internal"),
    "bot": pgettext_lazy("channel", "Bot"),
}
STATUS_GLYPHS: Final[Mapping[str, str]] = {
    "new": "status-new",
    "open": "status-open",
    "in_progress": "status-half",
    "pending": "status-bars",
    "on_hold": "status-hold",
    "solved": "status-tick",
    "closed": "status-dash",
}
PRIORITY_NAMES: Final[Mapping[str, Any]] = {
    "urgent": pgettext_lazy("priority", "Urgent"),
    "high": pgettext_lazy("priority", "High"),
    "normal": pgettext_lazy("priority", "Normal"),
    "low": pgettext_lazy("priority", "Low"),
}
LEVEL_NAMES: Final[Mapping[str, Any]] = {
    "core": pgettext_lazy("customer level", "Core"),
    "important": pgettext_lazy("customer level", "Important"),
    "ordinary": pgettext_lazy("customer level", "Ordinary"),
}
# The short signs of the currencies that need no country beside them; any other is named by its code.
CURRENCY_SIGNS: Final[Mapping[str, str]] = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "JP¥"}
CLOCK_ICONS: Final[Mapping[str, str]] = {
    "running": "clock-ring",
    "paused": "clock-bars",
    "met": "ok",
    "missed": "breached",
}


@lru_cache(maxsize=1024)
def icon_html(name: str, size: str = "", css: str = "", label: str = "") -> SafeString:
    """One icon of the sprite. Decorative unless `label` names it."""
    classes = " ".join(part for part in ("i", f"i-{size}" if size else "", css) if part)
    said = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return mark_safe(
        f'<svg class="{escape(classes)}" {said}><use href="{static("icons/sprite.svg")}#{escape(name)}"/></svg>'
    )


@register.simple_tag
def icon(name: str, size: str = "", css: str = "", label: str = "") -> SafeString:
    """`{% icon "inbox" %}`, `{% icon "inbox" size="lg" %}`; sizes sm (13), default 16, md 18, lg 20, xl 22.

    `label` names an icon that stands alone.
    """
    return icon_html(str(name), size, css, str(label))


def initials(name: str) -> str:
    """What an avatar shows: the last character of a Chinese name, else the first letters of first and last word."""
    text = (name or "").strip().lstrip("@#")
    if not text:
        return "?"
    if HAN.search(text):
        return HAN.findall(text)[-1]
    words = [word for word in re.split(r"[\s._@-]+", text) if word]
    if not words:
        return text[0].upper()
    return (words[0][0] + (words[-1][0] if len(words) > 1 else words[0][1:2])).upper()


def tone(key: object) -> int:
    """The tone of an avatar, 1 to 6: the same for the same person on every page and in every process."""
    return crc32(str(key).encode()) % TONES + 1


@lru_cache(maxsize=4096)
def avatar_html(key: str, name: str, size: int, presence: str, photo: str) -> SafeString:
    letters, said = initials(name), escape(name)
    lang = ' lang="zh"' if HAN.match(letters) else ""
    inner = format_html('<img src="{}" alt="">', photo) if photo else escape(letters)
    dot = format_html('<span class="av-dot" data-presence="{}"></span>', presence) if presence else ""
    return mark_safe(
        f'<span class="av av-{size} av-{tone(key)}"{lang} role="img" aria-label="{said}" title="{said}">{inner}{dot}</span>'
    )


@register.simple_tag
def avatar(key: object, name: str | None, size: int = 24, presence: str = "", photo: str = "") -> SafeString:
    """`{% avatar person.id person.name 24 %}`. Without a key: the outlined circle of "unassigned"; key "bot": the robot."""
    if not key:
        said = escape(gettext("Unassigned"))
        return mark_safe(
            f'<span class="av av-none av-{size}" role="img" aria-label="{said}" title="{said}">{icon_html("assign")}</span>'
        )
    if key == "bot":
        said = escape(name or gettext("Bot"))
        return mark_safe(
            f'<span class="av av-bot av-{size}" role="img" aria-label="{said}">{icon_html("robot")}</span>'
        )
    return avatar_html(str(key), str(name or ""), int(size), presence, photo)


@lru_cache(maxsize=64)
def level_html(value: str, language: str | None) -> SafeString:
    """Made once for each level and language; a list asks for it in every row."""
    mark = icon_html("diamond-solid", css="i-solid") if value == "core" else ""
    return mark_safe(f'<span class="level level-{value}">{mark}{escape(str(LEVEL_NAMES[value]))}</span>')


@register.simple_tag
def level(value: str, all_levels: bool = False) -> SafeString:
    """Level badge of a customer; nothing for an ordinary one unless `all_levels`."""
    if value in LEVEL_NAMES and (value != "ordinary" or all_levels):
        return level_html(value, get_language())
    return NOTHING


# Tones of customers, with the words that a reader sees; calm is shown only where all are.
TONE_NAMES = {
    "calm": gettext_lazy("calm"),
    "anger": gettext_lazy("angry"),
    "threat": gettext_lazy("threatens to complain"),
    "churn": gettext_lazy("may leave"),
}

# The same for rows, where every character counts.
TONE_WORDS = {
    "anger": pgettext_lazy("tone in a row", "angry"),
    "threat": pgettext_lazy("tone in a row", "threat"),
    "churn": pgettext_lazy("tone in a row", "leaving"),
}


@lru_cache(maxsize=16)
def tone_html(value: str, language: str | None) -> SafeString:
    """Made once for each tone and language; a list asks for it in every row."""
    said = escape(str(TONE_NAMES.get(value, value)))
    if value == "calm":
        return mark_safe(f'<span class="ink-2">{said}</span>')
    return mark_safe(
        f'<span class="tag tone-tag tone-{escape(value)}">{icon_html(f"tone-{value}")}<span>{said}</span></span>'
    )


@register.simple_tag
def customer_tone(value: str, all_tones: bool = False) -> SafeString:
    """Tag of what a customer sounds like, with icon and word; nothing for a calm one unless `all_tones`."""
    return tone_html(value, get_language()) if value in TONE_NAMES and (value != "calm" or all_tones) else NOTHING


@lru_cache(maxsize=512)
def status_html(category: str, label: str) -> SafeString:
    glyph = icon_html(STATUS_GLYPHS.get(category, "status-open"))
    return mark_safe(f'<span class="status status-{escape(category)}">{glyph}<span>{escape(label)}</span></span>')


@register.simple_tag
def status(category: str, label: str) -> SafeString:
    """Glyph by the fixed category (new, open, in_progress, pending, on_hold, solved, closed) and the label in words."""
    return status_html(category, str(label))


@lru_cache(maxsize=64)
def priority_html(value: str, words: bool, language: str | None) -> SafeString:
    name = str(PRIORITY_NAMES.get(value, value))
    css = f"priority priority-{escape(value)}"
    if words:
        return mark_safe(f'<span class="{css}">{icon_html(f"priority-{value}")}{escape(name)}</span>')
    mark = icon_html(f"priority-{value}", label=gettext("Priority: %(name)s") % {"name": name})
    return mark_safe(f'<span class="{css}" title="{escape(name)}">{mark}</span>')


@register.simple_tag
def priority(value: str, words: bool = True) -> SafeString:
    """Bars, or the red square for urgent; with its word, or with the word for screen readers only."""
    return priority_html(value, words, get_language())


@lru_cache(maxsize=128)
def channel_html(kind: str, words: bool, language: str | None) -> SafeString:
    name = str(CHANNEL_NAMES.get(kind, kind))
    drawing = CHANNEL_ICONS.get(kind, "plus")
    if words:
        return mark_safe(f'<span class="channel">{icon_html(drawing)}{escape(name)}</span>')
    return icon_html(drawing, label=name)


@register.simple_tag
def channel(kind: str, words: bool = False) -> SafeString:
    """Monochrome mark of a channel kind, with its name beside it or for screen readers."""
    return channel_html(kind, words, get_language())


@register.filter
def channel_icon(kind: str) -> str:
    """Name of the icon of a channel kind, for `{% icon kind|channel_icon %}`."""
    return CHANNEL_ICONS.get(kind, "plus")


@register.filter
def channel_name(kind: str) -> str:
    """Name of a channel kind in the reader's language."""
    return str(CHANNEL_NAMES.get(kind, kind))


@register.simple_tag
def clock(value: Any, big: bool = False) -> SafeString:
    """Clock chip.

    `value` has label, state (running, paused, met, missed), started_at, due_at, warn_at, is_at_risk, seconds_taken.

    Look and words are set by clock-chip.js from the instants, so that the markup is the same for everyone and may be cached.
    """
    get = value.get if isinstance(value, Mapping) else lambda name, default=None: getattr(value, name, default)
    state = get("state") or "running"
    data = "".join(
        f' data-{name}="{moment.isoformat()}"'
        for name, moment in (("start", get("started_at")), ("due", get("due_at")), ("warn", get("warn_at")))
        if isinstance(moment, datetime)
    )
    if get("is_at_risk"):
        data += " data-risk"
    if (taken := get("seconds_taken")) is not None:
        data += f' data-taken="{int(taken)}"'
    css = "clock clock-lg" if big else "clock"
    drawing = icon_html(CLOCK_ICONS.get(state, "clock-ring"))
    label = get("label") or ""
    words = f"<span>{conditional_escape(label)}</span>" if label else ""
    return mark_safe(f'<span class="{css}" data-clock="{escape(state)}"{data}>{drawing}{words}<b></b></span>')


@register.simple_tag
def first_clock(clocks: Any) -> SafeString:
    """Chip of the first clock of a list, which is the most pressing one; nothing for an empty list."""
    return clock(clocks[0]) if clocks else NOTHING


@register.simple_tag
def when(moment: datetime | None, style: str = "short") -> SafeString:
    """A moment; times.js writes it in the reader's zone and language, relative, with the exact time on hover.

    Styles: short ("22m", lists), ago ("22 minutes ago"), clock ("14:32", with the day when it is not today), day, full.
    The UTC time stands in the markup for readers without script, except in lists, where rows are cached.
    """
    if moment is None:
        return NOTHING
    fallback = "" if style == "short" else moment.strftime("%Y-%m-%d %H:%M")
    return mark_safe(f'<time datetime="{moment.isoformat()}" data-time="{escape(style)}">{fallback}</time>')


@register.filter
def money(amount: Any, currency: str = "CNY") -> str:
    """`{{ order.total|money:order.currency }}`: sign and grouped digits, `¥2,699.00`; nothing for no amount."""
    if amount is None:
        return ""
    sign = CURRENCY_SIGNS.get(currency) or f"{currency}\u00a0"
    return sign + format_decimal(amount, format="#,##0.00", locale=(get_language() or "en").split("-")[0])


@register.filter
def is_chinese(text: object) -> bool:
    """Whether a text has Chinese characters, to mark it with `lang`."""
    return bool(HAN.search(str(text or "")))


@register.filter
def lang_of(text: object) -> str:
    """`zh-Hans` or `en`: the value of `lang` for a customer's own words."""
    return "zh-Hans" if HAN.search(str(text or "")) else "en"


@lru_cache(maxsize=8)
def texts_html(language: str) -> SafeString:
    """The words that scripts use, as a block of data; made once for each language."""
    data = json.dumps(script_texts(), ensure_ascii=False).translate(
        {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
    )
    return mark_safe(f'<script type="application/json" id="ui-texts">{data}</script>')


@register.simple_tag
def ui_texts() -> SafeString:
    return texts_html(get_language() or "en")


@register.simple_tag
def theme_names() -> list[tuple[str, str, Any]]:
    """Value, icon and name of each theme, for the switch."""
    return [
        ("light", "sun", pgettext_lazy("theme", "Light")),
        ("dark", "moon", pgettext_lazy("theme", "Dark")),
        ("auto", "theme-auto", gettext_lazy("As the device")),
    ]


@register.simple_tag(takes_context=True)
def nav(context: template.Context, menu: str = "rail") -> list[dict[str, Any]]:
    """`{% nav "rail" as items %}`: name, label, icon, url, shortcut, count, group of each place this person may open.

    `is_here` marks the one whose address the page's begins with; of two, the longer.
    """
    request = context.get("request")
    user, path = getattr(request, "user", None), str(getattr(request, "path", ""))
    places = places_for(user, menu)
    here = max((url for _place, url in places if path.startswith(url)), key=len, default=None)
    return [
        {
            "name": p.name,
            "label": p.label,
            "icon": p.icon,
            "url": url,
            "shortcut": p.shortcut,
            "count": p.count,
            "group": p.group,
            "hint": p.hint,
            "is_here": url == here,
        }
        for p, url in places
    ]


@register.simple_tag
def tags_html(tags: list[str]) -> SafeString:
    """At most two tags, then how many more there are; in a narrow list (a container query) one tag."""
    if not tags:
        return NOTHING
    html = f'<span class="tag"><span>{escape(tags[0])}</span></span>'
    if len(tags) > 1:
        rest = escape(", ".join(tags[1:]))
        html += f'<span class="tag tag-second"><span>{escape(tags[1])}</span></span>'
        html += f'<span class="tag tag-more tag-more-narrow" title="{rest}"><span>+{len(tags) - 1}</span></span>'
    if len(tags) > 2:
        rest = escape(", ".join(tags[2:]))
        html += f'<span class="tag tag-more tag-more-wide" title="{rest}"><span>+{len(tags) - 2}</span></span>'
    return mark_safe(html)


FILE_ICONS: Final[Mapping[str, str]] = {
    "image": "photo",
    "pdf": "file-pdf",
    "text": "file-text",
    "sheet": "file-sheet",
    "zip": "file-zip",
    "audio": "file-audio",
    "video": "video",
}


@register.filter
def file_icon(kind: str | None) -> str:
    """Icon of a kind of file."""
    return FILE_ICONS.get(kind or "", "file-text")


@register.filter
def reason_words(raised: object) -> str:
    """Why work could not be done, in the reader's language; what nobody has described stays as it is."""
    return tell(str(raised or "")).words


@register.filter
def reason_code(raised: object) -> str:
    """The reason's stable code; empty when nobody has described it."""
    return tell(str(raised or "")).code


@register.filter
def grouped(number: int) -> str:
    """A whole number with its digits in groups: `12,540`, alike in both languages."""
    return f"{number:,}"


@register.filter
def words(text: str) -> list[str]:
    """A text split at blanks, for short lists in templates."""
    return text.split()


@register.filter
def at(row: Any, key: str) -> Any:
    """Value of a row by key or attribute, for tables."""
    return row.get(key, "") if isinstance(row, Mapping) else getattr(row, key, "")


@register.simple_tag
def field_html(field: BoundField) -> SafeString:
    """A bound field with its label, control, hint or error, in our look; works for every common widget."""
    return draw_field(field, icon_html("alert", "sm"))
