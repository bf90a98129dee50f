"""Business calendars: when the company works, in which time zone, and the arithmetic of working time.

`rules.py` and `calc.py` are pure (plain values in, plain values out), `sources.py` asks the holiday libraries, `services.py`
is the only writer, `selectors.py` turns rows into rules and keeps what was compiled.
"""

CALENDARS_MANAGE = "calendars.manage"
