"""The local collector: takes events from any Snowplow tracker and shows them; for laptops and tests.

It speaks the collector's routes and Snowplow Micro's REST API, in one process, over SQLite. It
shares the field table with the encoder and nothing else with the rest of the package.
"""

from .app import create_app
from .iglu import Iglu, load_iglu
from .schema_files import SchemasError
from .server import serve
from .store import Store, StoreError
from .tokens import TokenError
from .tracker_routes import TP2

__all__ = [
    "TP2",
    "Iglu",
    "SchemasError",
    "Store",
    "StoreError",
    "TokenError",
    "create_app",
    "load_iglu",
    "serve",
]
