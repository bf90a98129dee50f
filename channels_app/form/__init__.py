"""The web form: a page for people without an account, on its own address or inside a shop's page."""
