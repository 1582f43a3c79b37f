"""The newsroom's addresses."""

from articles import views
from django.urls import path

urlpatterns = [
    path("", views.front_page, name="front-page"),
    path("articles/<slug:slug>/", views.article, name="article"),
]
