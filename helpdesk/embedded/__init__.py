"""PostgreSQL and Valkey from wheels, and the supervisor behind ``manage.py up``.

Nothing in this package needs a configured Django: the supervisor must run before the settings can name a database.
"""
