"""The collector's page: live events, journeys, gaps and what is bad, for people.

Every page is rendered here and reads without JavaScript; the modules in ``static`` make it live. Whatever
it shows of an event has been through ``Showing``.
"""

from .routes import routes
from .stream import Ending

__all__ = ["Ending", "routes"]
