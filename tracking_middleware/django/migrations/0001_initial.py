"""The table of the database outbox."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Makes the table."""

    initial = True

    dependencies = ()

    operations = (
        migrations.CreateModel(
            name="OutboxEvent",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                ("payload", models.BinaryField()),
                ("is_anonymous", models.BooleanField()),
                ("lease", models.BigIntegerField(null=True)),
                ("until", models.FloatField(default=0.0)),
                ("attempt", models.IntegerField(default=0)),
                ("reason", models.TextField(default="")),
                ("died", models.FloatField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["number"],
                        condition=models.Q(died__isnull=True),
                        name="tracking_events_waiting",
                    ),
                    models.Index(
                        fields=["lease"],
                        condition=models.Q(lease__isnull=False),
                        name="tracking_events_leased",
                    ),
                ],
            },
        ),
    )
