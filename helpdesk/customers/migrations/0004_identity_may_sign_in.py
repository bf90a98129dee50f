from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_customer_name_start")]

    operations = [
        migrations.AddField(
            model_name="identity",
            name="may_sign_in",
            field=models.BooleanField(default=True, db_default=True),
        ),
    ]
