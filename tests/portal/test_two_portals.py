"""Two portals on one PostgreSQL are one portal."""

import statistics
import threading
import time
import unittest

from .client import Client
from .portal import SHARE, Place
from .waiting import eventually, together
from .world import World

ROUNDS = max(3, 20 * SHARE // 100)


class TwoPortalsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Place(on_postgres=True)
        cls.addClassCleanup(cls.place.close)
        cls.a, cls.b = together(lambda: cls.place.start_portal(name="a"), lambda: cls.place.start_portal(name="b"))
        cls.first_admins = [portal.first_admin for portal in (cls.a, cls.b) if portal.first_admin]
        if cls.a.first_admin is None:
            cls.a.first_admin = cls.b.first_admin
        cls.world = World(cls.a)
        cls.admin = cls.world.admin
        cls.organisation = cls.world.organisation()
        cls.resource = cls.world.resource(cls.organisation)

    def at_b(self, client):
        return Client(self.b.address, client.token)

    def test_of_two_that_start_at_once_one_makes_the_admin(self):
        self.assertEqual(len(self.first_admins), 1)

    def test_a_session_of_one_is_a_session_of_the_other(self):
        user = self.world.user()
        there = user.another()
        there.address = self.b.address
        self.assertEqual(there.get("/account").json["email"], user.email)
        user.delete("/session")
        there.get("/account", 401)

    def test_an_organisations_sum_is_one_at_both(self):
        resource = self.world.resource(self.world.organisation())
        nodes = together(*(lambda by=by: self.world.node(resource, by, cidr_blocks=[self.world.block(17)])
                           for by in (self.admin, self.at_b(self.admin))))
        self.assertEqual(sorted(node["ip_space"]["state"] for node in nodes), ["in_review", "valid"])

    def test_what_one_rejects_the_other_does_not_let_in(self):
        organisation = self.world.organisation()
        resource, at_b = self.world.resource(organisation), self.at_b(self.admin)
        wide = self.world.block(16)
        node = self.world.node(resource, cidr_blocks=[wide])
        review = self.admin.get(f"/nodes/{node['id']}/ip-space").json["review"]
        part, rest = wide.replace("0.0/16", "0.0/24"), wide.replace("0.0/16", "1.0/24")
        self.admin.post(f"/reviews/{review}/decision", {"decision": "reject", "feedback": "not yours"})
        at_b.delete(f"/nodes/{node['id']}", {"name": node["name"]})
        again = self.world.node(resource, at_b, cidr_blocks=[part, rest])
        self.assertEqual(again["ip_space"]["state"], "in_review")
        review = at_b.get(f"/nodes/{again['id']}/ip-space").json["review"]
        at_b.post(f"/reviews/{review}/decision", {"decision": "approve_part", "blocks": [part], "feedback": "no"})
        rejections = self.admin.items("/rejections", organisation=organisation["id"])
        self.assertEqual(sorted(len(rejection["prefixes"]) for rejection in rejections), [1, 7])
        at_b.delete(f"/rejections/{next(r['id'] for r in rejections if r['range'] == rest)}", status=204)
        self.assertEqual(self.admin.get(f"/nodes/{again['id']}").json["ip_space"]["state"], "valid")

    def test_what_waits_for_a_node_that_one_deletes_is_looked_at_again(self):
        block = self.world.block(22)
        mine = self.world.node(self.resource, cidr_blocks=[block])
        theirs = self.world.node(self.world.resource(self.world.organisation()), self.at_b(self.admin),
                                 cidr_blocks=[block])
        self.assertEqual(theirs["ip_space"]["state"], "attention_required")
        self.at_b(self.admin).delete(f"/nodes/{mine['id']}", {"name": mine["name"]})
        state = lambda: self.admin.get(f"/nodes/{theirs['id']}").json["ip_space"]["state"]
        eventually(lambda: state() == "valid", "it is valid")

    def test_a_change_at_one_ends_the_waiting_at_the_other(self):
        node = self.world.node(self.resource)
        path = f"/nodes/{node['id']}"
        delays = []
        for i in range(ROUNDS):
            etag = self.admin.get(path).etag
            waiting, told = self.at_b(self.admin), []

            def wait():
                answer = waiting.get(path, if_none_match=etag, prefer="wait=60")
                told.append((time.monotonic(), answer))

            thread = threading.Thread(target=wait)
            thread.start()
            self.at_b(self.admin).get(path)  # B is answering by now
            edited = self.admin.patch(path, {"notes": f"{i}"})
            done = time.monotonic()
            thread.join()
            at, answer = told[0]
            self.assertEqual((answer.status, answer.json), (200, edited.json), "304: it was not told")
            delays.append(at - done)
        print(f"from A's answer to B's: median {statistics.median(delays) * 1000:.1f} ms, most {max(delays) * 1000:.1f} ms")

    def test_a_key_is_one_key_at_both(self):
        body = self.world.node_body()
        path = f"/resources/{self.resource['id']}/nodes"
        first = self.admin.post(path, body, 201, idempotency_key="both")
        again = self.at_b(self.admin).post(path, body, 201, idempotency_key="both")
        self.assertEqual((again.body, again.headers["Idempotency-Replayed"]), (first.body, "true"))

    def test_a_key_at_both_at_once_makes_one_object(self):
        path = f"/resources/{self.resource['id']}/nodes"
        for i in range(ROUNDS):
            body = self.world.node_body()
            answers = together(*[lambda client=client: client.ask("POST", path, body, {"Idempotency-Key": f"once-{i}"})
                                 for client in (self.admin.another(), self.at_b(self.admin))])
            made = {answer.json["id"] for answer in answers if answer.status == 201}
            self.assertEqual(len(made), 1)
            for answer in answers:
                self.assertIn(answer.problem, (None, "idempotency-in-progress"))
            found = self.admin.items("/nodes", resource=self.resource["id"], q=body["name"])
            self.assertEqual([node["name"] for node in found].count(body["name"]), 1)

    def test_of_overlapping_blocks_of_two_organisations_at_once_one_notices(self):
        other = self.world.resource(self.world.organisation())
        for _ in range(ROUNDS):
            block = self.world.block(22)
            clients = [self.admin.another(), self.at_b(self.admin)]
            bodies = [self.world.node_body(cidr_blocks=[some]) for some in (block, block.replace("/22", "/24"))]
            paths = [f"/resources/{resource['id']}/nodes" for resource in (self.resource, other)]
            answers = together(*[lambda i=i: clients[i].post(paths[i], bodies[i], 201).json for i in range(2)])
            self.assertEqual(sorted(answer["ip_space"]["state"] for answer in answers), ["attention_required", "valid"])

    def test_of_overlapping_blocks_of_one_organisation_at_once_one_is_refused(self):
        path = f"/resources/{self.resource['id']}/nodes"
        for _ in range(ROUNDS):
            block = self.world.block(22)
            clients = [self.admin.another(), self.at_b(self.admin)]
            bodies = [self.world.node_body(cidr_blocks=[block]), self.world.node_body(cidr_blocks=[block])]
            answers = together(*[lambda i=i: clients[i].ask("POST", path, bodies[i]) for i in range(2)])
            self.assertEqual(sorted(answer.status for answer in answers), [201, 422])

    def test_of_a_name_at_both_at_once_one_is_told_that_it_is_taken(self):
        path = f"/organisations/{self.organisation['id']}/resources"
        for _ in range(ROUNDS):
            body = {"name": f"resource {self.world.number()}"}
            clients = [self.admin.another(), self.at_b(self.admin)]
            answers = together(*[lambda client=client: client.ask("POST", path, body) for client in clients])
            self.assertEqual(sorted(answer.status for answer in answers), [201, 422])
            refused = next(answer for answer in answers if answer.status == 422)
            self.assertEqual(refused.pointers, ["/name"])

    def test_of_edits_at_both_at_once_one_wins(self):
        node = self.world.node(self.resource)
        path = f"/nodes/{node['id']}"
        for i in range(ROUNDS):
            etag = self.admin.get(path).etag
            clients = [self.admin.another(), self.at_b(self.admin)]
            answers = together(*[lambda j=j: clients[j].ask("PATCH", path, {"notes": f"{i} {j}"}, {"If-Match": etag})
                                 for j in range(2)])
            self.assertEqual(sorted(answer.status for answer in answers), [200, 412])

    def test_the_last_owner_cannot_leave_by_two_doors(self):
        organisation = self.world.organisation()
        members = f"/organisations/{organisation['id']}/members"
        for _ in range(ROUNDS):
            owners = [self.world.user({organisation["id"]: "owner"}).id for _ in range(2)]
            for member in self.admin.items(members):
                if member["user"]["id"] not in owners:
                    self.admin.delete(f"{members}/{member['user']['id']}")
            clients = [self.admin.another(), self.at_b(self.admin)]
            answers = together(*[lambda i=i: clients[i].ask("DELETE", f"{members}/{owners[i]}") for i in range(2)])
            self.assertEqual(sorted(answer.status for answer in answers), [204, 409])


if __name__ == "__main__":
    unittest.main()
