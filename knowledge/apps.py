"""Articles, search, guides, bot and training: one source of answers for customers, bot and agents."""

from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "knowledge"
    label = "knowledge"
