"""The newsroom's addresses."""

from articles import views
from django.conf import settings
from django.urls import path
from django.views.static import serve

urlpatterns = [
    # a real site lets its web server do this
    path("static/<path:path>", serve, {"document_root": settings.SHARED_FILES}),
    path("", views.front_page, name="front-page"),
    path("articles/<slug:slug>/", views.article, name="article"),
]
