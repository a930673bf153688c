"""Signing in through an OpenID provider: a real one."""

import threading
import unittest

from .browser import Browser
from .client import Client
from .fake_provider import FakeProvider
from .portal import Place
from .real_provider import RealProvider
from .waiting import eventually
from .world import World

START = "/api/v1/single-sign-on/start"


class SingleSignOnTest(unittest.TestCase):
    email_in_id_token = False

    @classmethod
    def setUpClass(cls):
        cls.place = Place()
        cls.addClassCleanup(cls.place.close)
        cls.provider = RealProvider(cls.place.folder, cls.email_in_id_token)
        cls.addClassCleanup(cls.provider.close)
        cls.portal = cls.place.start_portal(cls.provider.config())
        cls.world = World(cls.portal)
        cls.admin = cls.world.admin

    def url(self, path):
        return f"http://{self.portal.address}{path}"

    def go(self, browser, name, return_to="/device"):
        """The page that sends the browser back to the portal."""
        begun = browser.get(self.url(f"{START}?return_to={return_to}"))
        self.assertEqual(begun.status, 302, begun.body)
        page = self.provider.sign_in(browser, begun, name)
        self.assertTrue(page.location.startswith(self.url("/api/v1/single-sign-on/callback?")), page.location)
        return page

    def come_back(self, browser, name, **fields):
        return browser.get(self.go(browser, name).location, **fields)

    def account(self, name, **fields):
        body = {"email": f"{name}@example.net", "name": name, "password": "seven quiet lamps", **fields}
        return self.admin.post("/users", body).json["user"]

    def test_methods_name_the_provider(self):
        methods = Client(self.portal.address).get("/sign-in-methods").json
        self.assertEqual(methods, {"password": True, "single_sign_on": {"name": "Example ID", "url": START}})

    def test_account_is_found_by_its_verified_email_and_then_by_its_subject(self):
        user = self.account("ann")
        for _ in range(2):
            browser = Browser()
            back = self.come_back(browser, "ann")
            self.assertEqual((back.status, back.location), (302, self.url("/device")), back.body)
            session = browser.get(self.url("/api/v1/session"))
            self.assertEqual(session.status, 200, session.body)
            self.assertEqual(session.json["user"]["id"], user["id"])
            self.assertEqual(session.json["via"], "session")
        self.assertTrue(self.admin.get(f"/users/{user['id']}").json["single_sign_on"])
        linked = self.admin.items("/audit", action="user.link", object=user["id"])
        self.assertEqual(len(linked), 1)

    def test_nobody_gets_an_account_by_the_way(self):
        browser = Browser()
        back = self.come_back(browser, "stranger")
        self.assertEqual((back.status, back.location), (302, self.url("/sign-in?error=no-account")))
        self.assertEqual(browser.get(self.url("/api/v1/session")).status, 401)
        back = self.come_back(Browser(), "stranger", Accept="application/json")
        self.assertEqual((back.status, back.json["type"]), (403, "urn:larder:problem:forbidden"))

    def test_unverified_email_opens_no_account(self):
        self.account("unverified-bob")
        back = self.come_back(Browser(), "unverified-bob")
        self.assertEqual(back.location, self.url("/sign-in?error=no-account"))

    def test_disabled_account_stays_closed(self):
        user = self.account("carol")
        self.admin.patch(f"/users/{user['id']}", {"disabled": True})
        back = self.come_back(Browser(), "carol")
        self.assertEqual(back.location, self.url("/sign-in?error=no-account"))

    def test_account_that_an_owner_made_for_anothers_address_is_no_trap(self):
        organisation = self.world.organisation()
        owner = self.world.user({organisation["id"]: "owner"})
        invited = owner.post(f"/organisations/{organisation['id']}/invitations",
                             {"email": "dave@example.net", "role": "viewer"}).json
        Client(self.portal.address).post("/invitations/accept", {
            "token": invited["token"], "name": "Not Dave", "password": "known to the owner"})
        back = self.come_back(Browser(), "dave")
        self.assertEqual(back.location, self.url("/sign-in?error=no-account"))
        user = self.account("dave")
        browser = Browser()
        self.assertEqual(self.come_back(browser, "dave").location, self.url("/device"))
        self.assertEqual(browser.get(self.url("/api/v1/session")).json["user"]["id"], user["id"])

    def test_sign_in_belongs_to_the_browser_that_began_it(self):
        self.account("erin")
        page = self.go(Browser(), "erin")
        other = Browser()
        back = other.get(page.location)
        self.assertEqual(back.location, self.url("/sign-in?error=expired"))
        self.assertEqual(other.get(self.url("/api/v1/session")).status, 401)

    def test_answer_of_the_provider_works_once(self):
        self.account("frank")
        browser = Browser()
        page = self.go(browser, "frank")
        self.assertEqual(browser.get(page.location).location, self.url("/device"))
        self.assertEqual(browser.get(page.location).location, self.url("/sign-in?error=expired"))

    def test_nobody_is_sent_elsewhere_afterwards(self):
        for target in ("https://example.org/", "//example.org/", "/%5Cexample.org", "device", "/a%0d%0ab"):
            with self.subTest(target=target):
                page = Browser().get(self.url(f"{START}?return_to={target}"))
                self.assertEqual(page.status, 422)

    def test_refusal_by_the_provider_is_told(self):
        browser = Browser()
        state = browser.get(self.url(START)).query["state"]
        back = browser.get(self.url(f"/api/v1/single-sign-on/callback?error=access_denied&state={state}"))
        self.assertEqual(back.location, self.url("/sign-in?error=refused"))


class EmailInIdTokenTest(SingleSignOnTest):
    email_in_id_token = True


class OtherPortalsTest(unittest.TestCase):
    def test_accounts_are_made_where_the_configuration_says_so(self):
        place = Place()
        self.addCleanup(place.close)
        provider = RealProvider(place.folder)
        self.addCleanup(provider.close)
        portal = place.start_portal(provider.config(create_users=True))
        browser = Browser()
        begun = browser.get(f"http://{portal.address}{START}")
        browser.get(provider.sign_in(browser, begun, "newcomer").location)
        session = browser.get(f"http://{portal.address}/api/v1/session").json
        self.assertEqual(session["user"]["email"], "newcomer@example.net")
        self.assertEqual(session["user"]["name"], "newcomer of example.net")
        self.assertEqual((session["user"]["admin"], session["memberships"]), (False, []))

    def test_names_of_new_people_are_text_that_a_database_takes(self):
        place = Place()
        self.addCleanup(place.close)
        provider = FakeProvider(place.folder)
        self.addCleanup(provider.close)
        portal = place.start_portal(provider.config() + "create_users = true\n")
        provider.claims = {"name": "x" + "\u00e9" * 80 + "\u0000"}
        browser = Browser()
        asked = browser.get(f"http://{portal.address}{START}").query
        provider.nonce, provider.challenge = asked["nonce"], asked["code_challenge"]
        browser.get(f"http://{portal.address}/api/v1/single-sign-on/callback?code=x&state={asked['state']}")
        session = browser.get(f"http://{portal.address}/api/v1/session")
        self.assertEqual(session.json["user"]["name"], "x" + "\u00e9" * 49)

    def test_portal_goes_on_without_its_provider(self):
        place = Place()
        self.addCleanup(place.close)
        provider = RealProvider(place.folder)
        self.addCleanup(provider.close)
        portal = place.start_portal(provider.config())
        provider.stop()
        page = Browser().get(f"http://{portal.address}{START}", Accept="application/json")
        self.assertEqual((page.status, page.json["type"]), (503, "urn:larder:problem:unavailable"))
        self.assertIn("Retry-After", page.headers)
        World(portal)  # signs in with a password


class ManyAtOnceTest(unittest.TestCase):
    PEOPLE = 10
    SIDE_BY_SIDE = 8  # threads that ask the provider

    def test_all_who_come_back_at_once_get_in_and_a_slow_provider_holds_up_nobody_else(self):
        place = Place()
        self.addCleanup(place.close)
        provider = FakeProvider(place.folder)
        self.addCleanup(provider.close)
        portal = place.start_portal(provider.config() + "create_users = true\n")
        admin = World(portal).admin
        people = [self.send_away(portal, provider) for _ in range(self.PEOPLE)]
        provider.opened.clear()
        back = []
        threads = [threading.Thread(target=lambda one=one: back.append(one())) for one in people]
        for thread in threads:
            thread.start()
        eventually(lambda: provider.waiting == self.SIDE_BY_SIDE or back, "the provider is asked by as many as may")
        admin.post("/organisations", {"name": "meanwhile", "kind": "isp"})
        answered_before = len(back)
        provider.opened.set()
        for thread in threads:
            thread.join()
        self.assertEqual(back, [f"http://{portal.address}/device"] * self.PEOPLE)
        self.assertEqual(answered_before, 0)
        self.assertEqual((provider.description_requests, provider.key_requests), (1, 1))

    def send_away(self, portal, provider):
        """Somebody who is at the provider; calling it brings them back: where to?"""
        browser = Browser()
        asked = browser.get(f"http://{portal.address}{START}?return_to=/device").query
        provider.nonces[asked["code_challenge"]] = asked["nonce"]
        callback = f"http://{portal.address}/api/v1/single-sign-on/callback?code=x&state={asked['state']}"
        return lambda: browser.get(callback).location


if __name__ == "__main__":
    unittest.main()
