"""A create that is sent again with its key is done once."""

import unittest

from .client import Client
from .waiting import together
from .world import PASSWORD, WorldTest

THREADS = 8


class IdempotencyTest(WorldTest):
    def setUp(self):
        self.organisation = self.world.organisation()
        self.path = f"/organisations/{self.organisation['id']}"
        self.resource = self.world.resource(self.organisation)
        self.nodes = f"/resources/{self.resource['id']}/nodes"
        self.key = f"key-{self.world.number()}"

    def count(self, path):
        return len(self.admin.items(path, organisation=self.organisation["id"]))

    def test_the_repeat_gets_the_first_answer(self):
        body = self.world.node_body()
        first = self.admin.post(self.nodes, body, 201, idempotency_key=self.key)
        again = self.admin.post(self.nodes, body, 201, idempotency_key=self.key)
        self.assertEqual((again.body, again.etag), (first.body, first.etag))
        self.assertIsNone(first.headers["Idempotency-Replayed"])
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")
        self.assertEqual(self.count("/nodes"), 1)

    def test_the_repeat_gets_it_even_when_the_object_has_changed(self):
        body = self.world.node_body()
        first = self.admin.post(self.nodes, body, idempotency_key=self.key)
        self.admin.delete(f"/nodes/{first.json['id']}", {"name": body["name"]})
        self.assertEqual(self.admin.post(self.nodes, body, 201, idempotency_key=self.key).body, first.body)
        self.assertEqual(self.count("/nodes"), 0)

    def test_the_same_key_for_another_request_is_refused(self):
        self.admin.post(self.nodes, self.world.node_body(), idempotency_key=self.key)
        answer = self.admin.post(self.nodes, self.world.node_body(), 422, idempotency_key=self.key)
        self.assertEqual(answer.problem, "idempotency-mismatch")
        answer = self.admin.post(f"{self.path}/resources", {"name": "x"}, 422, idempotency_key=self.key)
        self.assertEqual(answer.problem, "idempotency-mismatch")

    def test_keys_of_different_users_do_not_meet(self):
        body = {"name": "West"}
        self.admin.post(f"{self.path}/resources", body, 201, idempotency_key=self.key)
        operator = self.world.operator(self.organisation)
        answer = operator.post(f"{self.path}/resources", body, 422, idempotency_key=self.key)
        self.assertEqual(answer.pointers, ["/name"], "it is a request of its own")

    def test_strangers_keys_are_of_their_requests_alone(self):
        stranger, another = Client(self.portal.address), Client(self.portal.address)
        body = {"organisation_name": f"Asker {self.world.number()}", "kind": "isp",
                "contact": {"name": "A", "email": "a@example.net"}}
        first = stranger.post("/access-requests", body, 201, idempotency_key=self.key)
        again = another.post("/access-requests", body, 201, idempotency_key=self.key)
        self.assertEqual((again.json, again.headers["Idempotency-Replayed"]), (first.json, "true"))
        body["message"] = "somebody else's"
        other = another.post("/access-requests", body, 201, idempotency_key=self.key)
        self.assertIsNone(other.headers["Idempotency-Replayed"])
        self.assertNotEqual(other.json["id"], first.json["id"])

    def test_signing_in_again_is_signing_in(self):
        user = self.world.user()
        body = {"email": user.email, "password": PASSWORD}
        tokens = {Client(self.portal.address).post("/session", body, 201, idempotency_key=self.key).json["csrf_token"]
                  for _ in range(2)}
        self.assertEqual(len(tokens), 2)

    def test_what_was_refused_may_be_sent_again_corrected(self):
        self.admin.post(self.nodes, self.world.node_body(name="not good"), 422, idempotency_key=self.key)
        self.admin.post(self.nodes, self.world.node_body(), 201, idempotency_key=self.key)

    def test_a_key_from_eight_threads_at_once_makes_one_object(self):
        for _ in range(5):
            key, body = f"key-{self.world.number()}", self.world.node_body()
            before = self.count("/nodes")
            clients = [self.admin.another() for _ in range(THREADS)]
            answers = together(*[lambda client=client: client.ask("POST", self.nodes, body, {"Idempotency-Key": key})
                                 for client in clients])
            made = [answer for answer in answers if answer.status == 201]
            self.assertTrue(made)
            self.assertEqual(len({answer.json["id"] for answer in made}), 1)
            for answer in answers:
                if answer.status != 201:
                    self.assertEqual(answer.problem, "idempotency-in-progress")
            self.assertEqual(self.count("/nodes"), before + 1)

    def test_a_user_from_eight_threads_at_once_is_one_user(self):
        email = f"once-{self.world.number()}@example.net"
        body = {"email": email, "name": "Once", "password": PASSWORD}
        clients = [self.admin.another() for _ in range(THREADS)]
        answers = together(*[lambda client=client: client.ask("POST", "/users", body, {"Idempotency-Key": self.key})
                             for client in clients])
        self.assertEqual([answer.status for answer in answers].count(201), 1)
        for answer in answers:
            self.assertIn(answer.problem, (None, "idempotency-in-progress", "already-done"))
        self.assertEqual(len(self.admin.items("/users", q=email)), 1)

    def test_a_secret_is_shown_once(self):
        node = self.world.node(self.resource)
        path = f"/nodes/{node['id']}/keys/registration"
        self.admin.post(path, {}, 201, idempotency_key=self.key)
        self.assertEqual(self.admin.post(path, {}, 409, idempotency_key=self.key).problem, "already-done")
        body = {"email": "a@example.net", "role": "viewer"}
        self.admin.post(f"{self.path}/invitations", body, 201, idempotency_key=f"{self.key}i")
        self.assertEqual(self.admin.post(f"{self.path}/invitations", body, 409, idempotency_key=f"{self.key}i").problem,
                         "already-done")
        body = {"name": "once", "scopes": ["read"]}
        self.admin.post("/account/tokens", body, 201, idempotency_key=f"{self.key}t")
        self.assertEqual(self.admin.post("/account/tokens", body, 409, idempotency_key=f"{self.key}t").problem,
                         "already-done")

    def test_keys_that_are_none_are_refused(self):
        for key in ("", "a b", "x" * 201):
            with self.subTest(key):
                answer = self.admin.post(f"{self.path}/resources", {"name": "x"}, 400, idempotency_key=key)
                self.assertEqual(answer.problem, "malformed")

    def test_without_a_key_each_request_counts(self):
        self.admin.post(f"{self.path}/resources", {"name": "West"}, 201)
        self.assertEqual(self.admin.post(f"{self.path}/resources", {"name": "west"}, 422).pointers, ["/name"])


if __name__ == "__main__":
    unittest.main()
