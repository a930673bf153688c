"""Every operation of the description is answered with success at least once, as described."""

import time
import unittest

from . import one_time_code
from .client import Client, description, seen
from .fake_provider import FakeProvider
from .world import PASSWORD, WorldTest

NEW_PASSWORD = "another horse battery staple"


class ContractTest(WorldTest):
    @classmethod
    def configuration(cls):
        provider = FakeProvider(cls.place.folder)
        cls.addClassCleanup(provider.close)
        return provider.config()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.organisation = cls.world.organisation()
        cls.path = f"/organisations/{cls.organisation['id']}"
        cls.owner = cls.world.user({cls.organisation["id"]: "owner"})
        cls.stranger = cls.portal.client()

    def test_every_operation_succeeds(self):
        for step in (self.describe, self.sign_in, self.sign_in_a_device, self.edit_account, self.manage_users,
                     self.manage_organisations, self.invite, self.ask_for_access, self.renew_keys,
                     self.manage_resources, self.manage_nodes, self.review_ip_space, self.read_audit, self.follow_changes,
                     self.sign_out):
            with self.subTest(step.__name__):
                step()
        succeeded = {name for name, status in seen if status < 400}
        missed = sorted({operation.id for operation in description.operations} - succeeded)
        self.assertEqual(missed, [], "operations that nobody tried, or that never succeeded")

    def describe(self):
        answer = self.stranger.get("/openapi.json")
        self.assertEqual(answer.json, description.document)
        self.stranger.get("/openapi.json", 304, if_none_match=answer.etag)

    def sign_in(self):
        self.assertTrue(self.stranger.get("/sign-in-methods").json["password"])
        self.assertEqual(self.owner.get("/session").json["memberships"][0]["role"], "owner")
        self.assertEqual(self.stranger.get("/single-sign-on/start?return_to=/nodes").status, 302)
        self.assertEqual(self.stranger.get("/single-sign-on/callback?error=access_denied&state=unknown").status, 302)

    def sign_in_a_device(self):
        begun = self.stranger.post("/device-authorizations", {"client_id": "larder", "scope": "read"}).json
        code = begun["user_code"]
        self.assertEqual(self.owner.get(f"/device-codes/{code}").json["scopes"], ["read"])
        self.owner.post(f"/device-codes/{code}", {"decision": "approve"})
        form = (f"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code={begun['device_code']}"
                "&client_id=larder").encode()
        answer = self.stranger.ask("POST", "/token", form, {"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(answer.status, 200)
        device = Client(self.portal.address, answer.json["access_token"])
        self.assertEqual(device.get("/session").json["scopes"], ["read"])
        device.get("/account/tokens")
        device.post("/account/tokens", {"name": "more", "scopes": ["write"]}, 403)

    def edit_account(self):
        user = self.world.user()
        self.assertEqual(user.get("/account").json["email"], user.email)
        self.assertEqual(user.patch("/account", {"name": "Ana"}).json["name"], "Ana")

        another = self.portal.client()
        another.sign_in(user.email, PASSWORD)
        user.post("/account/password", {"current": PASSWORD, "new": NEW_PASSWORD}, 204)
        another.get("/account", 401)

        another.cookies.clear()
        another.sign_in(user.email, NEW_PASSWORD)
        sessions = user.items("/account/sessions")
        self.assertEqual(len(sessions), 2)
        user.delete(f"/account/sessions/{next(s['id'] for s in sessions if not s['current'])}")
        another.get("/account", 401)

        made = user.post("/account/tokens", {"name": "script", "scopes": ["read"]}, 201).json
        by_token = Client(self.portal.address, made["token"])
        by_token.get("/account")
        self.assertEqual([token["id"] for token in user.items("/account/tokens")], [made["id"]])
        user.delete(f"/account/tokens/{made['id']}")
        by_token.get("/account", 401)
        self.use_one_time_codes(user)

    def use_one_time_codes(self, user):
        secret = user.post("/account/totp", {"password": NEW_PASSWORD}).json["secret"]
        codes = user.post("/account/totp/confirm", {"code": one_time_code.at(secret, time.time())}).json
        again = self.portal.client()
        credentials = {"email": user.email, "password": NEW_PASSWORD}
        self.assertEqual(again.post("/session", credentials, 401).problem, "second-factor-required")
        again.sign_in(user.email, NEW_PASSWORD, totp=codes["recovery_codes"][0])
        self.assertTrue(again.get("/account").json["totp_enabled"])
        used = again.post("/session", {**credentials, "totp": codes["recovery_codes"][0]}, 401)
        self.assertEqual(used.problem, "unauthenticated")
        user.delete("/account/totp", {"password": NEW_PASSWORD}, 204)
        self.portal.client().sign_in(user.email, NEW_PASSWORD)

    def manage_users(self):
        made = self.admin.post("/users", {"email": "new@example.net", "name": "New"}, 201).json
        path = f"/users/{made['user']['id']}"
        self.portal.client().sign_in("new@example.net", made["password"])
        self.assertIn(made["user"]["id"], [user["id"] for user in self.admin.items("/users", q="NEW@")])
        self.admin.get("/users?admin=true&disabled=false&sort=-created_at")
        etag = self.admin.get(path).etag
        self.admin.patch(path, {"name": "Newer"}, if_match=etag)
        password = self.admin.post(f"{path}/password").json["password"]
        self.portal.client().sign_in("new@example.net", password)
        user = self.world.user()
        secret = user.post("/account/totp", {"password": PASSWORD}).json["secret"]
        user.post("/account/totp/confirm", {"code": one_time_code.at(secret, time.time())})
        self.admin.delete(f"/users/{user.id}/totp", status=204)
        self.portal.client().sign_in(user.email, PASSWORD)
        self.admin.delete(path, status=204)
        self.admin.get(path, 404)

    def manage_organisations(self):
        made = self.admin.post("/organisations", {"name": "Short-lived", "kind": "enterprise"}, 201)
        path = f"/organisations/{made.json['id']}"
        self.admin.get(f"{path}")
        self.admin.patch(path, {"name": "Shorter-lived"}, if_match=made.etag)
        self.admin.delete(path, {"name": "Short-lived"}, 409)
        self.admin.delete(path, {"name": "Shorter-lived"}, 204)
        self.assertEqual([found["id"] for found in self.owner.items("/organisations", kind="isp", sort="-name")],
                         [self.organisation["id"]])
        self.owner.patch(self.path, {"contact": {"name": "Ana", "email": "noc@example.net", "phone": ""}})

    def invite(self):
        kept, withdrawn = (self.owner.post(f"{self.path}/invitations", {"email": email, "role": "viewer"}, 201).json
                           for email in ("guest@example.net", "nobody@example.net"))
        self.assertEqual(len(self.owner.items(f"{self.path}/invitations")), 2)
        self.owner.delete(f"{self.path}/invitations/{withdrawn['id']}", status=204)
        self.stranger.post("/invitations/lookup", {"token": withdrawn["token"]}, 404)
        self.assertEqual(self.stranger.post("/invitations/lookup", {"token": kept["token"]}).json["accept_by"], "either")
        accepted = self.portal.client().post(
            "/invitations/accept", {"token": kept["token"], "name": "Guest", "password": PASSWORD}).json
        member = f"{self.path}/members/{accepted['user']['id']}"
        self.owner.put(member, {"role": "operator"})
        roles = {found["user"]["email"]: found["role"] for found in self.owner.items(f"{self.path}/members")}
        self.assertEqual(roles, {self.owner.email: "owner", "guest@example.net": "operator"})
        self.owner.delete(member, status=204)
        self.owner.delete(f"{self.path}/members/{self.owner.id}", status=409)

    def ask_for_access(self):
        body = {"organisation_name": "Newcomer", "kind": "isp", "asn": 64500,
                "contact": {"name": "Ana", "email": "ana@newcomer.example"}}
        first, second = (self.stranger.post("/access-requests", {**body, "organisation_name": name}, 201).json
                         for name in ("Newcomer", "Second"))
        self.assertEqual(len(self.admin.items("/access-requests", state="open")), 2)
        path = f"/access-requests/{first['id']}"
        decided = self.admin.post(f"{path}/decision", {"decision": "approve"}).json
        self.assertEqual(decided["request"]["organisation"]["name"], "Newcomer")
        self.portal.client().post("/invitations/accept", {"token": decided["invitation"]["token"], "name": "Ana",
                                                          "password": PASSWORD})
        self.assertEqual(self.admin.get(path).json["state"], "approved")
        path = f"/access-requests/{second['id']}/decision"
        self.assertEqual(self.admin.post(path, {"decision": "refuse"}, 422).pointers, ["/reason"])
        self.assertIsNone(self.admin.post(path, {"decision": "refuse", "reason": "unknown"}).json["invitation"])
        self.admin.post(path, {"decision": "approve"}, 409)

    def renew_keys(self):
        before = {key["slot"]: key["key"] for key in self.owner.get(f"{self.path}/customer-keys").json["keys"]}
        answer = self.owner.post(f"{self.path}/customer-keys/secondary").json
        after = {key["slot"]: key["key"] for key in answer["keys"]}
        self.assertEqual(before["primary"], after["primary"])
        self.assertNotEqual(before["secondary"], after["secondary"])

    def manage_resources(self):
        made = self.owner.post(f"{self.path}/resources", {"name": "West"}, 201)
        path = f"/resources/{made.json['id']}"
        self.owner.patch(path, {"notes": "by the river"}, if_match=made.etag)
        self.assertEqual(self.owner.get(path).json["notes"], "by the river")
        self.assertEqual(len(self.owner.items("/resources", q="wes", organisation=self.organisation["id"])), 1)
        self.owner.delete(path, {"name": "West"}, 204)

    def manage_nodes(self):
        resource = self.world.resource(self.organisation)
        made = self.owner.post(f"/resources/{resource['id']}/nodes", self.world.node_body(name="seattle-1"), 201)
        path = f"/nodes/{made.json['id']}"
        self.assertEqual(self.owner.get(path).json, made.json)
        self.owner.get(path, 304, if_none_match=made.etag)
        edited = self.owner.patch(path, {"notes": "in rack 7"}, if_match=made.etag)
        self.assertNotEqual(edited.etag, made.etag)
        self.assertEqual(len(self.owner.items("/nodes", q="seattle", intent="enabled", ring="fast")), 1)
        self.assertEqual(self.owner.get(f"{path}/keys").json["registration_key"]["state"], "none")
        key = self.owner.post(f"{path}/keys/registration", {"expires_in_hours": 2}, 201).json
        self.assertEqual(key["cache_node_id"], made.json["id"])
        self.assertEqual(self.owner.get(f"{path}/keys").json["registration_key"]["state"], "valid")
        self.owner.delete(f"/resources/{resource['id']}", {"name": resource["name"]}, 409)
        gone = self.owner.delete(path, {"name": "seattle-1"}).json["deleted"]
        self.assertEqual((gone["blocks"], gone["keys"]), (1, 1))
        self.owner.get(path, 404)

    def review_ip_space(self):
        node = self.world.node(self.world.resource(self.organisation), cidr_blocks=["90.0.0.0/14"])
        space = self.owner.get(f"/nodes/{node['id']}/ip-space").json
        self.assertEqual(space["state"], "in_review")
        self.owner.post(f"{self.path}/ip-space/check", {"cidr_blocks": "90.4.0.0/24", "node": node["id"]})
        self.assertIn(space["review"], [review["id"] for review in self.admin.items("/reviews")])
        self.assertEqual(self.admin.get(f"/reviews/{space['review']}").json["blocks"][0]["prefix"], "90.0.0.0/14")
        decided = self.admin.post(f"/reviews/{space['review']}/decision", {"decision": "approve"}).json
        self.assertEqual(decided["state"], "approved")
        rejected = self.world.node(self.world.resource(self.organisation), cidr_blocks=["90.8.0.0/14"])
        review = self.owner.get(f"/nodes/{rejected['id']}/ip-space").json["review"]
        self.admin.post(f"/reviews/{review}/decision", {"decision": "reject", "feedback": "not yours"})
        rejection, = self.admin.items("/rejections", organisation=self.organisation["id"])
        self.assertEqual(self.admin.get(f"/rejections/{rejection['id']}").json["range"], "90.8.0.0/14")
        self.admin.delete(f"/rejections/{rejection['id']}", status=204)

    def read_audit(self):
        self.assertTrue(self.owner.items("/audit", organisation=self.organisation["id"], limit="20"))
        for kind in ("jsonl", "csv"):
            self.assertIn("node.create", self.owner.get(f"/audit/export?format={kind}").body.decode())

    def follow_changes(self):
        position = self.owner.get("/changes").json["position"]
        resource = self.world.resource(self.organisation)
        answer = self.owner.get(f"/changes?since={position}&limit=1").json
        change = {"kind": "resource", "id": resource["id"], "organisation": self.organisation["id"]}
        self.assertEqual((answer["items"], answer["more"]), ([change], False))
        self.owner.get(f"/changes?since={answer['position']}", prefer="wait=0")
        self.assertEqual(self.admin.get(f"/changes?since={position}", 410).problem, "gone")

    def sign_out(self):
        user = self.world.user()
        cookies = dict(user.cookies)
        user.delete("/session", status=204)
        self.assertEqual(list(user.cookies), [])
        user.cookies = cookies
        user.get("/session", 401)


if __name__ == "__main__":
    unittest.main()
