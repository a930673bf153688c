"""What is malformed, too much or misdirected is refused with a problem that says why, and changes nothing."""

import json
import socket
import unittest

from .client import description
from .waiting import PATIENCE_S
from .world import WorldTest

JSON = {"Content-Type": "application/json"}


class ProblemsTest(WorldTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.organisation = cls.world.organisation()
        cls.path = f"/organisations/{cls.organisation['id']}"
        cls.resource = cls.world.resource(cls.organisation)
        cls.nodes = f"/resources/{cls.resource['id']}/nodes"

    def post(self, body, path=None, fields=JSON):
        return self.admin.ask("POST", path or f"{self.path}/resources", body, fields)

    def assert_problem(self, answer, status, name):
        self.assertEqual((answer.status, answer.problem), (status, name), answer.body)
        self.assertEqual(answer.json["status"], status)
        self.assertTrue(answer.json["detail"])

    def test_malformed_json_is_refused(self):
        for body in (b"{", b"{\"name\": }", b"nonsense", b"{\"name\": \"a\"} more", b"{'name': 'a'}", b"{\"name\": \"\\x\"}",
                     b"{\"name\": \"a\",}", b"\x00", b"{\"name\": NaN}", b"// a comment\n{}", b"\xef\xbb\xbf{}"):
            with self.subTest(body):
                self.assert_problem(self.post(body), 400, "malformed")

    def test_json_that_is_no_object_is_refused(self):
        for body in (b"[]", b"null", b"1", b"\"name\"", b"true"):
            with self.subTest(body):
                self.assert_problem(self.post(body), 400, "malformed")

    def test_text_that_is_no_utf8_is_refused(self):
        for text in (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf5\x80\x80\x80"):
            with self.subTest(text):
                self.assert_problem(self.post(b'{"name": "' + text + b'"}'), 400, "malformed")

    def test_bytes_that_are_no_text_are_refused_wherever_they_come(self):
        for byte in ("%ff", "%00", "%c3", "%ed%a0%80"):
            for path in (f"/nodes?q={byte}", f"/audit?actor={byte}", f"/users?{byte}=x", f"/nodes?label=a:{byte}"):
                with self.subTest(path):
                    self.assert_problem(self.admin.ask("GET", path), 400, "malformed")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for body in (b"client_id=larder&scope=%ff", b"client_id=%c3", b"\xff=\xff"):
            self.assertEqual(self.portal.client().ask("POST", "/device-authorizations", body, form).status, 400)
            self.assertEqual(self.portal.client().ask("POST", "/token", body, form).status, 400)

    def test_fields_of_the_head_that_are_no_text_do_no_harm(self):
        path = f"/resources/{self.resource['id']}"
        for name in ("If-Match", "Prefer", "User-Agent", "Idempotency-Key", "Cookie", "Origin", "Authorization"):
            with self.subTest(name):
                fields = {"If-Match": "\"1\"", name: b"\"\xff\xc3\"", "Content-Type": "application/json"}
                self.assertLess(self.admin.ask("PATCH", path, {"name": ""}, fields).status, 500)
        signing_in = {"email": "a@example.net", "password": "wrong wrong wrong"}
        self.portal.client().ask("POST", "/session", signing_in, {"User-Agent": b"\xff"})

    def test_a_long_text_is_cut_between_characters(self):
        for text in ("a" + "é" * 200, "é" * 200, "𝄞" * 100):
            for body in (self.world.node_body(cidr_blocks=[text]), self.world.node_body(labels={text: "x"}),
                         self.world.node_body(fqdn=text), self.world.node_body(name=text)):
                self.assertEqual(self.post(body, self.nodes).status, 422)

    def test_half_a_surrogate_is_refused(self):
        for text in (b"\\ud800", b"\\udc00", b"\\ud800x"):
            with self.subTest(text):
                self.assertIn(self.post(b'{"name": "' + text + b'"}').status, (400, 422))

    def test_deep_nesting_is_refused(self):
        for depth in (17, 100, 100_000):
            with self.subTest(depth):
                answer = self.post(b'{"name": ' + b"[" * depth + b"]" * depth + b"}")
                self.assert_problem(answer, 400, "malformed")

    def test_the_null_character_is_refused(self):
        self.assert_problem(self.post({"name": "a\0b"}), 422, "invalid")

    def test_other_content_types_are_refused(self):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx", "multipart/form-data; boundary=x"):
            with self.subTest(kind):
                answer = self.post(b'{"name": "a"}', fields={"Content-Type": kind})
                self.assert_problem(answer, 415, "unsupported-media-type")

    def test_a_charset_behind_the_content_type_is_taken(self):
        answer = self.post(b'{"name": "with charset"}', fields={"Content-Type": "Application/JSON ; charset=utf-8"})
        self.assertEqual(answer.status, 201)

    def test_unknown_members_are_named(self):
        answer = self.post({"name": "a", "colour": "red", "a/b~c": 1})
        self.assert_problem(answer, 422, "invalid")
        self.assertEqual(sorted(answer.pointers), ["/a~1b~0c", "/colour"])

    def test_unknown_members_of_objects_inside_are_named(self):
        answer = self.post(self.world.node_body(intent={"state": "enabled", "mood": "good"}), self.nodes)
        self.assert_problem(answer, 422, "invalid")
        self.assertEqual(answer.pointers, ["/intent/mood"])

    def test_all_mistakes_come_at_once(self):
        body = self.world.node_body(name="not good", max_egress_mbps=-1, ipv4_address="1.2.3", drives=[{"path": "/"}])
        answer = self.post(body, self.nodes)
        self.assert_problem(answer, 422, "invalid")
        self.assertLessEqual({"/name", "/max_egress_mbps", "/ipv4_address"}, set(answer.pointers))
        self.assertTrue(any(pointer.startswith("/drives/0") for pointer in answer.pointers))

    def test_numbers_out_of_range_are_refused(self):
        for number in ("1e400", "1e18", "18446744073709551616", "9223372036854775808", "-9223372036854775809", "0", "-1",
                       "1.5", "1" * 400):
            with self.subTest(number):
                body = json.dumps(self.world.node_body(max_egress_mbps="NUMBER")).replace('"NUMBER"', number).encode()
                answer = self.post(body, self.nodes)
                self.assertIn((answer.status, answer.problem), ((422, "invalid"), (400, "malformed")))

    def test_wrong_types_are_refused_everywhere(self):
        wrong = {"name": [], "ipv4_address": 1, "fqdn": True, "cidr_blocks": {"a": 1}, "share_blocks": "yes",
                 "intent": "enabled", "max_egress_mbps": "10", "drives": "x", "proxy_url": [], "update": 3,
                 "labels": ["a"], "notes": {}}
        for member, value in wrong.items():
            with self.subTest(member):
                answer = self.post(self.world.node_body(**{member: value}), self.nodes)
                self.assert_problem(answer, 422, "invalid")
                self.assertTrue(all(pointer.startswith(f"/{member}") for pointer in answer.pointers), answer.pointers)

    def test_a_body_over_the_limit_is_refused(self):
        connection = socket.create_connection(self._endpoint(), PATIENCE_S)
        with connection:
            head = (f"POST /api/v1{self.path}/resources HTTP/1.1\r\nHost: portal\r\nAuthorization: Bearer "
                    f"{self.admin.token}\r\nContent-Type: application/json\r\nContent-Length: {64 << 20}\r\n\r\n")
            connection.sendall(head.encode())
            self.assertIn(b" 413 ", connection.recv(4096).split(b"\r\n")[0])

    def test_a_long_body_below_the_limit_is_read(self):
        answer = self.post({"name": "a", "notes": "x" * (3 << 20)})
        self.assertEqual((answer.status, answer.pointers), (422, ["/notes"]))

    def test_other_methods_are_answered_with_those_that_there_are(self):
        methods = {}
        for operation in description.operations:
            methods.setdefault(operation.path, set()).add(operation.method)
        for path, known in methods.items():
            concrete = path
            for name in ("organisation", "resource", "node", "user", "invitation", "request", "review", "session", "token"):
                concrete = concrete.replace(f"{{{name}}}", self.organisation["id"])
            concrete = concrete.replace("{slot}", "primary").replace("{user_code}", "ABCD-EFGH")
            for method in sorted({"GET", "PUT", "POST", "PATCH", "DELETE"} - known):
                with self.subTest(f"{method} {path}"):
                    answer = self.admin.ask(method, concrete)
                    self.assert_problem(answer, 405, "method-not-allowed")
                    allowed = {word.strip() for word in answer.headers["Allow"].split(",")} - {"HEAD", "OPTIONS"}
                    # The concrete path may be one of another pattern too: "/users/{user}" is not, "/invitations/lookup" is.
                    self.assertLessEqual(known, allowed)

    def test_unknown_paths_are_not_found(self):
        for path in ("", "/", "/nope", "/nodes/", "/nodes//", "/nodes/x/y/z", "/NODES", "/nodes/..", "/nodes/%2e%2e",
                     "//nodes", "/organisations/x"):
            with self.subTest(path):
                self.assert_problem(self.admin.ask("GET", path), 404, "not-found")

    def test_ids_that_are_none_are_not_found(self):
        for name in ("1", "null", "%00", "'; DROP TABLE node; --".replace(" ", "%20"), "x" * 300, "%ff",
                     self.organisation["id"].upper() + "0"):
            for noun in ("nodes", "resources", "organisations", "users", "reviews", "access-requests"):
                with self.subTest(f"/{noun}/{name}"):
                    answer = self.admin.ask("GET", f"/{noun}/{name}")
                    self.assertIn((answer.status, answer.problem), ((404, "not-found"), (400, "malformed")))

    def test_wrong_parameters_are_named(self):
        for query, pointer in (("limit=0", "?limit"), ("limit=501", "?limit"), ("limit=x", "?limit"), ("limit=", "?limit"),
                               ("limit=-1", "?limit"), ("sort=colour", "?sort"), ("sort=--name", "?sort"),
                               ("colour=red", "?colour"), ("intent=lazy", "?intent"), ("ring=golden", "?ring"),
                               ("ip_space=odd", "?ip_space"), ("label=:value", "?label")):
            with self.subTest(query):
                answer = self.admin.ask("GET", f"/nodes?{query}")
                self.assert_problem(answer, 422, "invalid")
                self.assertEqual(answer.pointers, [pointer])

    def test_a_cursor_that_is_none_is_malformed(self):
        for cursor in ("x", "bnVsbA", "A" * 5000, ""):
            answer = self.admin.ask("GET", f"/nodes?cursor={cursor}")
            self.assert_problem(answer, 400, "malformed")
            self.assertEqual(answer.pointers, ["?cursor"])

    def test_labels_that_are_no_text_are_refused(self):
        for value in ("a\0b", "a\u202eb", "a\x9b", " a", "é" * 101, 1, None, ["a"], {"a": "b"}):
            with self.subTest(value):
                answer = self.post(self.world.node_body(labels={"site": value}), self.nodes)
                self.assert_problem(answer, 422, "invalid")
                self.assertEqual(answer.pointers, ["/labels/site"])

    def test_an_unknown_parameter_is_named_by_every_list(self):
        for operation in description.operations:
            parameters = [description.resolve(part)["name"] for part in operation.said.get("parameters", [])]
            if "cursor" in parameters:
                path = operation.path.replace("{organisation}", self.organisation["id"])
                with self.subTest(path):
                    self.assertEqual(self.admin.ask("GET", f"{path}?colour=red").pointers, ["?colour"])
                    self.assertEqual(self.admin.ask("GET", f"{path}?limit=0").pointers, ["?limit"])

    def test_if_match_that_is_no_tag_matches_nothing(self):
        path = f"/resources/{self.resource['id']}"
        for tag in ("x", '"', '"x"', "1", '"999999999999999999999999"', 'W/"1"'):
            with self.subTest(tag):
                answer = self.admin.ask("PATCH", path, {"notes": "never"}, {"If-Match": tag})
                self.assertIn((answer.status, answer.problem), ((412, "precondition-failed"), (400, "malformed")))
        self.assertEqual(self.admin.get(path).json["notes"], "")

    def test_credentials_that_are_wrong_are_refused(self):
        for value in ("Bearer", "Bearer ", "Bearer x", "Basic YTpi", "Bearer " + self.admin.token[:-1], "Bearer " + "x" * 4000,
                      self.admin.token):
            with self.subTest(value[:30]):
                answer = self.portal.client().ask("GET", "/account", fields={"Authorization": value})
                self.assert_problem(answer, 401, "unauthenticated")
                self.assertIn("Bearer", answer.headers["WWW-Authenticate"])

    def test_a_session_needs_its_csrf_token_for_changes(self):
        user = self.world.user()
        user.csrf, csrf = None, user.csrf
        self.assert_problem(user.ask("PATCH", "/account", {"name": "x"}), 403, "csrf")
        user.csrf = csrf[:-1] + ("A" if csrf[-1] != "A" else "B")
        self.assert_problem(user.ask("PATCH", "/account", {"name": "x"}), 403, "csrf")
        user.get("/account")
        user.csrf = csrf
        user.patch("/account", {"name": "x"})

    def test_wrong_passwords_are_counted(self):
        user = self.world.user()
        wrong = {"email": user.email, "password": "wrong wrong wrong"}
        answers = [self.portal.client().ask("POST", "/session", wrong) for _ in range(8)]
        self.assert_problem(answers[0], 401, "unauthenticated")
        self.assert_problem(answers[-1], 429, "too-many-attempts")
        self.assertGreater(int(answers[-1].headers["Retry-After"]), 0)

    def test_a_head_request_has_no_body(self):
        answer = self.admin.ask("HEAD", f"/resources/{self.resource['id']}")
        self.assertEqual((answer.status, answer.body), (200, b""))

    def test_nothing_is_changed_by_what_is_refused(self):
        before = self.admin.get("/audit/export").body
        self.admin.ask("POST", f"{self.path}/resources", {"name": ""})
        self.admin.ask("PATCH", f"/resources/{self.resource['id']}", {"name": "x"})
        self.admin.ask("DELETE", f"/resources/{self.resource['id']}", {"name": "another"})
        self.assertEqual(self.admin.get("/audit/export").body, before)

    def _endpoint(self):
        host, port = self.portal.address.rsplit(":", 1)
        return host, int(port)


if __name__ == "__main__":
    unittest.main()
