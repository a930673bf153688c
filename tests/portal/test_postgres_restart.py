"""PostgreSQL restarts under load: requests fail with 503 and resume; nothing that was answered is lost."""

import random
import unittest

from .changes import Load, Writer, check_invariants
from .portal import SHARE, Place
from .seed import SEED, say_seed
from .waiting import eventually
from .world import World

ROUNDS = max(2, 6 * SHARE // 100)
WRITERS = 4


class PostgresRestartTest(unittest.TestCase):
    def setUp(self):
        self.place = Place(on_postgres=True, own_server=True)
        self.addCleanup(self.place.close)
        self.portal = self.place.start_portal()
        self.world = World(self.portal)
        self.random = random.Random(SEED)
        say_seed()

    def test_requests_fail_with_503_and_resume_and_nothing_answered_is_lost(self):
        organisation = self.world.organisation()
        operator = self.world.operator(organisation)
        resources = [self.world.resource(organisation)["id"] for _ in range(WRITERS)]
        writers = [Writer(self.world, operator.another(), resource, self.random.random()) for resource in resources]
        for _ in range(ROUNDS):
            load = Load(writers)
            enough = load.answered + self.random.randrange(5, 40)
            eventually(lambda: load.answered >= enough or load.is_over, "changes are answered")
            self.place.postgres.restart(self.random.choice(["fast", "immediate"]))
            load.stop()
            eventually(self.resumed, "the portal answers again")
            for writer in writers:
                self.finish(writer)
                writer.check_what_is_there(self.world.admin, self)
        check_invariants(self.world.admin, resources, self)
        refused = [answer for writer in writers for answer in writer.refused]
        for answer in refused:
            self.assertEqual(answer.problem, "unavailable")

    def test_while_it_is_away_every_request_gets_503(self):
        self.world.organisation()
        self.place.postgres.stop("fast")
        for method, path, body in (("GET", "/nodes", None), ("POST", "/organisations", {"name": "x", "kind": "isp"}),
                                   ("GET", "/account", None), ("POST", "/session", {"email": "a@b", "password": "x"})):
            with self.subTest(f"{method} {path}"):
                answer = self.world.admin.ask(method, path, body)
                self.assertEqual((answer.status, answer.problem), (503, "unavailable"))
                self.assertGreater(int(answer.headers["Retry-After"]), 0)
        self.portal.client().get("/openapi.json")
        self.place.postgres.start()
        eventually(self.resumed, "the portal answers again")

    def test_a_portal_that_starts_before_it_waits_for_it(self):
        self.portal.stop()
        self.place.postgres.stop("fast")
        self.portal.begin()
        eventually(lambda: "waiting for the database" in self.portal.log, "it says what it waits for")
        self.place.postgres.start()
        self.portal.wait()
        self.world.admin.get("/organisations")

    def test_a_portal_that_waits_for_it_ends_when_it_is_told(self):
        self.portal.stop()
        self.place.postgres.stop("fast")
        self.portal.begin()
        eventually(lambda: "waiting for the database" in self.portal.log, "it says what it waits for")
        self.portal.stop()
        self.place.postgres.start()

    def test_waiting_readers_are_told_after_a_restart(self):
        node = self.world.node(self.world.resource(self.world.organisation()))
        path = f"/nodes/{node['id']}"
        self.place.postgres.restart()
        eventually(self.resumed, "the portal answers again")
        etag = self.world.admin.get(path).etag
        answers = []
        reader = self.world.admin.another()

        def wait_and_edit():
            if not answers:
                self.world.admin.patch(path, {"notes": f"{self.world.number()}"})
            return answers

        load = Load([WaitingReader(reader, path, etag, answers)])
        eventually(wait_and_edit, "the reader is told")
        load.join()
        self.assertNotEqual(answers[0].etag, etag)

    def resumed(self):
        return self.world.admin.ask("GET", "/account").status == 200

    def finish(self, writer):
        def done():
            if writer.pending is None:
                return True
            try:
                return writer.finish()
            except ConnectionError:
                return False

        eventually(done, "what was refused is done when it is sent again")


class WaitingReader:
    answered = 0

    def __init__(self, client, path, etag, answers):
        self.client, self.path, self.etag, self.answers = client, path, etag, answers

    def step(self):
        self.answers.append(self.client.get(self.path, if_none_match=self.etag, prefer="wait=60"))
        raise ConnectionError("one is enough")


if __name__ == "__main__":
    unittest.main()
