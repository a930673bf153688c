"""The command line `larder` against a real portal."""

import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from . import one_time_code
from .client import Client
from .portal import BIN
from .waiting import PATIENCE_S
from .world import PASSWORD, SCOPES, WorldTest

DONE, USAGE, INVALID, NOT_SIGNED_IN, FORBIDDEN, NOT_FOUND, CONFLICT, UNREACHABLE, WAITED_IN_VAIN = range(9)


class Larder:
    """`larder` of one user on one machine."""

    def __init__(self, test, portal, token=None):
        folder = tempfile.TemporaryDirectory(prefix="larder-cli-")
        test.addCleanup(folder.cleanup)
        self.test = test
        self.folder = Path(folder.name)
        self.environment = {"PATH": os.environ["PATH"], "XDG_CONFIG_HOME": folder.name, "HOME": folder.name,
                            "LARDER_PORTAL": f"http://{portal.address}"}
        if token:
            self.environment["LARDER_TOKEN"] = token

    def run(self, *words, code=DONE, input="", **variables):
        done = subprocess.run([BIN / "larder", *words], input=input, capture_output=True, text=True,
                              env={**self.environment, **variables}, timeout=PATIENCE_S)
        self.test.assertEqual(done.returncode, code, f"larder {' '.join(words)}\n{done.stdout}{done.stderr}")
        self.test.assertNotIn("\x1b", done.stdout + done.stderr)
        return done

    def json(self, *words):
        done = self.run("--json", *words)
        return json.loads(done.stdout)

    def refused(self, code, *words, **options):
        """What a command that is not done says; it answers nothing."""
        done = self.run(*words, code=code, **options)
        self.test.assertEqual(done.stdout, "")
        return done.stderr

    def start(self, *words):
        process = subprocess.Popen([BIN / "larder", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   stdin=subprocess.DEVNULL, text=True, env=self.environment)
        self.test.addCleanup(process.stderr.close)
        self.test.addCleanup(process.stdout.close)
        self.test.addCleanup(process.wait)
        self.test.addCleanup(process.kill)
        return process


class CliTest(WorldTest):
    def admin_cli(self):
        return Larder(self, self.portal, self.admin.token)

    def operator_cli(self, organisation):
        return Larder(self, self.portal, self.world.operator(organisation).token)

    def node_words(self, **options):
        words = {"--ipv4": self.world.address(), "--cidr": self.world.block(), "--max-egress": "10Gbps",
                 "--drive": "/srv/larder/1=500GiB", **options}
        return [word for option, value in words.items() for word in (option, value)]


class NodeTest(CliTest):
    def test_a_node_is_made_shown_edited_drained_and_deleted(self):
        cli = self.operator_cli(self.world.organisation())
        address, block = self.world.address(), self.world.block()

        made = cli.run("node", "create", "seattle-1", *self.node_words(**{"--ipv4": address, "--cidr": block}))
        for what in ("Customer id", "Cache node id", "Customer key", "Registration key"):
            self.assertIn(what, made.stdout)
        self.assertIn("made \"default\"", made.stderr)

        self.assertIn("seattle-1", cli.run("node", "list").stdout)
        shown = cli.run("node", "show", "seattle-1").stdout
        for what in (address, block, "10,000 Mbit/s", "/srv/larder/1 500 GiB"):
            self.assertIn(what, shown)

        more = self.world.block()
        cli.run("node", "edit", "seattle-1", "--add-cidr", more, "--label", "site=north", "--update-ring", "fast")
        node = cli.json("node", "show", "seattle-1")
        self.assertEqual(sorted(node["cidr_blocks"]), sorted([block, more]))
        self.assertEqual((node["labels"], node["update"]["ring"]), ({"site": "north"}, "fast"))
        self.assertEqual([item["name"] for item in cli.json("node", "list", "--label", "site=north")], ["seattle-1"])

        cli.run("node", "disable", "seattle-1")
        self.assertEqual([item["name"] for item in cli.json("node", "list", "--intent", "disabled")], ["seattle-1"])
        cli.run("node", "drain", "seattle-1", "--until", "2099-12-01T03:00Z")
        self.assertEqual(cli.json("node", "show", "seattle-1")["intent"]["until"][:16], "2099-12-01T03:00")
        cli.run("node", "enable", "seattle-1")

        self.assertIn("--yes-delete", cli.refused(USAGE, "node", "delete", "seattle-1"))
        cli.refused(CONFLICT, "node", "delete", "seattle-1", "--yes-delete", "seattle-2")
        cli.run("node", "delete", "seattle-1", "--yes-delete", "seattle-1")
        self.assertEqual(cli.json("node", "list"), [])
        cli.refused(NOT_FOUND, "node", "show", "seattle-1")

    def test_what_is_wrong_is_shown_by_its_option(self):
        cli = self.operator_cli(self.world.organisation())
        said = cli.refused(INVALID, "node", "create", "a", "--cidr", f"{self.world.block()},62.234.0.0/33",
                           "--ipv4", "10.0.0.1", "--fqdn", "no name")
        for place in ("--cidr 62.234.0.0/33: ", "--ipv4 10.0.0.1: ", "--fqdn no name: "):
            self.assertIn(place, said)
        self.assertNotIn("/cidr_blocks", said)

    def test_host_bits_are_answered_with_the_block_that_is_meant(self):
        cli = self.operator_cli(self.world.organisation())
        block = self.world.block()
        host = block.replace(".0/24", ".7/24")
        self.assertIn(block, cli.refused(INVALID, "node", "create", "a", "--cidr", host))

    def test_an_edit_of_an_old_version_says_what_changed_and_by_whom(self):
        cli = self.operator_cli(self.world.organisation())
        cli.run("node", "create", "a", *self.node_words())
        version = re.search(r"Version\s+(\S+)", cli.run("node", "show", "a").stdout).group(1)
        cli.run("node", "edit", "a", "--notes", "of somebody else")
        said = cli.refused(CONFLICT, "node", "edit", "a", "--notes", "mine", "--if-version", version)
        self.assertIn('to "of somebody else"', said)
        self.assertIn("/notes", said)
        self.assertEqual(cli.json("node", "show", "a")["notes"], "of somebody else")

    def test_a_script_edits_the_version_that_it_read_and_reads_why_it_may_not(self):
        cli = self.operator_cli(self.world.organisation())
        cli.run("node", "create", "a", *self.node_words())
        read = cli.json("node", "show", "a")["version"]
        edited = cli.json("node", "edit", "a", "--notes", "mine", "--if-version", read)
        self.assertEqual(edited["version"], cli.json("node", "show", "a")["version"])
        said = cli.refused(CONFLICT, "--json", "node", "edit", "a", "--notes", "again", "--if-version", read)
        error = json.loads(said)["error"]
        self.assertEqual((error["exit_code"], error["problem"]), (CONFLICT, "precondition-failed"))
        self.assertEqual((error["changed"][0]["pointer"], error["changed"][0]["to"]), ("/notes", "mine"))
        error = json.loads(cli.refused(INVALID, "--json", "node", "edit", "a", "--cidr", "62.234.0.0/33"))["error"]
        self.assertEqual(error["errors"][0]["option"], "--cidr 62.234.0.0/33")

    def test_waiting_ends_with_the_change_and_with_the_time(self):
        cli = self.operator_cli(self.world.organisation())
        cli.run("node", "create", "a", *self.node_words())
        cli.run("node", "wait", "a", "--until", "enabled")
        cli.refused(WAITED_IN_VAIN, "node", "wait", "a", "--until", "disabled", "--timeout", "1s")
        waiting = cli.start("node", "wait", "a", "--until", "disabled", "--timeout", "1h")
        cli.run("node", "disable", "a")
        self.assertEqual(waiting.wait(PATIENCE_S), DONE)

    def test_keys_are_renewed_one_at_a_time(self):
        organisation = self.world.organisation()
        owner = self.world.with_token(self.world.user({organisation["id"]: "owner"}), SCOPES)
        cli = Larder(self, self.portal, owner.token)
        before = {key["slot"]: key["key"] for key in cli.json("org", "keys")["keys"]}
        after = {key["slot"]: key["key"] for key in cli.json("org", "rotate-key", "secondary")["keys"]}
        self.assertEqual(before["primary"], after["primary"])
        self.assertNotEqual(before["secondary"], after["secondary"])
        cli.run("node", "create", "a", *self.node_words())
        keys = cli.json("node", "keys", "a", "--new-registration-key", "--expires-in", "2h")
        self.assertTrue(keys["registration_key"])
        self.assertIn("valid until", cli.run("node", "keys", "a").stdout)

    def test_names_that_several_have_are_told_apart(self):
        cli = self.operator_cli(self.world.organisation())
        for resource in ("north", "south"):
            cli.run("resource", "create", resource)
            cli.run("node", "create", "a", "--resource", resource, *self.node_words())
        said = cli.refused(USAGE, "node", "show", "a")
        self.assertIn("north / a", said)
        self.assertEqual(cli.json("node", "show", "a", "--resource", "south")["resource"]["name"], "south")

    def test_another_organisation_sees_none_of_it(self):
        mine, other = self.world.organisation(), self.world.organisation()
        node = self.operator_cli(mine).json("node", "create", "secret-node", *self.node_words())
        stranger = self.operator_cli(other)
        self.assertEqual(stranger.json("node", "list"), [])
        self.assertEqual(stranger.json("audit", "list", "--action", "node.create"), [])
        for name in ("secret-node", node["id"]):
            self.assertNotIn("secret-node", stranger.refused(NOT_FOUND, "node", "show", name).replace(name, ""))
        stranger.refused(NOT_FOUND, "org", "show", mine["name"])


class IpSpaceTest(CliTest):
    def test_a_check_shows_what_would_change_and_changes_nothing(self):
        cli = self.operator_cli(self.world.organisation())
        block = self.world.block()
        checked = cli.run("ip-space", "check", "--cidr", block)
        self.assertIn("gained", checked.stdout)
        self.assertEqual(cli.json("node", "list"), [])
        cli.run("ip-space", "check", "--cidr", block + ",62.1.1.1/33", code=INVALID)

    def test_a_large_block_waits_for_an_admin(self):
        organisation = self.world.organisation()
        cli, admin = self.operator_cli(organisation), self.admin_cli()
        large, small = self.world.block(16), self.world.block()
        cli.run("node", "create", "a", *self.node_words(**{"--cidr": f"{large},{small}"}))
        self.assertEqual(cli.json("node", "show", "a")["ip_space"]["state"], "in_review")
        cli.refused(FORBIDDEN, "ip-space", "reviews")

        review, = admin.json("ip-space", "reviews", "--org", organisation["name"])
        self.assertIn(large, admin.run("ip-space", "review", review["id"]).stdout)
        self.assertIn("--feedback", admin.refused(INVALID, "ip-space", "review", review["id"], "--reject"))
        admin.run("ip-space", "review", review["id"], "--approve")
        cli.run("node", "wait", "a", "--until", "valid")
        self.assertIn("approved", cli.run("ip-space", "show", "a").stdout)
        admin.refused(CONFLICT, "ip-space", "review", review["id"], "--approve")

    def test_feedback_of_a_rejection_reaches_the_operator(self):
        organisation = self.world.organisation()
        cli, admin = self.operator_cli(organisation), self.admin_cli()
        cli.run("node", "create", "a", *self.node_words(**{"--cidr": self.world.block(16)}))
        review, = admin.json("ip-space", "reviews", "--org", organisation["id"])
        admin.run("ip-space", "review", review["id"], "--reject", "--feedback", "not yours")
        self.assertIn("not yours", cli.run("ip-space", "show", "a").stdout)
        rejection, = admin.json("ip-space", "rejections", "--org", organisation["name"])
        self.assertIn(rejection["range"], admin.run("ip-space", "rejections").stdout)
        cli.refused(FORBIDDEN, "ip-space", "lift", rejection["id"])
        admin.run("ip-space", "lift", rejection["id"])
        self.assertEqual(admin.json("ip-space", "rejections", "--org", organisation["id"]), [])


class SignInTest(CliTest):
    def test_a_password_makes_a_token_that_logout_revokes(self):
        user = self.world.user()
        cli = Larder(self, self.portal)
        del cli.environment["LARDER_PORTAL"]
        url = f"http://{self.portal.address}"
        cli.run("login", url, "--email", user.email, LARDER_PASSWORD=PASSWORD)
        file = cli.folder / "larder" / "credentials.json"
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertNotIn(PASSWORD, file.read_text())
        self.assertEqual(cli.json("whoami")["user"]["email"], user.email)

        token = json.loads(file.read_text())["portals"][0]["token"]
        cli.run("logout")
        cli.refused(NOT_SIGNED_IN, "whoami")
        Client(self.portal.address, token).get("/session", status=401)

    def test_a_wrong_password_is_refused(self):
        user = self.world.user()
        cli = Larder(self, self.portal)
        cli.refused(NOT_SIGNED_IN, "login", "--email", user.email, LARDER_PASSWORD="wrong")
        self.assertFalse((cli.folder / "larder" / "credentials.json").exists())

    def test_a_device_is_approved_in_a_browser(self):
        user = self.world.user()
        cli = Larder(self, self.portal)
        waiting = cli.start("login")
        code = None
        for line in waiting.stderr:
            if re.fullmatch(r"\s+[A-Z0-9]{4}-[A-Z0-9]{4}\n", line):
                code = line.strip()
                break
        self.assertIsNotNone(code)
        user.post(f"/device-codes/{code}", {"decision": "approve"})
        self.assertEqual(waiting.wait(PATIENCE_S), DONE)
        self.assertEqual(cli.json("whoami")["user"]["email"], user.email)

    def test_a_token_that_is_revoked_says_to_sign_in(self):
        user = self.world.user()
        made = user.post("/account/tokens", {"name": "t", "scopes": ["read"]}).json
        cli = Larder(self, self.portal, made["token"])
        cli.run("node", "list")
        user.delete(f"/account/tokens/{made['id']}")
        self.assertIn("larder login", cli.refused(NOT_SIGNED_IN, "node", "list"))

    def test_a_scope_that_is_missing_is_named(self):
        organisation = self.world.organisation()
        user = self.world.user({organisation["id"]: "owner"})
        cli = Larder(self, self.portal, self.world.with_token(user, ["read"]).token)
        self.assertIn("write", cli.refused(FORBIDDEN, "resource", "create", "a"))


class AccountTest(CliTest):
    def user_cli(self):
        user = self.world.user()
        return user, Larder(self, self.portal, self.world.with_token(user, SCOPES).token)

    def sign_in(self, user, password, *words, code=DONE):
        return Larder(self, self.portal).run("login", "--email", user.email, *words, code=code, LARDER_PASSWORD=password)

    def test_a_password_is_changed_and_ends_sessions_elsewhere(self):
        user, cli = self.user_cli()
        self.assertEqual(len(cli.json("account", "sessions")), 1)
        new = "another battery, another staple"
        cli.run("account", "password", "--password-stdin", "--new-password-stdin", input=f"{PASSWORD}\n{new}\n")
        self.assertEqual(cli.json("account", "sessions"), [])
        self.sign_in(user, PASSWORD, code=NOT_SIGNED_IN)
        self.sign_in(user, new)
        self.assertIn("the password", cli.refused(INVALID, "account", "password", "--new-password-stdin",
                                                  LARDER_PASSWORD="wrong", input=new))

    def test_a_second_factor_is_put_in_force_and_removed(self):
        user, cli = self.user_cli()
        cli.environment["LARDER_PASSWORD"] = PASSWORD
        secret = cli.json("account", "add-second-factor")["secret"]
        wrong = one_time_code.wrong(secret, time.time())
        self.assertNotIn(wrong, cli.refused(INVALID, "account", "confirm-second-factor", wrong))
        codes = cli.run("account", "confirm-second-factor", one_time_code.at(secret, time.time())).stdout.split()
        self.assertEqual(len(codes), 10)
        self.sign_in(user, PASSWORD, code=NOT_SIGNED_IN)
        self.sign_in(user, PASSWORD, "--totp", codes[0])
        cli.run("account", "remove-second-factor")
        self.sign_in(user, PASSWORD)

    def test_a_token_is_made_and_revoked(self):
        user, cli = self.user_cli()
        token = cli.run("account", "create-token", "backup", "--scope", "read", "--expires-in", "2h").stdout.strip()
        made = Larder(self, self.portal, token)
        self.assertEqual(made.json("whoami")["scopes"], ["read"])
        self.assertIn("manage", made.refused(FORBIDDEN, "account", "create-token", "more", "--scope", "read"))
        self.assertIn("backup", cli.run("account", "tokens").stdout)
        cli.run("account", "revoke-token", "backup")
        made.refused(NOT_SIGNED_IN, "whoami")

    def test_a_session_is_ended(self):
        user, cli = self.user_cli()
        session, = cli.json("account", "sessions")
        cli.run("account", "end-session", session["id"])
        user.get("/account", status=401)
        cli.refused(NOT_FOUND, "account", "end-session", session["id"])


class InvitationTest(CliTest):
    def invite(self, by, organisation, email):
        return by.run("org", "invite", email, "--org", organisation["id"], "--role", "operator").stdout.strip()

    def test_a_newcomer_accepts_with_a_new_account(self):
        organisation = self.world.organisation()
        owner = self.world.with_token(self.world.user({organisation["id"]: "owner"}), SCOPES)
        link = self.invite(Larder(self, self.portal, owner.token), organisation, "new@example.net")
        cli = Larder(self, self.portal)
        self.assertIn(organisation["name"], cli.run("invitation", "show", link).stdout)
        said = cli.run("invitation", "accept", link, "--name", "New", "--password-stdin", input=PASSWORD).stderr
        self.assertIn(f'--email new@example.net --org "{organisation["name"]}"', said)
        cli.refused(NOT_FOUND, "invitation", "show", link)
        cli.run("login", "--email", "new@example.net", "--org", organisation["name"], LARDER_PASSWORD=PASSWORD)
        self.assertEqual(cli.json("whoami")["memberships"][0]["role"], "operator")

    def test_an_account_that_is_there_is_signed_in_with(self):
        organisation, user = self.world.organisation(), self.world.user()
        link = self.invite(self.admin_cli(), organisation, user.email)
        cli = Larder(self, self.portal)
        self.assertIn(f"--email {user.email}", cli.refused(NOT_SIGNED_IN, "invitation", "accept", link))
        cli.run("login", "--email", user.email, LARDER_PASSWORD=PASSWORD)
        self.assertEqual(cli.json("invitation", "accept", link)["role"], "operator")
        self.assertEqual([item["name"] for item in cli.json("org", "list")], [organisation["name"]])


class AdminTest(CliTest):
    def test_organisations_people_and_their_roles(self):
        cli = self.admin_cli()
        name = f"North {self.world.number()}"
        cli.run("org", "create", name, "--kind", "isp", "--asn", "64500", "--contact-email", "noc@example.net")
        cli.run("org", "edit", name, "--contact-name", "Ada")
        organisation = cli.json("org", "show", name)
        self.assertEqual(organisation["contact"], {"name": "Ada", "email": "noc@example.net", "phone": ""})

        email = f"cli-{self.world.number()}@example.net"
        password = cli.run("user", "create", email, "--name", "Bob").stdout.splitlines()[-1]
        invited = cli.run("org", "invite", email, "--org", name, "--role", "viewer").stdout.strip()
        self.assertTrue(invited.startswith("http"), invited)
        self.assertIn(email, cli.run("org", "invitations", "--org", name).stdout)
        cli.run("org", "withdraw-invitation", email, "--org", name)

        user = cli.json("user", "show", email)
        self.admin.put(f"/organisations/{organisation['id']}/members/{user['id']}", {"role": "viewer"})
        cli.run("org", "set-role", email, "--org", name, "--role", "owner")
        self.assertIn("owner", cli.run("org", "members", name).stdout)

        signed_in = Larder(self, self.portal)
        signed_in.run("login", "--email", email, LARDER_PASSWORD=password)
        self.assertIn(f"{name} (owner)", signed_in.run("whoami").stdout)

        cli.run("user", "edit", email, "--disabled", "yes")
        signed_in.refused(NOT_SIGNED_IN, "whoami")
        self.assertIn("last owner", cli.refused(CONFLICT, "user", "delete", email, "--yes-delete", email))
        cli.run("org", "delete", name, "--yes-delete", name)
        cli.run("user", "delete", email, "--yes-delete", email)
        cli.refused(NOT_FOUND, "org", "show", name)

    def test_a_request_for_access_is_approved_or_refused(self):
        cli = self.admin_cli()
        names = [f"Asking {self.world.number()}" for _ in range(2)]
        for name in names:
            Client(self.portal.address).post("/access-requests", {
                "organisation_name": name, "kind": "enterprise", "contact": {"name": "C", "email": "c@example.net"}})
        listed = cli.run("access", "list").stdout
        self.assertIn(names[0], listed)
        self.assertNotIn("LOOKS LIKE", listed)
        self.assertIn("anonymous (says: ", cli.run("audit", "list", "--action", "access-request.create").stdout)
        Client(self.portal.address).post("/access-requests", {
            "organisation_name": "Ex\u0430mple", "kind": "enterprise", "contact": {"name": "C", "email": "c@example.net"}})
        self.assertIn("Example (organisation_name: Cyrillic, Latin)", " ".join(cli.run("access", "list").stdout.split()))
        self.assertIn("http", cli.run("access", "approve", names[0]).stdout)
        cli.run("access", "refuse", names[1], "--reason", "too small")
        self.assertIn("too small", [item["reason"] for item in cli.json("access", "list", "--state", "refused")])
        self.assertEqual(cli.json("org", "show", names[0])["kind"], "enterprise")

    def test_the_audit_log_is_listed_and_exported(self):
        organisation = self.world.organisation()
        operator, cli = self.operator_cli(organisation), self.admin_cli()
        operator.run("node", "create", "audited", *self.node_words())
        operator.run("node", "edit", "audited", "--notes", "new")
        listed = cli.run("audit", "list", "--org", organisation["name"])
        self.assertIn("node.create", listed.stdout)
        self.assertIn("new", listed.stdout)
        file = cli.folder / "audit.csv"
        cli.run("audit", "export", "--org", organisation["name"], "--format", "csv", "--output", str(file))
        self.assertIn("audited", file.read_text())
        lines = cli.run("audit", "export", "--org", organisation["name"]).stdout.splitlines()
        self.assertIn("node.create", [json.loads(line)["action"] for line in lines])


class OutageTest(CliTest):
    def test_a_portal_that_is_down_is_said(self):
        cli = self.admin_cli()
        self.portal.stop()
        said = cli.refused(UNREACHABLE, "node", "list")
        self.assertIn("Cannot reach", said)
        self.portal.start()
        cli.run("node", "list")
