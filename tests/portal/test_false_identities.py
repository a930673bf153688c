"""Single sign-on with a provider that lies, or somebody who sits in between."""

import subprocess
import time
import unittest

from tests.support.private_authority import PrivateAuthority

from .browser import Browser
from .fake_provider import FakeProvider, Key
from .portal import PROGRAM, Place
from .waiting import PATIENCE_S, eventually
from .world import World

START = "/api/v1/single-sign-on/start"
CALLBACK = "/api/v1/single-sign-on/callback"


class FalseIdentitiesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Place()
        cls.addClassCleanup(cls.place.close)
        cls.provider = FakeProvider(cls.place.folder)
        cls.addClassCleanup(cls.provider.close)
        cls.other_key = Key(cls.place.folder, "other")
        cls.portal = cls.place.start_portal(cls.provider.config())
        World(cls.portal).admin.post("/users", {"email": "ann@example.net", "name": "Ann"})

    def setUp(self):
        self.provider.reset()

    def url(self, path):
        return f"http://{self.portal.address}{path}"

    def sign_in(self, extra=""):
        """What the portal says to a browser that comes back from the provider."""
        browser = Browser()
        asked = browser.get(self.url(START)).query
        self.provider.nonce, self.provider.challenge = asked["nonce"], asked["code_challenge"]
        self.assertEqual(asked["code_challenge_method"], "S256")
        return browser.get(self.url(f"{CALLBACK}?code=x&state={asked['state']}{extra}"), Accept="application/json")

    def test_names_are_cut_between_characters_and_have_no_control_characters(self):
        # What a database takes is text: half a character, or a zero byte, is none.
        self.provider.claims = {"sub": "long", "email": "long@example.net", "name": "x" + "\u00e9" * 80 + "\u0000"}
        World(self.portal).admin.post("/users", {"email": "long@example.net", "name": "L"})
        self.assert_signed_in(self.sign_in())
        self.provider.claims = {"sub": "zero\u0000", "email": "long@example.net"}
        self.assert_refused(self.sign_in())
        self.provider.claims = {"sub": "nobody", "email": "no\u0000body \u00e9", "email_verified": True}
        self.assertEqual(self.sign_in().status, 403)

    def assert_refused(self, page):
        self.assertEqual(page.status, 401, page.body)
        self.assertEqual(page.json["type"], "urn:larder:problem:unauthenticated")
        self.assertNotIn("larder=", str(page.headers.get_all("Set-Cookie")))

    def assert_signed_in(self, page):
        self.assertEqual((page.status, page.location), (302, self.url("/")), page.body)

    def test_truth_is_believed(self):
        self.assert_signed_in(self.sign_in())

    def test_signing_in_uses_up_nothing_of_what_a_network_may_begin(self):
        for _ in range(61):
            self.assert_signed_in(self.sign_in())

    def test_claims_that_do_not_hold(self):
        now = int(time.time())
        lies = {
            "nonce of another sign-in": {"nonce": "another"},
            "no nonce": {"nonce": None},
            "another issuer": {"iss": "https://id.example.org"},
            "issuer with a slash": {"iss": self.provider.issuer + "/"},
            "another audience": {"aud": "another"},
            "one of several audiences, and not the party": {"aud": ["larder", "another"]},
            "several audiences, another party": {"aud": ["larder", "another"], "azp": "another"},
            "another party": {"azp": "another"},
            "no audience": {"aud": None},
            "expired": {"exp": now - 120},
            "without an end": {"exp": None},
            "of a time to come": {"iat": now + 86400},
            "not yet good": {"nbf": now + 86400},
            "about nobody": {"sub": None},
            "about an empty name": {"sub": ""},
        }
        for what, claims in lies.items():
            with self.subTest(what):
                self.provider.claims = claims
                self.assert_refused(self.sign_in())

    def test_claims_that_hold_otherwise_spelt(self):
        for what, claims in {"list of one": {"aud": ["larder"]},
                             "party of several": {"aud": ["larder", "another"], "azp": "larder"},
                             "time with a fraction": {"exp": time.time() + 300.5}}.items():
            with self.subTest(what):
                self.provider.claims = claims
                self.assert_signed_in(self.sign_in())

    def test_token_without_a_signature(self):
        self.provider.make_token = self.provider.unsigned
        self.assert_refused(self.sign_in())

    def test_public_key_is_no_secret(self):
        self.provider.make_token = self.provider.hashed
        self.assert_refused(self.sign_in())

    def test_words_of_the_provider_are_cut_and_cleaned_in_the_log(self):
        self.provider.refusal = "because \u202e" + "x" * 20_000
        self.assert_refused(self.sign_in())
        eventually(lambda: "because" in self.portal.log, "the log says what the provider said")
        self.assertNotIn("x" * 1000, self.portal.log)
        self.assertNotIn("\u202e", self.portal.log)

    def test_signature_by_another_key(self):
        self.provider.make_token = lambda header, claims: self.provider.signed(header, claims, self.other_key)
        self.assert_refused(self.sign_in())

    def test_signature_of_another_text(self):
        def swapped(header, claims):
            first = self.provider.signed(header, claims).split(".")
            second = self.provider.signed(header, {**claims, "sub": "eve"}).split(".")
            return ".".join((first[0], second[1], first[2]))
        self.provider.make_token = swapped
        self.assert_refused(self.sign_in())

    def test_what_is_no_token(self):
        for text in ("", "x", "a.b", "a.b.c", "....", "x" * 20000):
            with self.subTest(text[:10]):
                self.provider.make_token = lambda header, claims: text
                self.assert_refused(self.sign_in())

    def test_unknown_keys_are_asked_for_once_a_minute(self):
        self.assert_signed_in(self.sign_in())
        asked, begin = self.provider.key_requests, time.monotonic()
        self.provider.header = {"kid": "unknown"}
        for _ in range(5):
            self.assert_refused(self.sign_in())
        minutes = int(time.monotonic() - begin) // 60  # none, unless the machine is very busy
        self.assertLessEqual(self.provider.key_requests, asked + 1 + minutes)

    def test_answer_of_another_provider(self):
        page = self.sign_in(extra="&iss=https%3A%2F%2Fid.example.org")
        self.assertEqual(page.status, 400)

    def test_code_that_another_browser_asked_for(self):
        browser = Browser()
        asked = browser.get(self.url(START)).query
        self.provider.nonce, self.provider.challenge = asked["nonce"], "of another verifier"
        page = browser.get(self.url(f"{CALLBACK}?code=x&state={asked['state']}"), Accept="application/json")
        self.assert_refused(page)


class PrivateAuthorityTest(unittest.TestCase):
    """A provider whose certificate is of an authority that no system knows."""

    def setUp(self):
        self.place = Place()
        self.addCleanup(self.place.close)
        self.authority = PrivateAuthority(self.place.folder)
        self.provider = FakeProvider(self.place.folder, *self.authority.sign("provider"))
        self.addCleanup(self.provider.close)

    def begin(self, portal):
        return Browser().get(f"http://{portal.address}{START}", Accept="application/json")

    def test_is_believed_where_the_configuration_names_the_authority(self):
        portal = self.place.start_portal(self.provider.config(self.authority.certificate))
        World(portal).admin.post("/users", {"email": "ann@example.net", "name": "Ann"})
        browser = Browser()
        begun = browser.get(f"http://{portal.address}{START}")
        self.assertEqual(begun.status, 302, begun.body)
        self.assertTrue(begun.location.startswith("https://"), begun.location)
        self.provider.nonce, self.provider.challenge = begun.query["nonce"], begun.query["code_challenge"]
        back = browser.get(f"http://{portal.address}{CALLBACK}?code=x&state={begun.query['state']}")
        self.assertEqual(back.location, f"http://{portal.address}/", portal.log[-2000:])

    def test_is_not_asked_without_it_and_the_log_says_why(self):
        other = PrivateAuthority(self.place.folder, "other")
        for number, ca_file in enumerate((None, other.certificate)):
            with self.subTest(ca_file=ca_file):
                portal = self.place.start_portal(self.provider.config(ca_file), name=f"portal-{number}")
                page = self.begin(portal)
                self.assertEqual((page.status, page.json["type"]), (503, "urn:larder:problem:unavailable"))
                self.assertNotIn("certificate", page.json["detail"])
                eventually(lambda: "single_sign_on.ca_file" in portal.log, "the log names the setting")
                self.assertIn("certificate", portal.log)
                portal.stop()

    def test_file_that_holds_no_authority_is_named_at_the_start(self):
        nothing = self.place.folder / "nothing.pem"
        nothing.write_text("nothing")
        for wrong in (nothing, self.place.folder / "absent.pem"):
            with self.subTest(wrong=wrong):
                config = self.place.folder / "wrong.toml"
                config.write_text(self.provider.config(wrong))
                done = subprocess.run([PROGRAM, "--config", config, "--check"], capture_output=True, text=True,
                                      timeout=PATIENCE_S, check=False)
                self.assertEqual(done.returncode, 1)
                self.assertIn(f"single_sign_on.ca_file: {wrong}", done.stderr)


class WrongDescriptionTest(unittest.TestCase):
    def test_provider_that_calls_itself_otherwise_is_not_asked(self):
        place = Place()
        self.addCleanup(place.close)
        provider = FakeProvider(place.folder)
        self.addCleanup(provider.close)
        provider.description = {"issuer": "https://id.example.org"}
        portal = place.start_portal(provider.config())
        page = Browser().get(f"http://{portal.address}{START}", Accept="application/json")
        self.assertEqual(page.status, 503)


if __name__ == "__main__":
    unittest.main()
