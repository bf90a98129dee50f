"""Static files with their hash in their name, so that browsers may keep them for ever."""

from __future__ import annotations

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class HashedStaticFilesStorage(ManifestStaticFilesStorage):
    """Also rewrites the imports between our JavaScript modules; else one module would be loaded under two names."""

    support_js_module_import_aggregation = True
