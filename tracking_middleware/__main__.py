"""``python -m tracking_middleware`` is the command ``tracking-middleware``."""

import sys

from .commands.cli import main

if __name__ == "__main__":
    sys.exit(main())
