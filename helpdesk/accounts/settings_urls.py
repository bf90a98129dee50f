"""Addresses of the administration pages about people, teams, keys and the audit log."""

from django.urls import path

from helpdesk.accounts.views import (
    audit,
    settings_calendars,
    settings_home,
    settings_keys,
    settings_staff,
    settings_teams,
)

urlpatterns = [
    path("", settings_home.settings_home, name="settings_home"),
    path("staff/", settings_staff.staff_list, name="settings_staff"),
    path("staff/new/", settings_staff.staff_create, name="settings_staff_new"),
    path("staff/<int:staff_id>/", settings_staff.staff_edit, name="settings_staff_edit"),
    path("staff/<int:staff_id>/deactivate/", settings_staff.staff_deactivate, name="settings_staff_deactivate"),
    path("staff/<int:staff_id>/reactivate/", settings_staff.staff_reactivate, name="settings_staff_reactivate"),
    path("staff/<int:staff_id>/sessions/", settings_staff.staff_end_sessions, name="settings_staff_sessions"),
    path("staff/<int:staff_id>/password/", settings_staff.staff_reset_password, name="settings_staff_password"),
    path("staff/<int:staff_id>/link/", settings_staff.staff_send_link, name="settings_staff_link"),
    path("roles/", settings_staff.roles, name="settings_roles"),
    path("teams/", settings_teams.team_list, name="settings_teams"),
    path("teams/new/", settings_teams.team_create, name="settings_team_new"),
    path("teams/<int:team_id>/", settings_teams.team_edit, name="settings_team_edit"),
    path("teams/<int:team_id>/deactivate/", settings_teams.team_deactivate, name="settings_team_deactivate"),
    path("teams/<int:team_id>/reactivate/", settings_teams.team_reactivate, name="settings_team_reactivate"),
    path("teams/<int:team_id>/default/", settings_teams.team_make_default, name="settings_team_default"),
    path("teams/<int:team_id>/move/", settings_teams.team_move, name="settings_team_move"),
    path("calendars/", settings_calendars.calendar_list, name="settings_calendars"),
    path("calendars/new/", settings_calendars.calendar_create, name="settings_calendar_new"),
    path("calendars/<int:pk>/", settings_calendars.calendar_edit, name="settings_calendar_edit"),
    path("calendars/<int:pk>/days/", settings_calendars.calendar_days, name="settings_calendar_days"),
    path("calendars/<int:pk>/days/reset/", settings_calendars.calendar_reset_day, name="settings_calendar_reset"),
    path("calendars/<int:pk>/days/fill/", settings_calendars.calendar_fill, name="settings_calendar_fill"),
    path("calendars/<int:pk>/default/", settings_calendars.calendar_default, name="settings_calendar_default"),
    path("calendars/<int:pk>/delete/", settings_calendars.calendar_delete, name="settings_calendar_delete"),
    path("keys/", settings_keys.key_list, name="settings_keys"),
    path("keys/new/", settings_keys.key_create, name="settings_key_new"),
    path("keys/<int:key_id>/revoke/", settings_keys.key_revoke, name="settings_key_revoke"),
    path("audit/", audit.audit_log, name="settings_audit"),
]
