"""The fields of a node: what is taken, what is refused, and what is offered instead."""

import unittest
from urllib.parse import quote

from .world import WorldTest


class NodesTest(WorldTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.isp, cls.enterprise = cls.world.organisation("isp"), cls.world.organisation("enterprise")
        cls.resource, cls.private = cls.world.resource(cls.isp), cls.world.resource(cls.enterprise)
        cls.operator = cls.world.operator(cls.isp)

    def create(self, resource=None, **fields):
        resource = resource or self.resource
        return self.admin.ask("POST", f"/resources/{resource['id']}/nodes", self.world.node_body(**fields))

    def assert_taken(self, resource=None, **fields):
        answer = self.create(resource, **fields)
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json

    def assert_refused(self, pointer, resource=None, **fields):
        answer = self.create(resource, **fields)
        self.assertEqual((answer.status, answer.problem), (422, "invalid"), answer.body)
        self.assertEqual(answer.pointers, [pointer])
        return answer.json["errors"][0]

    def test_a_name_is_letters_digits_hyphens_and_underscores(self):
        for name in ("a", "Seattle-1", "node_7", "0"):
            self.assertEqual(self.assert_taken(name=name)["name"], name)
        for name in ("", " ", "a b", "a.b", "a/b", "é", "a\n", "x" * 500, None):
            with self.subTest(name):
                self.assert_refused("/name", name=name)

    def test_a_name_is_unique_in_its_resource(self):
        self.assert_taken(name="twice")
        self.assert_refused("/name", name="TWICE")
        self.assert_taken(self.world.resource(self.isp), name="twice")

    def test_a_name_never_changes(self):
        node = self.assert_taken()
        answer = self.admin.patch(f"/nodes/{node['id']}", {"name": "other"}, 422)
        self.assertEqual(answer.pointers, ["/name"])

    def test_the_address_of_an_isp_node_is_routed_on_the_internet(self):
        for address in ("10.0.0.1", "127.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "169.254.1.1", "224.0.0.1",
                        "0.0.0.0", "255.255.255.255", "192.0.2.1", "198.18.0.1"):
            with self.subTest(address):
                self.assert_refused("/ipv4_address", ipv4_address=address)
        for address in ("::1", "fe80::1", "fd00::1", "2001:db8::1", "ff02::1", "::"):
            with self.subTest(address):
                self.assert_refused("/ipv6_address", ipv6_address=address)

    def test_the_address_of_an_enterprise_node_may_be_private(self):
        node = self.assert_taken(self.private, ipv4_address="10.0.0.1", cidr_blocks=["10.1.0.0/16"])
        self.assertEqual(node["ipv4_address"], "10.0.0.1")

    def test_an_address_is_an_address(self):
        for text in ("1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4/32", "host", "2a00::1", "1.2.3.4 "):
            with self.subTest(text):
                self.assert_refused("/ipv4_address", ipv4_address=text)
        for text in ("2a00:::1", "1.2.3.4", "2a00::1/64", "g::1", "[2a00::1]", "fe80::1%eth0"):
            with self.subTest(text):
                self.assert_refused("/ipv6_address", ipv6_address=text)

    def test_an_ipv6_address_becomes_canonical(self):
        number = self.world.number()
        node = self.assert_taken(ipv6_address=f"2A00:0B00:0:0::{number:x}")
        self.assertEqual(node["ipv6_address"], f"2a00:b00::{number:x}")

    def test_an_address_is_of_one_node_only(self):
        node = self.assert_taken()
        self.assertIn(node["name"], self.assert_refused("/ipv4_address", ipv4_address=node["ipv4_address"])["detail"])

    def test_an_address_that_another_organisation_claims_is_kept_from_nobody_and_told_to_admins(self):
        node = self.assert_taken()
        other = self.world.organisation()
        operator = self.world.operator(other)
        answer = operator.post(f"/resources/{self.world.resource(other)['id']}/nodes",
                               self.world.node_body(ipv4_address=node["ipv4_address"]), 201)
        for secret in (node["id"], self.isp["id"], "address_conflicts"):
            self.assertNotIn(secret, answer.body.decode())
        conflict, = self.admin.get(f"/nodes/{answer.json['id']}").json["address_conflicts"]
        self.assertEqual((conflict["node"]["id"], conflict["organisation"]["id"]), (node["id"], self.isp["id"]))
        found = {item["id"] for item in self.admin.items("/nodes", address_conflict="true")}
        self.assertEqual(found & {node["id"], answer.json["id"]}, {node["id"], answer.json["id"]})
        self.assertEqual(operator.ask("GET", "/nodes?address_conflict=true").pointers, ["?address_conflict"])

    def test_a_host_name_is_a_host_name(self):
        self.assertEqual(self.assert_taken(fqdn="Cache-1.example.net.")["fqdn"], "cache-1.example.net")
        for name in ("a b", "-a.example", "a..example", "x" * 64 + ".example", "a_b!.example", "http://a.example",
                     "host", "1.2.3.4"):
            with self.subTest(name):
                self.assert_refused("/fqdn", fqdn=name)

    def test_blocks_come_as_a_list_or_as_text(self):
        a, b, c = (self.world.block() for _ in range(3))
        self.assertEqual(self.assert_taken(cidr_blocks=f"{a}, {b}\n{c}\n")["cidr_blocks"], [a, b, c])
        d, e = (self.world.block() for _ in range(2))
        self.assertEqual(self.assert_taken(cidr_blocks=[d, e])["cidr_blocks"], [d, e])
        self.assertEqual(self.assert_taken(cidr_blocks="")["cidr_blocks"], [])

    def test_the_canonical_form_of_a_block_is_offered(self):
        error = self.assert_refused("/cidr_blocks/1", cidr_blocks=[self.world.block(), "2.21.234.77/24"])
        self.assertEqual(error["suggestion"], "2.21.234.0/24")
        error = self.assert_refused("/cidr_blocks/0", cidr_blocks=["2a00:b00::1/32"])
        self.assertEqual(error["suggestion"], "2a00:b00::/32")

    def test_a_wrong_block_is_named_by_its_place(self):
        error = self.assert_refused("/cidr_blocks/2",
                                    cidr_blocks=f"{self.world.block()},{self.world.block()},2.21.234.0/33")
        self.assertIn("2.21.234.0/33", error["detail"])
        self.assertIn("32", error["detail"])
        for text in ("nonsense", "1.2.3.0/", "1.2.3.0/-1", "1.2.3/24", "2a00::/129", "/24"):
            with self.subTest(text):
                self.assert_refused("/cidr_blocks/0", cidr_blocks=[text])

    def test_a_block_twice_is_refused(self):
        block = self.world.block()
        self.assertIn(self.create(cidr_blocks=[block, block]).pointers, (["/cidr_blocks/1"], ["/cidr_blocks/0"]))

    def test_a_block_of_another_own_node_is_refused_with_its_name(self):
        block = self.world.block()
        node = self.assert_taken(cidr_blocks=[block])
        self.assertIn(node["name"], self.assert_refused("/cidr_blocks/0", cidr_blocks=[block])["detail"])

    def test_drives_are_folders_of_their_own(self):
        for path in ("/", "//", "/.", "/var/..", ".", "./var", "", " ", "var/cache"):
            with self.subTest(path):
                answer = self.create(drives=[{"path": path, "size_gib": 500}])
                self.assertEqual(answer.status, 422, answer.body)
                self.assertEqual(answer.pointers, ["/drives/0/path"])
        self.assert_refused("/drives/0/size_gib", drives=[{"path": "/var/lib/larder/one", "size_gib": 0}])
        for second in ("/srv/one", "/srv/one/", "/srv/one/inside"):
            drives = [{"path": path, "size_gib": 500} for path in ("/srv/one", second)]
            self.assert_refused("/drives/1/path", drives=drives)
        self.assertEqual(self.assert_taken(drives=[{"path": "/srv/./a//b/", "size_gib": 1}])["drives"],
                         [{"path": "/srv/a/b", "size_gib": 1}])

    def test_egress_is_a_positive_rate(self):
        for rate in (0, -1, 1.5, "1", 10**12):
            with self.subTest(rate):
                self.assert_refused("/max_egress_mbps", max_egress_mbps=rate)
        self.assertIsNone(self.assert_taken(max_egress_mbps=None)["max_egress_mbps"])

    def test_a_proxy_is_a_url(self):
        self.assertEqual(self.assert_taken(proxy_url="http://proxy.example:3128")["proxy_url"], "http://proxy.example:3128")
        for url in ("proxy", "http://proxy.example", "http://user:secret@proxy.example:3128", "http://a:0",
                    "ftp://proxy.example", "http://", "http://a b", "javascript:alert(1)"):
            with self.subTest(url):
                self.assert_refused("/proxy_url", proxy_url=url)

    def test_updates_have_a_ring_and_a_window(self):
        update = {"ring": "slow", "week": 2, "day": 3, "time": "03:00"}
        self.assertEqual(self.assert_taken(update=update)["update"], update)
        fast = {"ring": "fast", "week": None, "day": None, "time": None}
        self.assertEqual(self.assert_taken(update={"ring": "fast"})["update"], fast)
        self.assertEqual(self.assert_taken()["update"], fast)
        self.assert_refused("/update", update={**update, "ring": "fast"})
        for member in ("week", "day", "time"):
            self.assert_refused(f"/update/{member}", update={**update, member: None})
        for member, value in (("ring", "golden"), ("week", 0), ("week", 5), ("day", 0), ("day", 8), ("time", "24:00"),
                              ("time", "3:00"), ("time", "03:60"), ("time", "noon")):
            with self.subTest(f"{member} {value}"):
                self.assert_refused(f"/update/{member}", update={**update, member: value})

    def test_labels_are_short_texts(self):
        labels = {"site": "sea", "rack.example_unit-2": "7"}
        self.assertEqual(self.assert_taken(labels=labels)["labels"], labels)
        answer = self.create(labels={"": "x"})
        self.assertEqual(answer.status, 422)
        self.assertEqual(self.create(labels={"a": 1}).status, 422)
        self.assertEqual(self.create(labels={"a": "x" * 5000}).status, 422)
        self.assertEqual(self.create(labels={f"label-{i}": "x" for i in range(1000)}).status, 422)

    def test_intent_until_goes_with_draining_only(self):
        node = self.assert_taken(intent={"state": "draining", "until": "2099-01-01T00:00:00Z"})
        self.assertEqual(node["intent"], {"state": "draining", "until": "2099-01-01T00:00:00Z", "effective": "draining"})
        self.assert_refused("/intent/until", intent={"state": "enabled", "until": "2099-01-01T00:00:00Z"})
        self.assert_refused("/intent/until", intent={"state": "draining", "until": "tomorrow"})
        self.assert_refused("/intent/until", intent={"state": "draining", "until": "2020-01-01T00:00:00Z"})
        self.assert_refused("/intent/state", intent={"state": "lazy"})

    def test_an_edit_changes_what_it_names(self):
        path = f"/nodes/{self.assert_taken(fqdn='a.example', labels={'a': '1'}, notes='before')['id']}"
        node = self.operator.get(path).json
        edited = self.operator.patch(path, {"notes": "after", "fqdn": None, "intent": {"state": "disabled"}}).json
        expected = {**node, "notes": "after", "fqdn": None, "updated_at": edited["updated_at"],
                    "intent": {"state": "disabled", "until": None, "effective": "disabled"}}
        self.assertEqual(edited, expected)
        self.assertEqual(self.operator.patch(path, {"labels": {"b": "2"}}).json["labels"], {"b": "2"})

    def test_a_node_says_what_is_missing(self):
        node = self.admin.post(f"/resources/{self.resource['id']}/nodes", {"name": "bare"}).json
        self.assertEqual(node["configuration"]["state"], "not_configured")
        self.assertTrue(node["configuration"]["missing"])
        self.assertEqual(self.assert_taken()["configuration"], {"state": "configured", "missing": []})
        self.assertEqual(node["ip_space"]["state"], "not_configured")

    def test_lists_are_filtered(self):
        organisation = self.world.organisation()
        resource, second = self.world.resource(organisation), self.world.resource(organisation)
        fast = self.assert_taken(resource, name="alpha", update={"ring": "fast"}, labels={"site": "sea"},
                                 fqdn="alpha.example.net", ipv4_address="64.10.20.30")
        slow = self.assert_taken(second, name="beta", intent={"state": "disabled"}, labels={"site": "pdx"},
                                 update={"ring": "slow", "week": 1, "day": 1, "time": "00:00"})
        for query, expected in (({}, [fast, slow]), ({"ring": "fast"}, [fast]), ({"intent": "disabled"}, [slow]),
                                ({"label": "site:sea"}, [fast]), ({"label": "site:x"}, []), ({"q": "ALPH"}, [fast]),
                                ({"q": "example.net"}, [fast]), ({"q": "64.10.20.30"}, [fast]), ({"q": "%"}, []),
                                ({"resource": second["id"]}, [slow]), ({"ip_space": "valid"}, [fast, slow]),
                                ({"ip_space": "in_review"}, []), ({"sort": "-name"}, [slow, fast]),
                                ({"sort": "created_at"}, [fast, slow])):
            with self.subTest(query):
                found = self.admin.items("/nodes", organisation=organisation["id"], **query)
                self.assertEqual([node["name"] for node in found], [node["name"] for node in expected])

    def test_labels_find_exactly_the_nodes_that_have_them(self):
        organisation = self.world.organisation()
        resource = self.world.resource(organisation)
        values = ["sea", "se_", "s%", '"', '\\"', '","rack":"7', "a:b", "", "s ea", "SEA", "straße", "东京", "\U0001f30a",
                  "it's", "\\", "sea,pdx"]
        for i, value in enumerate(values):
            self.assert_taken(resource, name=f"n{i:02}", labels={"site": value, "x": "1"})
        self.assert_taken(resource, name="other", labels={"rack.site": "sea", "site-2": "sea"})
        self.assert_taken(resource, name="none")

        def found(*labels):
            query = "".join("&label=" + quote(label, safe="") for label in labels)
            answer = self.admin.get(f"/nodes?organisation={organisation['id']}&limit=100{query}").json
            return [node["name"] for node in answer["items"]]

        for i, value in enumerate(values):
            with self.subTest(value):
                self.assertEqual(found(f"site:{value}"), [f"n{i:02}"])
        self.assertEqual(found("site"), [f"n{i:02}" for i in range(len(values))])
        self.assertEqual(found("site", "x:1", "site:sea"), ["n00"])
        for labels in (["sit"], ["site:%"], ["site:_ea"], ["site:s"], ["x:1", "x:2"], ["SITE:sea"], ["labels"]):
            with self.subTest(labels):
                self.assertEqual(found(*labels), [])
        self.assertEqual(self.admin.get("/nodes?label=", 422).pointers, ["?label"])
        self.assertEqual(self.admin.get("/nodes?label=:sea", 422).pointers, ["?label"])

    def test_a_label_that_is_changed_or_taken_away_finds_no_more(self):
        organisation = self.world.organisation()
        node = self.assert_taken(self.world.resource(organisation), labels={"a": "1", "b": "2"})

        def found(label):
            return self.admin.items("/nodes", organisation=organisation["id"], label=label)

        self.admin.patch(f"/nodes/{node['id']}", {"labels": {"a": "3"}})
        self.assertEqual([len(found(label)) for label in ("a:1", "a:3", "b", "a")], [0, 1, 0, 1])
        self.admin.delete(f"/nodes/{node['id']}", {"name": node["name"]})
        self.assertEqual(found("a"), [])

    def test_deleting_asks_for_the_name(self):
        node = self.assert_taken()
        path = f"/nodes/{node['id']}"
        self.assertEqual(self.operator.delete(path, {"name": node["name"] + "x"}, 409).problem, "name-mismatch")
        self.assertEqual(self.operator.delete(path, {}, 422).pointers, ["/name"])
        self.assertEqual(self.operator.delete(path, {"name": node["name"]}).json["deleted"]["node"]["name"], node["name"])
        self.operator.get(path, 404)
        self.assert_taken(name=node["name"], ipv4_address=node["ipv4_address"], cidr_blocks=node["cidr_blocks"])


class PrivateIsAllowedTest(WorldTest):
    @classmethod
    def configuration(cls):
        return "[lab]\nprivate_addresses = true\n"

    def test_an_isp_node_may_be_private_for_evaluation(self):
        resource = self.world.resource(self.world.organisation("isp"))
        node = self.world.node(resource, ipv4_address="127.0.0.1", cidr_blocks=["192.168.0.0/24"])
        self.assertEqual(node["ipv4_address"], "127.0.0.1")


if __name__ == "__main__":
    unittest.main()
