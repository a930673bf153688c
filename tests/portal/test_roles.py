"""Every operation of the description, tried by everybody: what comes of it follows from its x-access alone.

Bodies have a member that is not known, so that whoever is let in gets 422 and nothing is changed: what is tested is the
door. Operations without a body are let happen, to objects that are made for it.
"""

import unittest

from .client import description
from .world import PASSWORD, SCOPES, WorldTest

ROLES = ["viewer", "operator", "owner"]
NO_SUCH_MEMBER = {"no such member": 1}
REFUSED = (401, 403, 404)


class Caller:
    """`role`: in the organisation of the table; None: none. `scopes`: None for sessions, which have all."""

    def __init__(self, name, client, role=None, admin=False, scopes=None):
        self.name, self.client, self.role, self.scopes = name, client, role, scopes
        self.admin = admin and (scopes is None or "admin" in scopes)  # or its token is one of a mere member

    def expected(self, operation):
        """401, 403, 404; None: to be let in."""
        if operation.needs == "public":
            return None
        if self.client.token is None and not self.client.cookies:
            return 401
        if operation.needs == "admin" and not self.admin:
            return 403
        if operation.id == "signOut" and self.scopes is not None:  # a token may always end itself
            return None
        if self.scopes is not None and (operation.scope not in self.scopes or operation.session_only):
            return 403
        if operation.needs in ROLES and not self.admin:
            if self.role is None:
                return 404
            if ROLES.index(self.role) < ROLES.index(operation.needs):
                return 403
        return None


class RolesTest(WorldTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        world = cls.world
        cls.organisation, cls.other = world.organisation(), world.organisation()
        cls.resource = world.resource(cls.organisation)
        cls.node = world.node(cls.resource, cidr_blocks=["80.0.0.0/13"])
        cls.review = cls.admin.get(f"/nodes/{cls.node['id']}/ip-space").json["review"]
        cls.request = cls.ask_for_access()
        own, other = cls.organisation["id"], cls.other["id"]
        cls.stranger = Caller("stranger", cls.portal.client())
        cls.sessions = [Caller(role, world.user({own: role}), role) for role in ROLES]
        cls.sessions += [Caller("nobody", world.user()), Caller("other owner", world.user({other: "owner"})),
                         Caller("admin", world.user(admin=True), admin=True)]

    @classmethod
    def ask_for_access(cls):
        contact = {"name": "Ana", "email": "ana@example.net"}
        return cls.portal.client().post("/access-requests", {
            "organisation_name": "New", "kind": "isp", "asn": 64500, "contact": contact}).json["id"]

    def token_of(self, caller, scope):
        client = self.world.with_token(caller.client, [scope])
        client.id, client.email = caller.client.id, caller.client.email
        return Caller(f"{caller.name}, token for {scope}", client, caller.role, caller.admin, [scope])

    def id_for(self, name, caller):
        """The id of an object that is there, and is the caller's where people have their own."""
        fixed = {"organisation": self.organisation["id"], "resource": self.resource["id"], "node": self.node["id"],
                 "review": self.review, "request": self.request, "slot": "primary"}
        return fixed[name] if name in fixed else getattr(self, f"new_{name}")(caller)

    def new_user(self, _):
        return self.world.user({self.organisation["id"]: "viewer"}).id

    def new_invitation(self, _):
        body = {"email": f"guest-{self.world.number()}@example.net", "role": "viewer"}
        return self.admin.post(f"/organisations/{self.organisation['id']}/invitations", body).json["id"]

    def new_session(self, caller):
        owner = self.owner_of(caller)
        again = self.portal.client()
        again.sign_in(owner.email, PASSWORD)
        return next(found["id"] for found in again.items("/account/sessions") if found["current"])

    def new_token(self, caller):
        body = {"name": "to be revoked", "scopes": ["read"]}
        return self.session_of(self.owner_of(caller)).post("/account/tokens", body).json["id"]

    def new_rejection(self, _):
        node = self.world.node(self.resource, cidr_blocks=[self.world.block(16)])
        review = self.admin.get(f"/nodes/{node['id']}/ip-space").json["review"]
        self.admin.post(f"/reviews/{review}/decision", {"decision": "reject", "feedback": "not yours"})
        return self.admin.get("/rejections", query={"sort": "-rejected_at", "limit": "1"}).json["items"][0]["id"]

    def new_user_code(self, _):
        return self.portal.client().post("/device-authorizations", {"client_id": "larder"}).json["user_code"]

    def owner_of(self, caller):
        return caller.client if hasattr(caller.client, "email") else self.sessions[0].client

    def session_of(self, client):
        return next(caller.client for caller in self.sessions if caller.client.email == client.email)

    def try_it(self, caller, operation):
        path = operation.path
        for name in operation.names:
            path = path.replace(f"{{{name}}}", self.id_for(name, caller))
        client = caller.client
        if operation.id == "signOut" and caller.expected(operation) is None:
            client = self.to_sign_out(caller)
        body = NO_SUCH_MEMBER if operation.has_body else None
        return client.ask(operation.method, path, body).status

    def to_sign_out(self, caller):
        """The same caller in a session or with a token that may end."""
        if caller.scopes is not None:
            return self.world.with_token(self.session_of(caller.client), caller.scopes)
        again = self.portal.client()
        again.sign_in(caller.client.email, PASSWORD)
        return again

    def check_all(self, caller):
        for operation in description.operations:
            with self.subTest(f"{operation.method} {operation.path} as {caller.name}"):
                status = self.try_it(caller, operation)
                expected = caller.expected(operation)
                if operation.needs == "public":
                    self.assertEqual(status, self.public[operation.id], "public: the same for everybody")
                elif expected is None:
                    self.assertNotIn(status, REFUSED, "to be let in")
                    self.assertLess(status, 500)
                else:
                    self.assertEqual(status, expected)

    @property
    def public(self):
        """What a stranger gets of each public operation."""
        cls = type(self)
        if not hasattr(cls, "_public"):
            cls._public = {operation.id: self.try_it(self.stranger, operation)
                           for operation in description.operations if operation.needs == "public"}
        return cls._public

    def test_a_stranger_gets_401_of_all_that_is_not_public(self):
        self.check_all(self.stranger)

    def test_public_operations_ask_nobody_who_they_are(self):
        for operation, status in self.public.items():
            self.assertNotIn(status, (401, 403), operation)

    def test_sessions_do_what_the_role_allows(self):
        for caller in self.sessions:
            self.check_all(caller)

    def test_a_token_with_one_scope_does_what_that_scope_allows(self):
        callers = {caller.name: caller for caller in self.sessions}
        for scope in SCOPES:
            self.check_all(self.token_of(callers["owner"], scope))
        for scope in SCOPES + ["admin"]:
            self.check_all(self.token_of(callers["admin"], scope))

    def test_a_token_of_no_member_sees_nothing_with_any_scope(self):
        nobody = next(caller for caller in self.sessions if caller.name == "other owner")
        for scope in SCOPES:
            self.check_all(self.token_of(nobody, scope))

    def test_lists_hold_nothing_of_other_organisations(self):
        for name in ("nobody", "other owner"):
            client = next(caller.client for caller in self.sessions if caller.name == name)
            for path in ("/nodes", "/resources", "/organisations", "/audit"):
                text = client.get(path, query={"limit": "500"}).body.decode()
                self.assertNotIn(self.organisation["id"], text, f"{path} as {name}")
            for path in ("/nodes", "/resources", "/audit"):
                answer = client.ask("GET", f"{path}?organisation={self.organisation['id']}")
                self.assertNotIn(self.node["name"], answer.body.decode(), f"{path} as {name}")

    def test_what_is_hidden_looks_like_what_is_not_there(self):
        client = next(caller.client for caller in self.sessions if caller.name == "other owner")
        missing = "00000000-0000-7000-8000-000000000000"
        for path in ("/nodes/{}", "/resources/{}", "/organisations/{}", "/nodes/{}/keys", "/nodes/{}/ip-space"):
            noun = path.split("/")[1].rstrip("s")
            hidden = client.get(path.format(getattr(self, noun)["id"]), 404).json
            absent = client.get(path.format(missing), 404).json
            for member in ("type", "title", "status"):
                self.assertEqual(hidden[member], absent[member], path)

    def test_members_of_the_table_are_complete(self):
        """An operation with a new name in its path needs a line in id_for()."""
        names = {name for operation in description.operations for name in operation.names}
        for name in names:
            self.assertTrue(self.id_for(name, self.sessions[0]), name)


if __name__ == "__main__":
    unittest.main()
