"""What every template needs to load the JavaScript tracker."""

from django.conf import settings


def browser_tracker(request):
    return {"collector_url": settings.COLLECTOR_URL, "snowplow_js_url": settings.SNOWPLOW_JS_URL}
