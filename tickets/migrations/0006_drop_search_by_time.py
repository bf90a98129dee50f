"""The range index went: new rows fill gaps of old pages, so it soon matched everything; the ordered index serves."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tickets", "0005_choices_in_chinese")]

    operations = [migrations.RemoveIndex(model_name="searchentry", name="search_by_time")]
