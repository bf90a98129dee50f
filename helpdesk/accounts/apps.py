"""Staff, roles, teams, presence, sign-in and API keys."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "helpdesk.accounts"
    label = "accounts"
