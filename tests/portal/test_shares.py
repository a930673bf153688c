"""What one client may take of a portal: connections, memory, turns; and that nobody else notices."""

import http.client
import json
import socket
import ssl
import unittest

from tests.support.private_authority import PrivateAuthority

from .crowd import connect, post_head, read_answer, send
from .portal import SHARE, Place
from .waiting import eventually
from .world import World

HOSTILE, FRIENDLY = "127.0.0.9", "127.0.0.8"  # addresses of loopback
LARGE = 4 << 20
FLOODS = 24


class SharesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Place()
        cls.addClassCleanup(cls.place.close)
        cls.portal = cls.place.start_portal(
            limits=f'unlimited_clients = ["127.0.0.1"]\nconnections_per_client = {FLOODS + 6}\n')
        cls.world = World(cls.portal)
        cls.admin = cls.world.admin

    def connect(self, source):
        connection = connect(self.portal, source)
        self.addCleanup(connection.close)
        return connection

    def answer(self, connection):
        status, body = read_answer(connection)
        return status, json.loads(body or b"null")

    def ask(self, source, path="/sign-in-methods"):
        connection = self.connect(source)
        connection.sendall(f"GET /api/v1{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        return self.answer(connection)[0]

    def assert_others_are_served(self):
        self.assertEqual(self.ask(FRIENDLY), 200)
        organisation = self.world.organisation()
        self.world.node(self.world.resource(organisation), notes="x" * 1000)

    def all_gone(self):
        eventually(lambda: self.portal.metric("larder_portal_held_bytes") == 0, "nothing is held any more")

    def test_a_client_has_its_share_of_the_connections_and_others_have_theirs(self):
        before = self.portal.metric('larder_portal_client_limits_total{limit="connections"}')
        held = [self.connect(HOSTILE) for _ in range(FLOODS + 6)]
        for connection in held:  # so that each is there before the next
            connection.sendall(b"GET /api/v1/sign-in-methods HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertEqual(self.answer(connection)[0], 200)
        status, problem = self.answer(self.connect(HOSTILE))
        self.assertEqual(status, 503)
        self.assertIn("your address has as many connections", problem["detail"])
        self.assertEqual(self.portal.metric('larder_portal_client_limits_total{limit="connections"}'), before + 1)
        self.assert_others_are_served()
        held.pop().close()
        eventually(lambda: self.ask(HOSTILE) == 200, "one that has gone makes room for another")

    def test_bodies_that_are_announced_and_do_not_come_lock_nobody_out(self):
        for source in ("127.0.0.10", "127.0.0.11", "127.0.0.12"):
            for _ in range(FLOODS):
                self.connect(source).sendall(post_head("/organisations", LARGE, self.admin.token) + b"{")
        answer = self.admin.ask("POST", "/organisations", {"name": "x", "kind": "isp", "notes": "x" * (LARGE - 1000)})
        self.assertEqual(answer.status, 422, "it was taken in and looked at")
        self.assert_others_are_served()

    def test_a_stranger_may_send_what_signing_in_needs_and_no_more(self):
        connection = self.connect(FRIENDLY)
        connection.sendall(post_head("/session", 1 << 20))
        status, problem = self.answer(connection)
        self.assertEqual((status, problem["type"]), (413, "urn:larder:problem:too-large"))
        self.assertIn("signed in", problem["detail"])
        connection = self.connect(FRIENDLY)
        connection.sendall(post_head("/session", 1 << 20, "ldr_wrong"))
        self.assertEqual(self.answer(connection)[0], 401)

    def test_a_flood_of_mistakes_costs_little_and_its_memory_goes_back(self):
        members = ",".join(f'"m{i}":1' for i in range(300_000))
        values = ",".join(["1.1.1.256/33"] * 300_000)
        bodies = [f"{{{members}}}".encode(), f'{{"cidr_blocks":"{values}"}}'.encode()]
        organisation = self.world.organisation()
        check = f"/organisations/{organisation['id']}/ip-space/check"
        before = self.portal.memory()
        floods = []
        for i in range(FLOODS * SHARE // 100 + 1):
            body = bodies[i % 2]
            connection = self.connect("127.0.0.1")
            connection.sendall(post_head(check, len(body), self.admin.token))
            self._send(connection, body)
            floods.append(connection)
        self.assert_others_are_served()
        for connection in floods:
            try:
                status, problem = self.answer(connection)
            except OSError:  # it was refused in the middle of its body
                continue
            self.assertIn(status, (413, 422, 503))
            self.assertLessEqual(len(problem.get("errors", [])), 100)
            connection.close()
        self.all_gone()
        eventually(lambda: self.portal.memory() < before + (48 << 20), "what the flood took has gone back")

    def _send(self, connection, body):
        """As far as the portal wants it."""
        try:
            connection.sendall(body)
        except OSError:
            pass

    def test_a_client_that_takes_no_answers_keeps_nobody_waiting(self):
        organisation = self.world.organisation()
        for _ in range(3):
            blocks = [f"{100 + i // 4096}.{i // 16 % 256}.{i % 16 * 16}.0/28" for i in range(2000)]
            self.world.node(self.world.resource(organisation), cidr_blocks=blocks, share_blocks=True)
        for _ in range(FLOODS):
            connection = self.connect("127.0.0.13")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall((f"GET /api/v1/audit/export HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "
                                f"{self.admin.token}\r\n\r\n").encode())
        self.assert_others_are_served()
        self.assertLess(self.portal.metric("larder_portal_held_bytes"), FLOODS << 20)


class Crowded(unittest.TestCase):
    """Strangers from many addresses, each with all the connections that it may have."""

    EACH = 8
    LIMITS = (f"unlimited_clients = []\nconnections = 64\nconnections_per_client = {EACH}\n"
              f"requests_per_client = {EACH}\n")

    def setUp(self):
        self.place = Place()
        self.addCleanup(self.place.close)

    def open(self, source, address=None):
        connection = connect(self.portal, source, address)
        self.addCleanup(connection.close)
        return connection

    @staticmethod
    def status(connection, fields=""):
        """Of the answer; None if the connection ended before."""
        try:
            connection.sendall(f"GET /api/v1/sign-in-methods HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode())
            return read_answer(connection)[0]
        except (ConnectionError, http.client.HTTPException):
            return None

    def crowd(self, request, source, address=None):
        for _ in range(self.EACH):
            connection = self.open(source, address)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            send(connection, request)

    def assert_serves(self, browser, fields=""):
        self.assertEqual([self.status(connection, fields) for connection in browser], [200, 200])
        self.assertEqual([self.status(connection, fields) for connection in browser], [200, 200], "and stays")


class CrowdTest(Crowded):
    """They are idle."""

    def setUp(self):
        super().setUp()
        self.portal = self.place.start_portal(limits=self.LIMITS)

    def assert_locks_nobody_out(self, request, newcomer="127.0.0.30"):
        for i in range(12):
            self.crowd(request, f"127.0.1.{i + 1}")
        self.assert_serves([self.open(newcomer) for _ in range(2)])

    def test_however_many_addresses_take_all_they_may_have_a_newcomer_is_served(self):
        self.assert_locks_nobody_out(b"")

    def test_heads_and_bodies_that_do_not_end_and_answers_that_are_not_taken_lock_nobody_out(self):
        self.assert_locks_nobody_out(b"GET / HTTP/1.1\r\n", "127.0.0.30")
        self.assert_locks_nobody_out(post_head("/session", 1000) + b"{", "127.0.0.31")
        self.assert_locks_nobody_out(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 20, "127.0.0.32")

    def test_connections_that_were_refused_and_stay_lock_nobody_out(self):
        self.assert_locks_nobody_out(b"BAD\r\n\r\n")


class TlsCrowdTest(Crowded):
    """They begin TLS, or not even that."""

    def setUp(self):
        super().setUp()
        authority = PrivateAuthority(self.place.folder)
        certificate, key = authority.sign("portal")
        self.portal = self.place.start_portal(f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n',
                                              limits=self.LIMITS, listen='https = ["127.0.0.1:0"]')
        self.trust = ssl.create_default_context(cafile=authority.certificate)

    def begin_tls(self, source):
        secured = self.trust.wrap_socket(self.open(source, self.portal.https_address), server_hostname="127.0.0.1")
        self.addCleanup(secured.close)
        return secured

    def test_handshakes_that_do_not_go_on_lock_nobody_out_and_push_nobody_aside(self):
        staying = [self.begin_tls("127.0.0.29") for _ in range(2)]
        self.assert_serves(staying)
        half_a_hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
        for i in range(12):
            self.crowd(half_a_hello if i % 2 else b"", f"127.0.1.{i + 1}", self.portal.https_address)
        self.assert_serves([self.begin_tls("127.0.0.30") for _ in range(2)])
        self.assert_serves(staying)


class ProxyCrowdTest(Crowded):
    """All of them, and everybody else, come through one proxy."""

    PROXY = "127.0.0.1"

    def setUp(self):
        super().setUp()
        self.portal = self.place.start_portal(f'[proxy]\ntrusted = ["{self.PROXY}"]\n', limits=self.LIMITS)

    def assert_locks_nobody_out(self, strangers):
        for stranger in strangers:
            body = f"Content-Type: application/json\r\nContent-Length: 1000\r\nX-Forwarded-For: {stranger}\r\n\r\n{{"
            self.crowd(f"POST /api/v1/session HTTP/1.1\r\nHost: a\r\n{body}".encode(), self.PROXY)
        self.assert_serves([self.open(self.PROXY) for _ in range(2)], "X-Forwarded-For: 198.51.100.7\r\n")

    def test_however_many_addresses_send_bodies_that_do_not_end_a_newcomer_is_served(self):
        self.assert_locks_nobody_out(f"203.0.113.{i + 1}" for i in range(12))

    def test_however_many_networks_one_site_has_a_newcomer_is_served(self):
        self.assert_locks_nobody_out(f"2001:db8:7:{i:x}::1" for i in range(12))


if __name__ == "__main__":
    unittest.main()
