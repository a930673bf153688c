"""World: organisations, people, resources and nodes for a test, each made through the API."""

import itertools
import unittest

from .client import Client
from .portal import Place

SCOPES = ["read", "keys", "write", "manage"]
PASSWORD = "correct horse battery staple"
DRIVES = [{"path": "/var/lib/larder/one", "size_gib": 500}]


class World:
    def __init__(self, portal):
        self.portal = portal
        self._numbers = itertools.count(1)
        email, password = portal.first_admin
        self.admin_session = Client(portal.address)
        self.admin_session.sign_in(email, password)
        self.admin = self.with_token(self.admin_session, SCOPES + ["admin"])

    def number(self):
        return next(self._numbers)

    def with_token(self, client, scopes):
        """The same user with an API token, which has some scopes."""
        made = client.post("/account/tokens", {"name": f"token {self.number()}", "scopes": scopes}).json
        return Client(client.address, made["token"])

    def organisation(self, kind="isp", **fields):
        name = f"{kind} {self.number()}"
        return self.admin.post("/organisations", {"name": name, "kind": kind, **fields}).json

    def user(self, roles=None, admin=False):
        """A new user, signed in; `roles`: by organisation id. The client has `id` and `email`."""
        email = f"user-{self.number()}@example.net"
        made = self.admin.post("/users", {"email": email, "name": "Somebody", "admin": admin, "password": PASSWORD})
        client = Client(self.portal.address)
        client.id, client.email = made.json["user"]["id"], email
        for organisation, role in (roles or {}).items():
            self.admin.put(f"/organisations/{organisation}/members/{client.id}", {"role": role})
        client.sign_in(email, PASSWORD)
        return client

    def operator(self, organisation):
        return self.with_token(self.user({organisation["id"]: "operator"}), SCOPES)

    def resource(self, organisation, **fields):
        body = {"name": f"resource {self.number()}", **fields}
        return self.admin.post(f"/organisations/{organisation['id']}/resources", body).json

    def address(self):
        """An IPv4 address that nobody else of this world has, and that the internet routes."""
        number = self.number()
        return f"62.{10 + number // 60000}.{number // 250 % 240 + 1}.{number % 250 + 1}"

    def block(self, length=24):
        """An IPv4 prefix that nobody else of this world has."""
        number = self.number()
        assert 16 <= length <= 24 and number < 150 * 250
        first, second = 77 + number // 250, number % 250
        return f"{first}.{second}.0.0/{length}"

    def node_body(self, **fields):
        return {"name": f"node-{self.number()}", "ipv4_address": self.address(), "cidr_blocks": [self.block()],
                "max_egress_mbps": 10000, "drives": DRIVES, **fields}

    def node(self, resource, by=None, **fields):
        return (by or self.admin).post(f"/resources/{resource['id']}/nodes", self.node_body(**fields)).json


class WorldTest(unittest.TestCase):
    """Tests that share one portal; each test makes organisations of its own."""

    maxDiff = None

    @classmethod
    def configuration(cls):
        """What the portal is configured with, beside what all are; `cls.place` is there."""
        return ""

    @classmethod
    def setUpClass(cls):
        cls.place = Place()
        cls.addClassCleanup(cls.place.close)
        cls.portal = cls.place.start_portal(cls.configuration())
        cls.world = World(cls.portal)
        cls.admin = cls.world.admin
