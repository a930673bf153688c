"""The disk is full, the database file is gone or another one: clear answers, nothing half done, and then on again."""

import os
import resource
import sqlite3
import subprocess
import unittest

from .client import Client
from .portal import PROGRAM, Place
from .waiting import eventually
from .world import World


class TroubleTest(unittest.TestCase):
    def setUp(self):
        self.place = Place(on_postgres=False)
        self.addCleanup(self.place.close)
        self.portal = self.place.start_portal()
        self.world = World(self.portal)
        self.organisation = self.world.organisation()
        self.resource = self.world.resource(self.organisation)
        self.operator = self.world.operator(self.organisation)
        self.nodes = f"/resources/{self.resource['id']}/nodes"
        self.file = self.place.folder / "portal.db"

    def fill_the_disk(self):
        """From now on the portal cannot write to any file."""
        resource.prlimit(self.portal.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def make_room(self):
        resource.prlimit(self.portal.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def audit(self):
        return self.world.admin.items("/audit", organisation=self.organisation["id"])

    def test_on_a_full_disk_reads_go_on_and_writes_say_what_is_wrong(self):
        node = self.world.node(self.resource)
        theirs = {name: value for name, value in node.items() if name != "address_conflicts"}  # is for administrators
        never_used = self.world.operator(self.organisation)
        before = self.audit()
        body = self.world.node_body()

        self.fill_the_disk()
        answers = [self.operator.post(self.nodes, body, 503, idempotency_key="full"),
                   self.operator.patch(f"/nodes/{node['id']}", {"notes": "x", "cidr_blocks": []}, 503),
                   self.operator.delete(f"/nodes/{node['id']}", {"name": node["name"]}, 503)]
        for answer in answers:
            self.assertEqual(answer.problem, "unavailable")
            self.assertIn("disk", answer.json["detail"])
            self.assertIn("full", answer.json["detail"])
            self.assertTrue(answer.headers["Retry-After"])
        for client in (self.operator, never_used, never_used.another()):
            self.assertEqual(client.get(f"/nodes/{node['id']}").json, theirs)
        self.assertEqual(self.world.admin_session.get(f"/nodes/{node['id']}").json, node)
        self.assertEqual(self.world.admin.items("/nodes"), [node])
        self.assertEqual(self.audit(), before)

        self.make_room()
        made = self.operator.post(self.nodes, body, 201, idempotency_key="full").json
        self.operator.patch(f"/nodes/{node['id']}", {"notes": "y"})
        self.portal.stop()
        self.portal.start()
        self.assertEqual({one["id"] for one in self.world.admin.items("/nodes")}, {node["id"], made["id"]})
        self.assertEqual(len(self.audit()), len(before) + 2)

    def test_a_backup_to_a_full_disk_leaves_no_half_file(self):
        for _ in range(30):
            self.world.node(self.resource, notes="x" * 4000)
        target = self.place.folder / "backup.db"

        def small_files():
            resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))

        command = [PROGRAM, "--config", self.place.folder / "portal.toml", "backup", target]
        ended = subprocess.run(command, preexec_fn=small_files, capture_output=True, text=True, check=False)
        self.assertEqual(ended.returncode, 1, ended.stderr)
        self.assertIn(str(target), ended.stderr)
        self.assertEqual([name for name in os.listdir(self.place.folder) if name.startswith("backup.db")], [])
        subprocess.run(command, check=True, capture_output=True)

    def test_a_database_that_was_removed_is_not_written_to_any_more(self):
        aside = self.file.with_name("aside.db")
        self.file.rename(aside)
        for answer in (self.operator.ask("GET", "/nodes"), self.operator.ask("POST", self.nodes, self.world.node_body())):
            self.assertEqual((answer.status, answer.problem), (503, "unavailable"))
        eventually(lambda: "was removed while it was in use" in self.portal.log, "the log says why")
        aside.rename(self.file)
        self.world.node(self.resource)

    def test_a_database_that_was_replaced_is_not_mixed_with_the_old_one(self):
        aside = self.file.with_name("aside.db")
        self.file.rename(aside)
        sqlite3.connect(self.file).close()
        for client in (self.operator, Client(self.portal.address, self.operator.token)):
            self.assertEqual(client.ask("GET", "/nodes").problem, "unavailable")
            self.assertEqual(client.ask("POST", self.nodes, self.world.node_body()).problem, "unavailable")
        eventually(lambda: "was replaced while it was in use" in self.portal.log, "the log says why")
        aside.rename(self.file)
        self.world.node(self.resource)


if __name__ == "__main__":
    unittest.main()
