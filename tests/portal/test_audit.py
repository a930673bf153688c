"""Every change has its entry in the audit log: who, when, from where, before and after; and never a secret."""

import csv
import io
import json
import socket
import time
import unittest
import unittest.mock

from . import one_time_code, test_contract
from .client import Client, description
from .description import ROOT
from .waiting import PATIENCE_S
from .world import PASSWORD, WorldTest


class AuditTest(WorldTest):
    def setUp(self):
        self.organisation = self.world.organisation()
        self.path = f"/organisations/{self.organisation['id']}"
        self.owner = self.world.user({self.organisation["id"]: "owner"})

    def entries(self, **query):
        return self.admin.items("/audit", sort="at", limit="500", **query)

    def changes(self, call):
        """The entries that a call made, and its answer."""
        before = {entry["id"] for entry in self.entries()}
        answer = call()
        return [entry for entry in self.entries() if entry["id"] not in before], answer

    def assert_created(self, call, kind):
        entry, made = self.one(call, f"{kind}.create")
        self.assertIsNone(entry["before"])
        self.assertIsNotNone(entry["after"])
        return entry, made

    def one(self, call, action):
        entries, answer = self.changes(call)
        found = [entry for entry in entries if entry["action"] == action]
        self.assertEqual(len(found), 1, f"{action} in {[entry['action'] for entry in entries]}")
        self.assertEqual(found[0]["address"], "127.0.0.1")
        return found[0], answer

    def test_an_object_has_a_history_from_its_creation_to_its_end(self):
        create = lambda: self.owner.post(f"{self.path}/resources", {"name": "West"})
        entry, made = self.assert_created(create, "resource")
        self.assertEqual(entry["actor"]["name"], self.owner.email)
        self.assertEqual((entry["actor"]["id"], entry["via"]), (self.owner.id, "session"))
        self.assertEqual(entry["organisation"]["id"], self.organisation["id"])
        self.assertEqual(entry["object"], {"kind": "resource", "id": made.json["id"], "name": "West"})

        path = f"/resources/{made.json['id']}"
        entry, _ = self.one(lambda: self.owner.patch(path, {"name": "East", "notes": "moved"}), "resource.edit")
        self.assertEqual((entry["before"]["name"], entry["after"]["name"]), ("West", "East"))
        self.assertEqual(entry["after"]["notes"], "moved")

        entry, _ = self.one(lambda: self.owner.delete(path, {"name": "East"}), "resource.delete")
        self.assertEqual((entry["before"]["name"], entry["after"]), ("East", None))
        self.assertEqual(len(self.entries(object=made.json["id"])), 3)

    def test_a_token_is_named_as_the_way_in(self):
        operator = self.world.operator(self.organisation)
        entry, _ = self.assert_created(lambda: operator.post(f"{self.path}/resources", {"name": "T"}), "resource")
        self.assertEqual(entry["via"], "token")

    def test_a_node_s_edit_shows_what_changed_and_nothing_else(self):
        node = self.world.node(self.world.resource(self.organisation))
        path = f"/nodes/{node['id']}"
        entry, _ = self.one(lambda: self.owner.patch(path, {"max_egress_mbps": 5, "notes": ""}), "node.edit")
        self.assertEqual((entry["before"]["max_egress_mbps"], entry["after"]["max_egress_mbps"]), (10000, 5))
        self.assertNotIn("fqdn", entry["after"])

    def test_what_changes_nothing_is_no_entry(self):
        node = self.world.node(self.world.resource(self.organisation))
        calls = (lambda: self.owner.get(f"/nodes/{node['id']}"),
                 lambda: self.owner.post(f"{self.path}/ip-space/check", {"cidr_blocks": "1.2.3.0/24"}),
                 lambda: self.owner.patch(f"/nodes/{node['id']}", {"notes": 7}, 422),
                 lambda: self.owner.delete(f"/nodes/{node['id']}", {"name": "other"}, 409))
        for call in calls:
            self.assertEqual(self.changes(call)[0], [])

    def test_a_repeat_is_one_change(self):
        body = {"name": "once"}
        send = lambda: self.owner.post(f"{self.path}/resources", body, 201, idempotency_key="repeat")
        self.assertEqual([entry["action"] for entry in self.changes(send)[0]], ["resource.create"])
        self.assertEqual(self.changes(send)[0], [])

    def test_members_see_the_log_of_their_organisation_only(self):
        self.owner.patch(self.path, {"asn": 64500})
        viewer = self.world.user({self.organisation["id"]: "viewer"})
        other = self.world.user({self.world.organisation()["id"]: "owner"})
        self.assertIn("organisation.edit", {entry["action"] for entry in viewer.items("/audit")})
        self.assertNotIn(self.organisation["id"], json.dumps(other.items("/audit")))
        self.assertNotIn(self.organisation["id"], other.get("/audit/export").body.decode())

    def test_filters_find_entries(self):
        resource = self.world.resource(self.organisation)
        self.owner.patch(f"/resources/{resource['id']}", {"notes": "x"})
        own = {"organisation": self.organisation["id"]}
        everything = self.entries(**own)
        edit = next(entry for entry in everything if entry["action"] == "resource.edit")
        for query in ({"action": "resource.edit"}, {"actor": self.owner.id}, {"from": edit["at"]}):
            self.assertIn(edit, self.entries(**own, **query), query)
        self.assertEqual(self.entries(**own, action="node.create"), [])
        self.assertNotIn(edit, self.entries(**own, to=edit["at"]))
        self.assertEqual(self.entries(**own, actor=self.world.user().id), [])
        self.assertEqual(self.admin.items("/audit", **own), everything[::-1], "newest first, unless asked otherwise")
        self.assertEqual(self.admin.ask("GET", "/audit?from=yesterday").pointers, ["?from"])

    def test_the_export_is_the_whole_log_oldest_first(self):
        listed = self.entries()
        exported = [json.loads(line) for line in self.admin.get("/audit/export?format=jsonl").body.splitlines()]
        self.assertEqual(exported[:len(listed)], listed)
        rows = list(csv.reader(io.StringIO(self.admin.get("/audit/export?format=csv").body.decode())))
        self.assertEqual(len(rows) - 1, len(exported))
        self.assertEqual({len(row) for row in rows}, {len(rows[0])})
        own = self.admin.get(f"/audit/export?organisation={self.organisation['id']}").body.splitlines()
        self.assertEqual([json.loads(line) for line in own], self.entries(organisation=self.organisation["id"]))
        self.assertEqual(self.admin.ask("GET", "/audit/export?format=xml").pointers, ["?format"])

    def test_a_cell_of_the_export_is_no_formula(self):
        self.owner.post(f"{self.path}/resources", {"name": '=HYPERLINK("http://x")'})
        for row in csv.reader(io.StringIO(self.admin.get("/audit/export?format=csv").body.decode())):
            for cell in row:
                self.assertFalse(cell.startswith(("=", "+", "@")), cell)

    def test_no_secret_is_in_the_log(self):
        secrets = self.use_every_secret()
        self.assertGreater(len(secrets), 20)
        places = {"export as lines": self.admin.get("/audit/export?format=jsonl").body.decode(),
                  "export as table": self.admin.get("/audit/export?format=csv").body.decode(),
                  "the program's log": self.portal.log}
        for place, text in places.items():
            for name, secret in secrets.items():
                self.assertNotIn(secret, text, f"{name} is in {place}")

    def use_every_secret(self):
        user = self.world.user({self.organisation["id"]: "owner"})
        made = self.admin.post("/users", {"email": "secrets@example.net", "name": "S"}).json
        secrets = {"password": PASSWORD, "generated password": made["password"],
                   "reset password": self.admin.post(f"/users/{made['user']['id']}/password").json["password"],
                   "wrong password": "a password typed wrongly"}
        self.portal.client().post("/session", {"email": user.email, "password": secrets["wrong password"]}, 401)
        token = user.post("/account/tokens", {"name": "t", "scopes": ["read", "keys"]}).json["token"]
        secrets.update({"session": user.cookies["larder"], "CSRF token": user.csrf, "API token": token})
        totp = user.post("/account/totp", {"password": PASSWORD}).json["secret"]
        code = one_time_code.at(totp, time.time())
        codes = user.post("/account/totp/confirm", {"code": code}).json["recovery_codes"]
        secrets.update({"TOTP secret": totp, **{f"recovery code {i}": code for i, code in enumerate(codes)}})
        new = "yet another good password"
        user.post("/account/password", {"current": PASSWORD, "new": new})
        secrets["new password"] = new
        secrets.update(self.use_keys(user))
        device = self.portal.client().post("/device-authorizations", {"client_id": "larder"}).json
        user.post(f"/device-codes/{device['user_code']}", {"decision": "approve"})
        form = (f"grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=larder"
                f"&device_code={device['device_code']}").encode()
        answer = self.portal.client().ask("POST", "/token", form, {"Content-Type": "application/x-www-form-urlencoded"})
        Client(self.portal.address, answer.json["access_token"]).get("/account")
        secrets.update({"device code": device["device_code"], "device's token": answer.json["access_token"]})
        return secrets

    def use_keys(self, user):
        node = self.world.node(self.world.resource(self.organisation))
        invitation = user.post(f"{self.path}/invitations", {"email": "i@example.net", "role": "viewer"}).json["token"]
        self.portal.client().post("/invitations/accept", {"token": invitation, "name": "I", "password": PASSWORD})
        keys = user.get(f"{self.path}/customer-keys").json["keys"]
        keys += user.post(f"{self.path}/customer-keys/primary").json["keys"]
        registration = user.post(f"/nodes/{node['id']}/keys/registration").json["registration_key"]
        return {"invitation": invitation, "registration key": registration,
                **{f"customer key {i}": key["key"] for i, key in enumerate(keys)}}


class EveryChangeTest(test_contract.ContractTest):
    """What the contract's test does, and after each write of the description: is it in the log?"""

    # Looks at something, and what nothing comes of by itself.
    UNLOGGED = {"lookUpInvitation", "checkIpSpace", "authorizeDevice", "beginTotp"}

    def test_every_operation_succeeds(self):
        auditor = self.world.admin.another()
        ask, found = Client.ask, {}

        def newest():
            return ask(auditor, "GET", "/audit?limit=1").json["items"][0]["id"]

        def ask_and_look(client, method, path, *more, **named):
            before = newest()
            answer = ask(client, method, path, *more, **named)
            operation = description.find(method, ROOT + path)
            if method not in ("GET", "HEAD") and answer.status < 300 and operation:
                found[operation.id] = found.get(operation.id, False) or newest() != before
            return answer

        with unittest.mock.patch.object(Client, "ask", ask_and_look):
            super().test_every_operation_succeeds()
        self.assertEqual({operation for operation, logged in found.items() if not logged}, self.UNLOGGED)
        writes = {operation.id for operation in description.operations if operation.method not in ("GET", "HEAD")}
        self.assertEqual(set(found), writes)


class BrokenExportTest(WorldTest):
    def setUp(self):
        self.organisation = self.world.organisation()
        self.owner = self.world.user({self.organisation["id"]: "owner"})

    def test_an_export_whose_reader_may_see_less_of_the_log_does_not_end_as_if_it_were_whole(self):
        self.fill_the_log()
        members = f"/organisations/{self.organisation['id']}/members"
        losses = {"a role": lambda reader: self.owner.delete(f"{members}/{reader.id}", status=204),
                  "the session": lambda reader: reader.delete("/session", status=204)}
        for what, lose in losses.items():
            with self.subTest(what):
                reader = self.world.user({self.organisation["id"]: "viewer"})
                with self.begin_export(reader) as connection:
                    lose(reader)
                    self.assertNotEqual(self.rest_of(connection)[-5:], b"0\r\n\r\n", "an end")
        with self.begin_export(self.owner) as connection:
            self.assertEqual(self.rest_of(connection)[-5:], b"0\r\n\r\n", "who may still see it gets all of it")

    def fill_the_log(self):
        """With more than what the kernel keeps for somebody who reads slowly."""
        node = self.world.node(self.world.resource(self.organisation))
        for first in range(5):
            blocks = [f"2a00:b00:{first:x}:{i:x}::/64" for i in range(8000)]
            self.owner.patch(f"/nodes/{node['id']}", {"cidr_blocks": blocks})

    def begin_export(self, reader):
        host, port = self.portal.address.rsplit(":", 1)
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)  # what is kept to be sent goes by it
        connection.settimeout(PATIENCE_S)
        connection.connect((host, int(port)))
        connection.sendall((f"GET /api/v1/audit/export HTTP/1.1\r\nHost: {host}\r\n"
                            f"Cookie: larder={reader.cookies['larder']}\r\n\r\n").encode())
        self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 200 "))
        return connection

    def rest_of(self, connection):
        """Until the end of the answer, or of the connection."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        rest = b""
        while not rest.endswith(b"\r\n0\r\n\r\n"):
            try:
                some = connection.recv(1 << 16)
            except ConnectionError:
                break
            if not some:
                break
            rest = rest[-100:] + some
        return rest


if __name__ == "__main__":
    unittest.main()
