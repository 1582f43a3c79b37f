from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Story",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(unique=True)),
                ("headline", models.CharField(max_length=200)),
                ("subject", models.CharField(max_length=100)),
                ("tags", models.JSONField(default=list)),
                ("author", models.CharField(max_length=100)),
                ("written", models.DateField()),
                ("text", models.TextField()),
            ],
            options={"ordering": ["-written"]},
        ),
    ]
