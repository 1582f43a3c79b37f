"""What the newsroom knows of an article."""

from django.db import models


class Story(models.Model):
    """A story, with the metadata that its page view carries."""

    slug = models.SlugField(unique=True)
    headline = models.CharField(max_length=200)
    subject = models.CharField(max_length=100)
    tags = models.JSONField(default=list)
    author = models.CharField(max_length=100)
    written = models.DateField()
    text = models.TextField()

    class Meta:
        ordering = ["-written"]

    def __str__(self):
        return self.headline

    @property
    def length(self):
        """In words."""
        return len(self.text.split())
