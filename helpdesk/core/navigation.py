"""The places of the product's rail and menus: each room registers its own, the layouts draw them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse

from helpdesk.core.registries import Registry


@dataclass(frozen=True)
class Place:
    """An entry of a menu: rail (top of the rail), foot (its end), claims (above the pages of after-sales), admin (list of
    settings), account (the person's pop-over).

    `group` heads several entries of the admin menu, `hint` says there what the page is for.
    `shortcut` is the letter after `g` that goes there; `count` names the live counter whose value above zero shows a red dot.
    """

    name: str
    label: Any
    icon: str
    url_name: str
    order: int = 100
    menu: str = "rail"
    permission: str | None = None
    shortcut: str = ""
    count: str = ""
    group: Any = ""
    hint: Any = ""


places: Registry[Place] = Registry("place of the navigation")


def places_for(user: Any, menu: str) -> list[tuple[Place, str]]:
    """The places of a menu that this person may open, in order, each with its address."""
    found = []
    for _, place in sorted(places.items(), key=lambda entry: entry[1].order):
        if place.menu != menu or (
            place.permission and not (user and user.is_authenticated and user.can(place.permission))
        ):
            continue
        try:
            found.append((place, reverse(place.url_name)))
        except NoReverseMatch:  # a room that is not wired in this installation
            continue
    return found
