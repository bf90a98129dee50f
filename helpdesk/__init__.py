"""The helpdesk project: settings, wiring and the rooms that every other room stands on."""
