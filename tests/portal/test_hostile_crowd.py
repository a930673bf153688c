"""Hostile clients of every kind at once, beside one operator who works as on any other day."""

import collections
import json
import unittest

from .client import Client
from .crowd import Crowd, post, post_head
from .portal import SHARE, Place
from .waiting import eventually
from .world import PASSWORD, World

SOURCES = [f"127.0.0.{i}" for i in range(2, 9)]  # the operator is 127.0.0.1


def from_each(count, least=None):
    """`count` from each source; with `least`: a part of it where tests have a share of their work."""
    return len(SOURCES) * (count if least is None else max(least, count * SHARE // 100))


UNFINISHED, IDLE, WAITING = from_each(12), from_each(10), from_each(10)
GUESSES = from_each(16, least=8)  # 16: as many as the queue for passwords takes
CODES, FLOODS = from_each(10, least=4), from_each(6, least=4)
MISTAKES = 40_000  # in the body of a flood
LARGE = 4 << 20  # as large as a body may be: what is announced is more than the portal would hold of all clients
BLOCKS = 4000  # of a node: its body is large enough to count as memory
ROUNDS = 2
PASSES = 3  # a password takes tens of milliseconds
BACK = 48 << 20  # how near to what it was memory comes, in bytes

LIMITS = "unlimited_clients = []\n"  # else this machine is one
SIGN_IN = "attempts = 1000\n"  # nobody is turned away before their password is looked at

UNKNOWN_CODE = b"grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=larder-cli&device_code=unknown"
# None: cut off in the middle of its body.
MAY_BE = {"flood": {200, 413, 422, 503, None}, "code": {400, 429}, "guess": {401, 503}}


def flood_of_mistakes():
    return json.dumps({"cidr_blocks": ",".join(["1.1.1.256/33"] * MISTAKES)}).encode()


def flood_of_members():
    return json.dumps({f"m{i}": 1 for i in range(MISTAKES)}).encode()


class HostileCrowd:
    """Those who stay: bodies that do not come, connections that ask nothing, waits for a change. And those who come
    again whenever they are answered: floods of mistakes, unknown device codes, wrong passwords. Some are strangers,
    some have a customer's token."""

    def __init__(self, portal, world):
        self.portal = portal
        self.statuses = {kind: collections.Counter() for kind in MAY_BE}
        organisation = world.organisation()
        self._node = world.node(world.resource(organisation))
        self._customer = world.operator(organisation)
        check = f"/organisations/{organisation['id']}/ip-space/check"
        self._guess = post("/session", b'{"email": "nobody@example.net", "password": "a wrong one"}')
        self._code = post("/token", UNKNOWN_CODE).replace(b"application/json", b"application/x-www-form-urlencoded")
        self._floods = [post(check, body, self._customer.token) for body in (flood_of_mistakes(), flood_of_members())]
        self._coming = {kind: self._crowd() for kind in MAY_BE}
        self._staying = self._crowd()

    def settle(self):
        """Those who stay are there."""
        self._staying.send(post_head("/organisations", LARGE, self._customer.token) + b"{", UNFINISHED)
        self._staying.send(post_head("/session", 1000) + b"{", UNFINISHED)
        self._staying.send(b"", IDLE)
        path = f"/nodes/{self._node['id']}"
        etag = self._customer.get(path).etag
        self._staying.send(f"GET /api/v1{path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {self._customer.token}\r\n"
                           f"If-None-Match: {etag}\r\nPrefer: wait=60\r\n\r\n".encode(), WAITING)
        eventually(lambda: self.portal.metric("larder_portal_waiting_requests") == WAITING, "all of them wait")

    def come(self):
        """Whoever was answered comes again: there are as many as ever."""
        for kind, crowd in self._coming.items():
            self.statuses[kind].update(crowd.take_answers())
        guesses, codes, floods = (self._coming[kind] for kind in ("guess", "code", "flood"))
        guesses.send(self._guess, GUESSES - len(guesses.sockets))
        codes.send(self._code, CODES - len(codes.sockets))
        floods.send_at_once(self._floods, FLOODS - len(floods.sockets))

    def unanswered(self, *kinds):
        return sum(len(self._coming[kind].sockets) - self._coming[kind].answered() for kind in kinds)

    def leave(self):
        for crowd in (self._staying, *self._coming.values()):
            crowd.close()

    def _crowd(self):
        return Crowd(self.portal, SOURCES)


class HostileCrowdTest(unittest.TestCase):
    def setUp(self):
        self.place = Place()
        self.addCleanup(self.place.close)
        self.portal = self.place.start_portal(SIGN_IN, limits=LIMITS, passes=PASSES)
        self.world = World(self.portal)
        organisation = self.world.organisation()
        self.nodes = f"/resources/{self.world.resource(organisation)['id']}/nodes"
        self.email = self.world.user({organisation["id"]: "operator"}).email
        self.operator = Client(self.portal.address)
        self.hostile = HostileCrowd(self.portal, self.world)
        self.addCleanup(self.hostile.leave)
        self.before = self.after = 0  # hostile requests that wait, when the operator asks and when the answer is there

    def test_hostile_clients_of_every_kind_at_once_keep_no_operator_from_working(self):
        memory = self.portal.memory()
        self.hostile.settle()
        self.sign_in()
        for _ in range(ROUNDS):
            self.work()
        # Not of one request: what is answered between the count and the request is the machine's business.
        self.assertGreater(self.after, self.before // 2, "the operator's requests waited for hostile ones")
        self.create_a_node_of_many_blocks()
        self.hostile.leave()
        self.assert_nothing_is_left(memory)
        for kind, may_be in MAY_BE.items():
            self.assertLessEqual(set(self.hostile.statuses[kind]), may_be, kind)

    def sign_in(self):
        """At most one of each hostile source's passwords comes before the operator's."""
        self.hostile.come()
        before = self.hostile.unanswered("guess")
        self.operator.sign_in(self.email, PASSWORD)
        self.assertGreater(self.hostile.unanswered("guess"), before // 2, "it waited for passwords of others")

    def work(self):
        self.beside(lambda: self.operator.get("/nodes", 200))
        made = self.beside(lambda: self.operator.post(self.nodes, self.world.node_body(), 201))
        path = f"/nodes/{made.json['id']}"
        changed = self.beside(lambda: self.operator.patch(path, {"notes": "new switch"}, 200, if_match=made.etag))
        self.assertEqual(changed.json["notes"], "new switch")
        page = self.beside(lambda: self.operator.get("/audit", 200, query={"sort": "-at", "limit": 10}))
        self.assertIn("node.edit", [entry["action"] for entry in page.json["items"]])
        self.beside(lambda: self.operator.delete(path, {"name": made.json["name"]}, 200, if_match=changed.etag))

    def beside(self, ask):
        """What the operator asks for without a password, while hostile requests wait for workers and for passwords."""
        self.hostile.come()
        self.before += self.hostile.unanswered("flood", "code")
        answer = ask()
        self.after += self.hostile.unanswered("flood", "code")
        self.assertGreater(self.hostile.unanswered("guess"), 0, "it waited for passwords of others")
        return answer

    def create_a_node_of_many_blocks(self):
        self.hostile.come()
        blocks = [f"100.{i // 4096}.{i // 16 % 256}.{i % 16 * 16}/28" for i in range(BLOCKS)]
        self.operator.post(self.nodes, self.world.node_body(cidr_blocks=blocks), 201)

    def assert_nothing_is_left(self, memory):
        for name in ("held_bytes", "worker_queue", "password_queue", "provider_queue", "waiting_requests"):
            eventually(lambda: self.portal.metric(f"larder_portal_{name}") == 0, f"{name} is 0 again")
        if SHARE == 100:  # sanitizers keep what is freed
            eventually(lambda: self.portal.memory() < memory + BACK, "memory is what it was")


if __name__ == "__main__":
    unittest.main()
