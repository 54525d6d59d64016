"""``python -m flows.web --port PORT [--demo]``: pages and answers of a home, in a process of their own beside the scheduler's.

``entrepot serve`` starts it (``flows.scheduler.beside``); the home and all else are the settings'.
"""

from __future__ import annotations

import argparse
import logging
import sys

from flows.home import serving
from flows.home.house import House
from flows.home.settings import Settings
from flows.web.app import application
from warehouse.schema.errors import EntrepotError

CONNECTIONS = 512
"""Connections at once; the next one is told to come again (503)."""


def main() -> int:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m flows.web")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--demo", action="store_true")
    given = parser.parse_args()
    serving.end_with_serve()
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    import uvicorn

    house = House(Settings(), demo=given.demo)
    try:
        app = application(house, given.port)
    except EntrepotError as error:
        print(error, file=sys.stderr)  # noqa: T201  # the log of this process
        return error.exit_code
    # Addresses hold what was asked, and are nobody's affair: no access log.
    uvicorn.run(app, host=house.settings.web_host, port=given.port, access_log=False, log_level="warning", ws="none",
                limit_concurrency=CONNECTIONS, timeout_graceful_shutdown=3, server_header=False, proxy_headers=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
