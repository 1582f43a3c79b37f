"""The shop as a process that takes commands: a line of JSON in, a line of JSON out."""

from __future__ import annotations

import json
import sys

import django


def main():
    django.setup()
    from . import shop

    for line in sys.stdin:
        name, arguments, options = json.loads(line)
        try:
            answer = {"result": getattr(shop, name)(*arguments, **options)}
        except Exception as error:  # noqa: BLE001
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    sys.exit(0)
