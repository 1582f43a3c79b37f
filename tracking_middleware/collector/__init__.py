"""The local collector: takes events from any Snowplow tracker and shows them; for laptops and tests.

It speaks the collector's routes and Snowplow Micro's REST API, in one process, over SQLite. It
shares the field table with the encoder and nothing else with the rest of the package.
"""

from .app import create_app
from .certificates import CertificateError, Https
from .dashboard import serve_dashboard
from .http.tokens import TokenError
from .insights.robots import RobotsError, read_robots
from .intake.cookies import Cookie, CookieError, DoNotTrack
from .intake.options import TrackerOptions
from .intake.tracker_routes import TP2
from .schemas.folders import SchemasError
from .schemas.iglu import Iglu, load_iglu
from .server import serve
from .store.store import Store, StoreError

__all__ = [
    "TP2",
    "CertificateError",
    "Cookie",
    "CookieError",
    "DoNotTrack",
    "Https",
    "Iglu",
    "RobotsError",
    "SchemasError",
    "Store",
    "StoreError",
    "TokenError",
    "TrackerOptions",
    "create_app",
    "load_iglu",
    "read_robots",
    "serve",
    "serve_dashboard",
]
