"""What the shop keeps: orders."""

from django.db import models


class Order(models.Model):
    title = models.TextField()

    class Meta:
        app_label = "databases"
