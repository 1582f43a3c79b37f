import datetime

from django.db import migrations

STORIES = [
    {
        "slug": "night-trains-return",
        "headline": "Night trains return to the northern line",
        "subject": "transport",
        "tags": ["railway", "north", "climate"],
        "author": "Ada Byron",
        "written": datetime.date(2026, 3, 14),
        "text": (
            "After eleven years the sleeping car leaves the harbour station again. Every seat of the first "
            "week was sold within an hour, and the timetable of the summer adds a second train."
        ),
    },
    {
        "slug": "a-library-without-doors",
        "headline": "A library without doors",
        "subject": "culture",
        "tags": ["libraries", "architecture"],
        "author": "Jorge Funes",
        "written": datetime.date(2026, 2, 2),
        "text": (
            "The new reading room stands open day and night. Nobody has counted the books since, and yet the "
            "shelves have more of them than on the day it opened."
        ),
    },
    {
        "slug": "what-the-river-remembers",
        "headline": "What the river remembers",
        "subject": "nature",
        "tags": ["rivers", "climate"],
        "author": "Ada Byron",
        "written": datetime.date(2025, 11, 20),
        "text": "A flood mark from 1740 is the oldest measurement the town has, and the most useful one.",
    },
]


def add_stories(apps, schema_editor):
    story = apps.get_model("articles", "Story")
    story.objects.bulk_create(story(**values) for values in STORIES)


def remove_stories(apps, schema_editor):
    apps.get_model("articles", "Story").objects.filter(slug__in=[story["slug"] for story in STORIES]).delete()


class Migration(migrations.Migration):
    dependencies = [("articles", "0001_initial")]
    operations = [migrations.RunPython(add_stories, remove_stories)]
