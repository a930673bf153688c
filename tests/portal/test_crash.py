"""The portal is killed at random points under a stream of changes: nothing is half done, nothing answered is lost."""

import random
import unittest

from .changes import Load, Writer, check_invariants
from .portal import SHARE, Place
from .seed import SEED, say_seed
from .waiting import eventually
from .world import World

ROUNDS = max(2, 12 * SHARE // 100)
WRITERS = 4


class CrashTest(unittest.TestCase):
    def setUp(self):
        self.place = Place()
        self.addCleanup(self.place.close)
        self.portal = self.place.start_portal()
        self.world = World(self.portal)
        self.random = random.Random(SEED)
        say_seed()

    def test_killed_at_any_moment_no_change_is_half_done_and_no_answered_one_is_lost(self):
        organisation = self.world.organisation()
        operator = self.world.operator(organisation)
        resources = [self.world.resource(organisation)["id"] for _ in range(WRITERS)]
        writers = [Writer(self.world, operator.another(), resource, self.random.random()) for resource in resources]

        for _ in range(ROUNDS):
            load = Load(writers)
            enough = load.answered + self.random.randrange(1, 40)
            eventually(lambda: load.answered >= enough or load.is_over, "changes are answered")
            self.spin(self.random.randrange(20_000))
            self.portal.kill()
            load.join()
            self.portal.start()

            for writer in writers:
                writer.check_what_is_there(self.world.admin, self)
            check_invariants(self.world.admin, resources, self)
            for writer in writers:
                if writer.pending:
                    writer.finish()
                writer.check_what_is_there(self.world.admin, self)
        check_invariants(self.world.admin, resources, self)
        self.assertGreater(sum(len(writer.nodes) for writer in writers), 0)

    @staticmethod
    def spin(turns):
        """A moment that is not that of an answer."""
        for _ in range(turns):
            pass

    def test_killed_while_it_makes_a_user_it_makes_none_or_one(self):
        """That takes several transactions, as the password takes long to hash."""
        for i in range(4):
            body = {"email": f"killed-{i}@example.net", "name": "K", "password": "correct horse battery"}
            client = self.world.admin.another()
            load = Load([OneRequest(client, body, f"user-{i}")])
            self.spin(self.random.randrange(200_000))
            self.portal.kill()
            load.join()
            self.portal.start()

            there = self.world.admin.items("/users", q=body["email"])
            answer = self.world.admin.ask("POST", "/users", body, {"Idempotency-Key": f"user-{i}"})
            now = self.world.admin.items("/users", q=body["email"])
            if answer.status == 201:
                self.assertEqual((len(there), len(now)), (0, 1))
            else:
                self.assertIn(answer.problem, ("already-done", "idempotency-in-progress"))
                self.assertEqual(now, there)
                self.assertLessEqual(len(now), 1)


class OneRequest:
    answered = 0

    def __init__(self, client, body, key):
        self.client, self.body, self.key = client, body, key

    def step(self):
        self.client.ask("POST", "/users", self.body, {"Idempotency-Key": self.key})
        raise ConnectionError("one is enough")


if __name__ == "__main__":
    unittest.main()
