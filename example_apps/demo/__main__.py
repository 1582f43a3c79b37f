"""Run the demo: ``python -m example_apps.demo`` stays up until Ctrl-C, with ``--once`` it ends."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import time

import httpx

from . import report
from .journey import journey_of
from .processes import EXAMPLES, DemoError, Processes
from .visitors import VISITS, Visit, Visitor

ARRIVAL_TIMEOUT = 20


def main() -> int:
    """0 if every event arrived, stitched."""
    parser = argparse.ArgumentParser(prog="python -m example_apps.demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end when all events have arrived")
    parser.add_argument(
        "--collector", metavar="URL", help="one that runs already, with --schemas example_apps/schemas"
    )
    arguments = parser.parse_args()
    # a SIGTERM ends the demo as Ctrl-C does, so that no process is left behind
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Processes() as processes:
            collector = arguments.collector or processes.start_collector()
            sites = start_sites(processes, collector)
            visitors = {visit.site: Visitor() for visit in VISITS}
            show(make_visits(collector, sites, processes, visitors))
            print("\nWhat the journeys say of the shop's visitor:\n")
            print(journey_of(visitors["shop"].domain_userid, collector, processes.folder), flush=True)
            if not arguments.once:
                show_addresses({**sites, "collector": collector})
                print("Ctrl-C ends it.", flush=True)
                signal.pause()
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def start_sites(processes: Processes, collector: str) -> dict[str, str]:
    """The address of each site."""
    environment = sites_environment(processes, collector)
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    processes.run("migrate", migrate, cwd=EXAMPLES / "newsroom", environment=environment)
    return {visit.site: processes.start_site(visit.site, environment) for visit in VISITS}


def sites_environment(processes: Processes, collector: str) -> dict[str, str]:
    """What the sites are told."""
    return {
        "COLLECTOR_URL": collector,
        "NEWSROOM_DATABASE": str(processes.folder / "newsroom.sqlite3"),
        "SHOP_DATABASE": str(processes.folder / "shop.sqlite3"),
        "PYTHONPATH": os.pathsep.join([str(EXAMPLES.parent), os.environ.get("PYTHONPATH", "")]).rstrip(
            os.pathsep
        ),
    }


def make_visits(
    collector: str, sites: dict[str, str], processes: Processes, visitors: dict[str, Visitor]
) -> list[dict]:
    """Visit each site, and wait for the events; raises DemoError with what is missing."""
    for visit in VISITS:
        try:
            pages = visitors[visit.site].make(visit, sites[visit.site], collector)
        except httpx.HTTPError as error:
            raise DemoError(f"{visit.site} failed: {error}\n{processes.log_of(visit.site)}") from error
        leaked = [secret for secret in visit.secrets for page in pages if secret in page]
        if leaked:
            raise DemoError(f"{visit.site} shows what it must not: {leaked}")
        run_commands(visit, collector, processes)
    return wait_for_events(collector, visitors, processes)


def run_commands(visit: Visit, collector: str, processes: Processes) -> None:
    """What happens behind the site."""
    for command in visit.commands:
        processes.run(
            f"{visit.site} command",
            [sys.executable, "-m", *shlex.split(command)],
            cwd=EXAMPLES / visit.site,
            environment=sites_environment(processes, collector),
        )


def wait_for_events(collector: str, visitors: dict[str, Visitor], processes: Processes) -> list[dict]:
    """Ask the collector until all is there."""
    deadline = time.monotonic() + ARRIVAL_TIMEOUT
    while True:
        events = good_events(collector)
        arrived = {visit: report.events_about(events, visitors[visit.site]) for visit in VISITS}
        problems = [
            problem
            for visit, about in arrived.items()
            for problem in report.missing(visit, visitors[visit.site], about)
        ]
        if not problems:
            return [event for about in arrived.values() for event in about]
        if time.monotonic() > deadline:
            raise DemoError("\n".join([*problems, *logs_of_incomplete(arrived, processes)]))
        time.sleep(0.1)


def logs_of_incomplete(arrived: dict[Visit, list[dict]], processes: Processes) -> list[str]:
    """What the sites with missing events had to say."""
    return [
        f"--- {visit.site} ---\n{processes.log_of(visit.site)}"
        for visit, about in arrived.items()
        if len(about) < len(visit.expected)
    ]


def good_events(collector: str) -> list[dict]:
    """All events in the collector, newest first; none while it does not answer."""
    try:
        return httpx.get(f"{collector}/micro/good", timeout=10).raise_for_status().json()
    except httpx.HTTPError:
        return []


def show(arrived: list[dict]) -> None:
    """The table."""
    print(report.table(arrived))
    page_views = sum(event["event"]["event_name"] == "page_view" for event in arrived)
    print(
        f"\n{page_views} page views and {len(arrived) - page_views} other events arrived in the collector.",
        flush=True,
    )


def show_addresses(addresses: dict[str, str]) -> None:
    """Where to look on, while it is all up."""
    print("To look on:")
    for name, address in addresses.items():
        print(f"  {name:<10} {address}/", flush=True)


if __name__ == "__main__":
    sys.exit(main())
