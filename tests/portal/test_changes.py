"""Who follows /changes misses nothing: whoever writes, at whichever portal, and however often they come back."""

import threading
import unittest

from .changes import Load, Writer
from .client import Client
from .portal import SHARE, Place
from .seed import SEED, say_seed
from .waiting import together
from .world import World

WRITERS = 3  # at each portal
EACH = max(10, 60 * SHARE // 100)


class Follower:
    """A copy of all nodes and their resources, kept by reading again what was changed."""

    def __init__(self, client):
        self.client = client
        self.changes = []
        self.position = client.get("/changes").json["position"]
        self.nodes = {node["id"]: node for node in client.items("/nodes", limit="500")}
        self.known = set(self.nodes)

    def catch_up(self, prefer=None):
        while True:
            answer = self.client.get(f"/changes?since={self.position}&limit=3", **({"prefer": prefer} if prefer else {}))
            for item in answer.json["items"]:
                self.changes.append((item["kind"], item["id"]))
                if item["kind"] == "node":
                    self.read(item["id"])
            self.position = answer.json["position"]
            if not answer.json["more"]:
                return answer

    def read(self, id):
        answer = self.client.ask("GET", f"/nodes/{id}")
        if answer.status == 404:
            self.nodes.pop(id, None)
        else:
            self.nodes[id] = answer.json


class ChangesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Place(on_postgres=True)
        cls.addClassCleanup(cls.place.close)
        cls.a, cls.b = together(lambda: cls.place.start_portal(name="a"), lambda: cls.place.start_portal(name="b"))
        if cls.a.first_admin is None:
            cls.a.first_admin = cls.b.first_admin
        cls.world = World(cls.a)
        cls.admin = cls.world.admin

    def at_b(self, client):
        return Client(self.b.address, client.token)

    def test_followers_of_writers_at_two_portals_have_what_is_there(self):
        say_seed()
        followers = [Follower(self.admin.another()), Follower(self.at_b(self.admin))]
        writers = []
        for number in range(2 * WRITERS):
            resource = self.world.resource(self.world.organisation())["id"]
            client = self.admin.another() if number % 2 else self.at_b(self.admin)
            writers.append(Writer(self.world, client, resource, SEED + number))
        load = Load(writers)
        while load.answered < EACH * len(writers) and not load.is_over:
            together(*[follower.catch_up for follower in followers])
        load.stop()
        for follower in followers:
            follower.catch_up()
        there = {node["id"]: node for node in self.admin.items("/nodes", limit="500")}
        for follower in followers:
            self.assertEqual(follower.nodes, there)
        edits = [entry["object"] for entry in self.admin.items("/audit", limit="500")]
        for follower in followers:
            expected = [edit["id"] for edit in edits if edit["kind"] == "node" and edit["id"] not in follower.known]
            heard = [id for kind, id in follower.changes if kind == "node"]
            self.assertEqual(sorted(heard), sorted(expected), "each edit once")

    def test_a_change_at_one_ends_the_waiting_at_the_other(self):
        organisation = self.world.organisation()
        resource = self.world.resource(organisation)
        member = self.at_b(self.world.with_token(self.world.user({organisation["id"]: "viewer"}), ["read"]))
        for client in (self.at_b(self.admin), member):
            follower, told = Follower(client), []
            thread = threading.Thread(target=lambda: told.append(follower.catch_up("wait=60")))
            thread.start()
            client.another().get("/session")  # B is answering by now
            node = self.world.node(resource)
            thread.join()
            self.assertIn(node["id"], follower.nodes)
            self.assertEqual(told[0].status, 200)
