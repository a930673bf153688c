"""Many clients at once: idle ones, those that wait for a change, and the end of the portal under load."""

import http.client
import resource
import threading
import unittest

from .crowd import Crowd, post
from .portal import SHARE, Place
from .waiting import eventually
from .world import World

IDLE = 1500 * SHARE // 100
WAITING = 300 * SHARE // 100


class CrowdTest(unittest.TestCase):
    def setUp(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.place = Place()
        self.addCleanup(self.place.close)
        self.portal = self.place.start_portal()
        self.world = World(self.portal)
        self.admin = self.world.admin
        self.node = self.world.node(self.world.resource(self.world.organisation()))

    def crowd(self):
        crowd = Crowd(self.portal)
        self.addCleanup(crowd.close)
        return crowd

    def waiting(self):
        crowd = self.crowd()
        etag = self.admin.get(f"/nodes/{self.node['id']}").etag
        crowd.send(f"GET /api/v1/nodes/{self.node['id']} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {self.admin.token}"
                   f"\r\nIf-None-Match: {etag}\r\nPrefer: wait=60\r\n\r\n".encode(), WAITING)
        eventually(lambda: self.waiting_requests() == WAITING, "all of them wait")
        return crowd

    def waiting_requests(self):
        return self.portal.metric("larder_portal_waiting_requests")

    def test_idle_and_waiting_clients_do_not_keep_others_from_being_served(self):
        idle = self.crowd()
        idle.send(b"GET /api/v1/sign-in-methods HTTP/1.1\r\nHost: a\r\n\r\n", IDLE)
        self.assertEqual(set(idle.statuses()), {200})
        waiting = self.waiting()
        for _ in range(20):
            self.admin.get("/nodes")
        self.admin.patch(f"/nodes/{self.node['id']}", {"notes": "changed"})
        for _ in range(20):
            self.admin.get("/nodes")
        self.assertEqual(set(waiting.statuses()), {200})
        self.assertEqual(idle.ended(), 0)

    def test_clients_that_have_gone_are_not_waited_for(self):
        self.waiting().close()
        eventually(lambda: self.waiting_requests() == 0, "nobody waits any more")

    def test_the_end_under_load_is_orderly(self):
        waiting = self.waiting()
        idle = self.crowd()
        idle.send(b"", 100)
        failures, answers, busy = [], [0] * 4, []

        def ask(number):
            client = self.admin.another()
            try:
                while True:
                    client.get("/nodes")
                    answers[number] += 1
            except (OSError, http.client.HTTPException):
                pass  # no new connections, or one that ended between two requests
            except BaseException as error:
                failures.append(error)

        busy = [threading.Thread(target=ask, args=(i,)) for i in range(len(answers))]
        for thread in busy:
            thread.start()
        eventually(lambda: min(answers) > 3, "everybody is served")
        self.portal.stop()  # checks the exit code, and that nothing went wrong
        self.assertNotIn("requests cut off", self.portal.log, "it waited for somebody until the last moment there is")
        for thread in busy:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(set(waiting.statuses()), {304}, "whoever waited is told what there is")
        self.assertEqual(idle.ended(), 100)


class HashingTest(unittest.TestCase):
    """Passwords that take half a second each to check."""

    PASSES = 60
    SIGN_INS = 32

    def test_strangers_who_sign_in_hold_up_nobody_else(self):
        place = Place()
        self.addCleanup(place.close)
        portal = place.start_portal("attempts = 1000\n", passes=self.PASSES)
        admin = World(portal).admin
        strangers = Crowd(portal)
        self.addCleanup(strangers.close)
        body = b'{"email": "nobody@example.net", "password": "guess"}'
        strangers.send(post("/session", body), self.SIGN_INS)
        eventually(lambda: portal.log.count('"status":401') or self.queued(portal), "they are being answered")
        for number in range(5):
            admin.post("/organisations", {"name": f"organisation {number}", "kind": "isp"})
            admin.get("/organisations")
        self.assertLess(strangers.answered(), self.SIGN_INS // 2, "an operator's requests waited for strangers'")

    @staticmethod
    def queued(portal):
        return portal.metric("larder_portal_password_queue")


if __name__ == "__main__":
    unittest.main()
