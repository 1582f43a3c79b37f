"""Server-side page views and events for WSGI and ASGI apps, in the Snowplow tracker protocol."""

__version__ = "0.1.0"
