"""The field of a form that takes several files, with our limits."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from channels_app.submissions import file_errors


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """A list of uploaded files, empty when none was chosen."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = data if isinstance(data, list | tuple) else [data]
        files: list[UploadedFile] = [file for file in given if file]
        if errors := file_errors(files):
            raise forms.ValidationError(errors)
        return files
