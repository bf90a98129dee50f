"""Addresses of recognition's administration, below `/settings/`."""

from django.urls import path

from tickets.routing.recognition.views import facts, model, rules

urlpatterns = [
    path("recognition/", rules.rule_list, name="settings_recognition"),
    path("recognition/new/", rules.rule_form, name="settings_recognition_new"),
    path("recognition/try/", rules.try_out, name="settings_recognition_try"),
    path("recognition/model/", model.model_page, name="settings_recognition_model"),
    path("recognition/model/progress/", model.training, name="settings_recognition_training"),
    path("recognition/model/train/", model.train, name="settings_recognition_train"),
    path("recognition/model/<int:number>/activate/", model.activate, name="settings_recognition_activate"),
    path("recognition/facts/", facts.facts_page, name="settings_recognition_facts"),
    path("recognition/<int:pk>/", rules.rule_form, name="settings_recognition_rule"),
    path("recognition/<int:pk>/switch/", rules.rule_switch, name="settings_recognition_switch"),
    path("recognition/<int:pk>/move/", rules.rule_move, name="settings_recognition_move"),
    path("recognition/<int:pk>/delete/", rules.rule_delete, name="settings_recognition_delete"),
]
