"""People, their devices and the lives of their cookies, and when they come."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from .world import DAY, HOUR, MINUTE, World

START = 1_767_225_600.0  # 2026-01-01T00:00:00Z


@dataclass
class Life:
    """The time from one loss of a browser's cookies to the next."""

    domain_userid: str
    network_userid: str | None
    until: float
    sessions: int = 0


@dataclass
class Device:
    """A browser, with the people who use it."""

    clock: float
    lives: list[Life]
    is_shared: bool = False
    busy_until: float = 0.0

    def life(self, moment: float) -> Life:
        return next(life for life in self.lives if moment < life.until)


@dataclass
class Person:
    """Somebody with a user_id, which is seen only where they log in."""

    name: str
    is_blocking: bool
    logs_in: bool
    devices: list[Device] = field(default_factory=list)


@dataclass(frozen=True)
class Visit:
    """A session to be."""

    at: float
    person: Person
    device: Device
    is_logged_in: bool


def new_id(random: Random) -> str:
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def people(world: World, random: Random) -> list[Person]:
    """Everybody; of the devices the stated share belongs to two of them."""
    everybody = [
        Person(
            f"user-{world.seed}-{number}",
            random.random() < world.blocking_persons,
            random.random() < world.login_persons,
        )
        for number in range(world.persons)
    ]
    for number, person in enumerate(everybody):
        person.devices.append(_device(world, random))
        if random.random() < world.second_device:
            person.devices.append(_device(world, random))
        if number and random.random() < world.shared_devices * len(person.devices):
            household = everybody[number - 1]
            shared = random.choice(household.devices)
            shared.is_shared = True
            person.devices[0] = shared
    return everybody


def _device(world: World, random: Random) -> Device:
    lives = []
    moment, end = START, START + (world.days + 400) * DAY
    has_network = random.random() < world.with_network_userid
    network = new_id(random) if has_network else None
    while moment < end:
        moment += random.expovariate(world.cookie_loss_a_month / (30 * DAY))
        lives.append(Life(new_id(random), network, min(moment, end)))
        if has_network and random.random() >= world.network_userid_survives:
            network = new_id(random)
    return Device(random.uniform(-world.clock, world.clock), lives)


def visits(world: World, random: Random, everybody: list[Person]) -> Iterator[Visit]:
    """When people come, 2 to 60 days after they came before; on one device one after the other."""
    plans = []
    for person in everybody:
        moment = START + random.uniform(0, 60) * DAY
        while moment < START + world.days * DAY:
            plans.append((moment, person))
            moment += random.uniform(2, 60) * DAY + random.uniform(-3, 3) * HOUR
    for moment, person in sorted(plans, key=lambda plan: plan[0]):
        device = random.choice(person.devices)
        at = max(moment, device.busy_until + 45 * MINUTE)
        device.busy_until = at + HOUR
        yield Visit(at, person, device, person.logs_in and random.random() < world.login_sessions)
