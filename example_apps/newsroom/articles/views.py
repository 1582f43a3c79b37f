"""The newsroom's pages. What an article is about goes onto its page view, not into its HTML."""

from django.shortcuts import get_object_or_404, render

from articles.models import Story
from tracking_middleware import Article, current_page


def front_page(request):
    current_page().title = "The Newsroom"
    return render(request, "articles/front_page.html", {"stories": Story.objects.all()})


def article(request, slug):
    story = get_object_or_404(Story, slug=slug)
    page = current_page()
    page.title = story.headline
    page.attach(
        Article(
            id=story.slug,
            subject=story.subject,
            tags=story.tags,
            author=story.author,
            length=story.length,
            written=story.written,
        )
    )
    return render(request, "articles/article.html", {"story": story})
