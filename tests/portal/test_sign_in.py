"""Signing in, second factors, devices and invitations: as clients of a real portal do it."""

import threading
import time
import unittest
from urllib.parse import urlencode

from . import one_time_code
from .client import Client
from .portal import Place
from .world import PASSWORD, WorldTest

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class SignInTest(WorldTest):
    @classmethod
    def configuration(cls):
        return "attempts = 100\n"  # all tests come from one address, and some are wrong on purpose

    def stranger(self):
        return Client(self.portal.address)

    def test_second_factor_from_set_up_to_removal(self):
        user = self.world.user()
        user.post("/account/totp", {"password": "wrong"}, status=422)
        setup = user.post("/account/totp", {"password": PASSWORD}).json
        wrong = one_time_code.wrong(setup["secret"], time.time())
        user.post("/account/totp/confirm", {"code": wrong}, status=422)
        used = self.code(setup)
        codes = user.post("/account/totp/confirm", {"code": used}).json["recovery_codes"]
        self.assertTrue(user.get("/account").json["totp_enabled"])

        refused = self.stranger().post("/session", {"email": user.email, "password": PASSWORD}, status=401)
        self.assertEqual(refused.problem, "second-factor-required")
        self.stranger().post("/session", {"email": user.email, "password": PASSWORD, "totp": used}, status=401)
        self.stranger().sign_in(user.email, PASSWORD, totp=codes[0])
        self.stranger().post("/session", {"email": user.email, "password": PASSWORD, "totp": codes[0]}, status=401)

        user.delete("/account/totp", {"password": PASSWORD})
        self.stranger().sign_in(user.email, PASSWORD)

    @staticmethod
    def code(setup):
        return one_time_code.at(setup["secret"], time.time())

    def test_one_code_signs_one_in_however_many_try_at_once(self):
        user = self.world.user()
        setup = user.post("/account/totp", {"password": PASSWORD}).json
        recovery = user.post("/account/totp/confirm", {"code": self.code(setup)}).json["recovery_codes"]
        statuses = []

        def attempt():
            body = {"email": user.email, "password": PASSWORD, "totp": recovery[0]}
            statuses.append(self.stranger().ask("POST", "/session", body).status)

        threads = [threading.Thread(target=attempt) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(statuses.count(201), 1, statuses)

    def test_device_is_approved(self):
        user = self.world.user()
        device = self.stranger()
        begun = device.ask("POST", "/device-authorizations", urlencode({"client_id": "larder"}).encode(), FORM).json
        self.assertEqual(self.poll(device, begun)["error"], "authorization_pending")
        self.assertEqual(self.poll(device, begun)["error"], "slow_down")
        shown = user.get(f"/device-codes/{begun['user_code'].lower()}").json
        self.assertEqual((shown["client"], shown["address"]), ("larder", "127.0.0.1"))
        user.post(f"/device-codes/{begun['user_code']}", {"decision": "approve"}, status=204)
        given = self.poll(device, begun)
        self.assertEqual(given["scope"], "read keys write manage")
        device.token = given["access_token"]
        self.assertEqual(device.get("/account").json["email"], user.email)
        self.assertEqual(self.poll(self.stranger(), begun)["error"], "expired_token")

    @staticmethod
    def poll(device, begun):
        form = {"grant_type": GRANT, "client_id": "larder", "device_code": begun["device_code"]}
        return device.ask("POST", "/token", urlencode(form).encode(), FORM).json

    def test_invitation_and_membership(self):
        organisation = self.world.organisation()
        path = f"/organisations/{organisation['id']}"
        owner = self.world.user({organisation["id"]: "owner"})
        email = f"invited-{self.world.number()}@example.net"
        made = owner.post(f"{path}/invitations", {"email": email, "role": "viewer"}).json
        self.assertEqual([one["id"] for one in owner.items(f"{path}/invitations")], [made["id"]])
        looked = self.stranger().post("/invitations/lookup", {"token": made["token"]}).json
        self.assertEqual((looked["email"], looked["role"], looked["accept_by"]), (email, "viewer", "either"))
        taken = self.stranger().post("/invitations/accept",
                                     {"token": made["token"], "name": "Ida", "password": PASSWORD}).json
        ida = self.stranger()
        self.stranger().post("/session", {"email": email, "password": PASSWORD}, 401)
        memberships = ida.sign_in(email, PASSWORD, organisation=organisation["name"])["memberships"]
        self.assertEqual([one["role"] for one in memberships], ["viewer"])
        owner.put(f"{path}/members/{taken['user']['id']}", {"role": "operator"})
        self.assertEqual(len(owner.items(f"{path}/members")), 2)
        owner.delete(f"{path}/members/{taken['user']['id']}")
        ida.get(path, status=401)  # the account was the organisation's
        owner.delete(f"{path}/members/{owner.id}", status=409)

    def test_access_request_becomes_an_organisation(self):
        name = f"Newnet {self.world.number()}"
        contact = {"name": "Nell", "email": f"nell-{self.world.number()}@example.org", "phone": "1"}
        asked = self.stranger().post("/access-requests", {
            "organisation_name": name, "kind": "isp", "asn": 64500, "contact": contact, "message": "Hello"}).json
        self.assertIn(asked["id"], [one["id"] for one in self.admin.items("/access-requests", state="open")])
        decided = self.admin.post(f"/access-requests/{asked['id']}/decision", {"decision": "approve"}).json
        self.assertEqual(decided["request"]["organisation"]["name"], name)
        accepted = self.stranger().post("/invitations/accept", {
            "token": decided["invitation"]["token"], "name": "Nell", "password": PASSWORD}).json
        self.assertEqual(accepted["role"], "owner")
        self.admin.post(f"/access-requests/{asked['id']}/decision", {"decision": "refuse", "reason": "no"}, status=409)

    def test_users_are_kept_by_administrators(self):
        email = f"kept-{self.world.number()}@example.net"
        made = self.admin.post("/users", {"email": email, "name": "Kim"}).json
        path = f"/users/{made['user']['id']}"
        client = self.stranger()
        client.sign_in(email, made["password"])
        again = self.admin.post(f"{path}/password").json["password"]
        client.get("/session", status=401)
        client.cookies.clear()
        client.sign_in(email, again)
        self.admin.patch(path, {"disabled": True}, if_match=self.admin.get(path).etag)
        client.get("/session", status=401)
        self.assertIn(email, [one["email"] for one in self.admin.items("/users", q="KEPT", disabled="true")])
        self.admin.delete(path)
        self.admin.get(path, status=404)


class GuessingTest(unittest.TestCase):
    """Each with a portal of its own: all tests come from one address."""

    def portal(self, config=""):  # more of the table sign_in
        place = Place()
        self.addCleanup(place.close)
        return place.start_portal(config)

    def test_many_at_once_get_no_more_attempts_than_one_after_another(self):
        portal = self.portal()
        statuses = []

        def guess(number):
            body = {"email": "admin@localhost", "password": f"guess {number}"}
            statuses.append(Client(portal.address).ask("POST", "/session", body).status)

        threads = [threading.Thread(target=guess, args=(i,)) for i in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((statuses.count(401), statuses.count(429)), (5, 7), statuses)

    def test_unknown_accounts_take_as_much_work_as_wrong_passwords(self):
        portal = self.portal("attempts = 1000\n")
        known, unknown = portal.first_admin[0], "nobody@example.net"
        work = {known: 0, unknown: 0}
        for name in [known, unknown] * 15:
            before = portal.processor_time()
            Client(portal.address).post("/session", {"email": name, "password": "wrong"}, status=401)
            work[name] += portal.processor_time() - before
        self.assertGreater(work[unknown], work[known] / 3)
        self.assertGreater(work[known], work[unknown] / 3)


if __name__ == "__main__":
    unittest.main()
