"""Addresses of routing's administration, below `/settings/`."""

from django.urls import path

from tickets.routing.views import settings_grades, settings_people, settings_queues, settings_rosters, settings_skills

urlpatterns = [
    path("routing/", settings_queues.queue_list, name="settings_routing"),
    path("routing/queues/<int:team_id>/", settings_queues.queue_edit, name="settings_routing_queue"),
    path("routing/skills/", settings_skills.skill_list, name="settings_routing_skills"),
    path("routing/skills/new/", settings_skills.skill_form, name="settings_routing_skill_new"),
    path("routing/skills/<int:pk>/", settings_skills.skill_form, name="settings_routing_skill"),
    path("routing/skills/<int:pk>/delete/", settings_skills.skill_delete, name="settings_routing_skill_delete"),
    path("routing/needs/new/", settings_skills.need_form, name="settings_routing_need_new"),
    path("routing/needs/<int:need_id>/", settings_skills.need_form, name="settings_routing_need"),
    path("routing/needs/<int:need_id>/delete/", settings_skills.need_delete, name="settings_routing_need_delete"),
    path("routing/people/", settings_skills.matrix, name="settings_routing_people"),
    path("routing/people/<int:staff_id>/", settings_people.person_edit, name="settings_routing_person"),
    path("routing/capacities/", settings_people.capacities, name="settings_routing_capacities"),
    path("routing/shifts/", settings_rosters.roster, name="settings_routing_shifts"),
    path("routing/shifts/<int:staff_id>/", settings_rosters.roster_edit, name="settings_routing_roster"),
    path(
        "routing/shifts/<int:staff_id>/delete/", settings_rosters.roster_day_delete, name="settings_routing_day_delete"
    ),
    path("routing/owners/", settings_people.owners, name="settings_routing_owners"),
    path(
        "routing/owners/<int:customer_id>/delete/", settings_people.owner_delete, name="settings_routing_owner_delete"
    ),
    path("routing/grades/", settings_grades.grade_rule, name="settings_routing_grades"),
    path("routing/try/", settings_queues.try_ticket, name="settings_routing_try"),
]
