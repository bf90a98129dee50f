"""A form for any action: drawn from its description, read back, refused with the action's own words."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from helpdesk.core.action_forms import action_choices, action_form, action_summary
from helpdesk.core.registries import actions
from tests.factories import make_team

pytestmark = pytest.mark.django_db


def test_every_action_describes_its_inputs_and_can_be_drawn() -> None:
    for name, label in action_choices():
        form = action_form(name, prefix="a")
        assert str(label)
        assert set(form.fields) or not actions.get(name).arguments
        assert form.as_p() or not form.fields


def test_what_was_chosen_is_kept_and_shown_again() -> None:
    team = make_team("Logistics")
    bound = action_form("reassign", QueryDict(f"a-team={team.pk}"), prefix="a")
    assert bound.is_valid(), bound.errors
    kept = bound.kept()
    assert kept == {"do": "reassign", "team": team.pk}
    again = action_form("reassign", kept=kept, prefix="a")
    assert f'<option value="{team.pk}" selected>' in str(again["team"])
    assert action_summary(kept) == "Give it to somebody else: Logistics"


def test_the_actions_own_refusal_stands_at_its_field() -> None:
    form = action_form("reassign", QueryDict(""), prefix="a")
    assert not form.is_valid()
    assert form.errors["team"] == ["Choose a team or a person, not both."]


def test_an_action_that_is_gone_is_shown_by_its_name() -> None:
    assert action_summary({"do": "nothing_like_it"}) == "nothing_like_it"
