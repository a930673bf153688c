"""IP space: what is valid, what waits for an admin, what is wrong; and who sees which part of it."""

import unittest

from .waiting import eventually
from .world import WorldTest


class IpSpaceTest(WorldTest):
    def setUp(self):
        self.organisation = self.world.organisation()
        self.operator = self.world.operator(self.organisation)
        self.resource = self.world.resource(self.organisation)

    def make(self, blocks, **fields):
        return self.world.node(self.resource, self.operator, cidr_blocks=blocks, **fields)

    def space(self, node):
        return self.operator.get(f"/nodes/{node['id']}/ip-space").json

    def states(self, node):
        return {block["prefix"]: block["state"] for block in self.space(node)["blocks"]}

    def reasons(self, node):
        return {block["prefix"]: [reason["code"] for reason in block["reasons"]] for block in self.space(node)["blocks"]}

    def check(self, blocks, node=None, **fields):
        body = {"cidr_blocks": blocks, **fields, **({"node": node["id"]} if node else {})}
        return self.operator.post(f"/organisations/{self.organisation['id']}/ip-space/check", body).json

    def decide(self, review, status=None, **body):
        return self.admin.post(f"/reviews/{review}/decision", body, status)

    def test_a_small_list_is_valid_and_routed(self):
        block = self.world.block(22)
        node = self.make([block])
        self.assertEqual(node["ip_space"], {"state": "valid", "ipv4_addresses": 1024, "ipv6_networks": 0,
                                            "routed_ipv4_addresses": 1024, "routed_ipv6_networks": 0, "feedback": None})
        self.assertEqual(self.states(node), {block: "approved"})
        self.assertIsNone(self.space(node)["review"])

    def test_ipv6_is_counted_in_56_networks(self):
        number = self.world.number()
        node = self.make([f"2a00:{number:x}::/48", f"2a01:{number:x}::/64"])
        self.assertEqual(node["ip_space"]["ipv6_networks"], 257)

    def test_a_large_list_waits_for_a_review_and_is_not_routed(self):
        wide = self.world.block(16)
        node = self.make([wide])
        self.assertEqual(node["ip_space"]["state"], "in_review")
        self.assertEqual((node["ip_space"]["ipv4_addresses"], node["ip_space"]["routed_ipv4_addresses"]), (65536, 0))
        self.assertEqual(self.reasons(node), {wide: ["too_many"]})

    def test_the_limit_is_of_the_whole_node(self):
        blocks = [self.world.block(18) for _ in range(4)]
        node = self.make(blocks[:3])
        self.assertEqual(node["ip_space"]["state"], "valid")
        edited = self.operator.patch(f"/nodes/{node['id']}", {"cidr_blocks": blocks}).json
        self.assertEqual(edited["ip_space"]["state"], "in_review")
        self.assertEqual(edited["ip_space"]["routed_ipv4_addresses"], 3 * 16384, "what was approved stays routed")

    def test_an_admin_approves_all(self):
        node = self.make([self.world.block(16)])
        review = self.space(node)["review"]
        queue = {entry["id"]: entry for entry in self.admin.items("/reviews", organisation=self.organisation["id"])}
        self.assertEqual(queue[review]["ipv4_addresses"], 65536)
        self.assertEqual(queue[review]["node"]["id"], node["id"])
        decided = self.decide(review, decision="approve").json
        self.assertEqual((decided["state"], decided["blocks"][0]["decision"]), ("approved", "approved"))
        after = self.operator.get(f"/nodes/{node['id']}").json["ip_space"]
        self.assertEqual((after["state"], after["routed_ipv4_addresses"]), ("valid", 65536))
        self.assertEqual(self.decide(review, 409, decision="approve").problem, "conflict")

    def test_an_admin_rejects_with_feedback(self):
        wide = self.world.block(16)
        node = self.make([wide])
        review = self.space(node)["review"]
        self.assertEqual(self.decide(review, 422, decision="reject").pointers, ["/feedback"])
        self.assertEqual(self.decide(review, decision="reject", feedback="not announced by you").json["state"], "rejected")
        space = self.space(node)
        self.assertEqual(space["feedback"], "not announced by you")
        self.assertEqual(self.states(node), {wide: "rejected"})
        self.assertEqual(self.operator.get(f"/nodes/{node['id']}").json["ip_space"]["routed_ipv4_addresses"], 0)

    def test_an_admin_approves_a_part(self):
        good, bad = self.world.block(16), self.world.block(16)
        node = self.make([good, bad])
        review = self.space(node)["review"]
        self.assertEqual(self.decide(review, 422, decision="approve_part", feedback="x", blocks=["1.2.3.0/24"]).problem,
                         "invalid")
        decided = self.decide(review, decision="approve_part", blocks=[good], feedback="only the first is yours").json
        self.assertEqual(decided["state"], "partly_approved")
        self.assertEqual({block["prefix"]: block["decision"] for block in decided["blocks"]},
                         {good: "approved", bad: "rejected"})
        self.assertEqual(self.states(node), {good: "approved", bad: "rejected"})
        after = self.operator.get(f"/nodes/{node['id']}").json["ip_space"]
        self.assertEqual((after["routed_ipv4_addresses"], after["feedback"]), (65536, "only the first is yours"))

    def test_an_edit_withdraws_the_open_review(self):
        node = self.make([self.world.block(16)])
        review = self.space(node)["review"]
        self.operator.patch(f"/nodes/{node['id']}", {"cidr_blocks": [self.world.block()]})
        self.assertEqual(self.admin.get(f"/reviews/{review}").json["state"], "withdrawn")
        self.assertEqual(self.decide(review, 409, decision="approve").problem, "conflict")
        self.assertIsNone(self.space(node)["review"])

    def test_overlap_on_purpose_with_the_own_nodes_is_reviewed(self):
        block = self.world.block(22)
        first = self.make([block])
        half = block.replace("/22", "/23")
        second = self.make([half], share_blocks=True)
        self.assertEqual(second["ip_space"]["state"], "in_review")
        reason = self.space(second)["blocks"][0]["reasons"][0]
        self.assertEqual((reason["code"], reason["node"]["id"]), ("overlaps_own", first["id"]))
        self.decide(self.space(second)["review"], decision="approve")
        self.assertEqual(self.states(second), {half: "approved"})

    def test_overlap_with_the_own_nodes_by_mistake_is_refused(self):
        block = self.world.block(22)
        first = self.make([block])
        for overlapping in (block, block.replace("/22", "/24"), block.replace("/22", "/20")):
            answer = self.operator.post(f"/resources/{self.resource['id']}/nodes",
                                        self.world.node_body(cidr_blocks=[overlapping]), 422)
            self.assertEqual(answer.pointers, ["/cidr_blocks/0"])
            self.assertIn(first["name"], answer.json["errors"][0]["detail"])

    def test_overlap_with_another_organisation_needs_attention_and_names_nobody(self):
        block = self.world.block(22)
        mine = self.make([block])
        other = self.world.organisation()
        stranger = self.world.operator(other)
        theirs = self.world.node(self.world.resource(other), stranger, cidr_blocks=[block.replace("/22", "/24")])

        self.assertEqual(theirs["ip_space"]["state"], "attention_required")
        self.assertEqual(theirs["ip_space"]["routed_ipv4_addresses"], 0)
        text = stranger.get(f"/nodes/{theirs['id']}/ip-space").body.decode()
        self.assertIn("overlaps_other", text)
        for secret in (mine["id"], mine["name"], self.organisation["id"], self.organisation["name"], block):
            self.assertNotIn(secret, text)
        self.assertEqual(self.operator.get(f"/nodes/{mine['id']}").json["ip_space"]["state"], "valid")

    def test_an_admin_sees_with_what_it_overlaps(self):
        block = self.world.block(22)
        mine = self.make([block])
        other = self.world.organisation()
        theirs = self.world.node(self.world.resource(other), cidr_blocks=[block])
        review = self.admin.get(f"/nodes/{theirs['id']}/ip-space").json["review"]
        self.assertIsNotNone(review, "an overlap waits for an admin")
        overlap = self.admin.get(f"/reviews/{review}").json["overlaps"][0]
        self.assertEqual((overlap["prefix"], overlap["other_prefix"], overlap["node"]["id"], overlap["organisation"]["id"]),
                         (block, block, mine["id"], self.organisation["id"]))

    def test_absurd_bogon_and_unallocated_blocks_need_attention(self):
        for block, code in (("80.0.0.0/5", "absurd_size"), ("192.0.2.0/24", "bogon"), ("10.0.0.0/16", "bogon"),
                            ("240.0.0.0/24", "bogon"), ("2001:db8::/48", "bogon"), ("4000::/32", "unallocated")):
            with self.subTest(block):
                node = self.make([block])
                self.assertEqual(node["ip_space"]["state"], "attention_required")
                self.assertIn(code, self.reasons(node)[block])
                self.assertEqual(node["ip_space"]["routed_ipv4_addresses"], 0)
                self.operator.delete(f"/nodes/{node['id']}", {"name": node["name"]})

    def test_private_blocks_of_enterprises_are_a_realm_each(self):
        nodes = []
        for _ in range(2):
            resource = self.world.resource(self.world.organisation("enterprise"))
            nodes.append(self.world.node(resource, cidr_blocks=["10.0.0.0/20"], ipv4_address="10.0.0.1"))
        self.assertEqual([node["ip_space"]["state"] for node in nodes], ["valid", "valid"])

    def test_a_check_says_what_would_be_and_changes_nothing(self):
        before = self.admin.get("/audit/export").body
        block, wide = self.world.block(), self.world.block(16)
        check = self.check(f"{block}\n{wide}")
        self.assertEqual((check["canonical"], check["state"], check["errors"]), ([block, wide], "in_review", []))
        self.assertEqual([entry["prefix"] for entry in check["changes"]["gained"]], [block, wide])
        self.assertEqual(self.admin.get("/audit/export").body, before)

    def test_a_check_names_mistakes_with_a_suggestion(self):
        check = self.check(["2.21.234.9/24", "nonsense"])
        self.assertEqual([error["pointer"] for error in check["errors"]], ["/cidr_blocks/0", "/cidr_blocks/1"])
        self.assertEqual(check["errors"][0]["suggestion"], "2.21.234.0/24")

    def test_the_preview_of_an_edit_says_what_is_gained_and_lost(self):
        kept, lost, gained = (self.world.block() for _ in range(3))
        node = self.make([kept, lost])
        changes = self.check([kept, gained], node)["changes"]
        self.assertEqual([entry["prefix"] for entry in changes["gained"]], [gained])
        self.assertEqual([entry["prefix"] for entry in changes["lost"]], [lost])
        self.assertEqual(changes["gained"][0]["ipv4_addresses"], 256)
        self.assertEqual(changes["moved"], [])

    def test_the_preview_of_a_shared_block_says_what_moves_from_where(self):
        block = self.world.block()
        first, second = self.make([block]), self.make([self.world.block()])
        changes = self.check([*second["cidr_blocks"], block], second, share_blocks=True)["changes"]
        self.assertEqual([(entry["prefix"], entry["from"]["id"]) for entry in changes["moved"]], [(block, first["id"])])

    def test_what_was_rejected_waits_for_a_review_until_it_is_lifted(self):
        wide = self.world.block(16)
        node = self.make([wide])
        review = self.space(node)["review"]
        self.decide(review, decision="reject", feedback="not announced by you")
        self.operator.delete(f"/nodes/{node['id']}", {"name": node["name"]})
        parts = [wide.replace("0.0/16", part) for part in ("0.0/17", "128.0/24")]
        again = self.make(parts)
        self.assertEqual(again["ip_space"]["state"], "in_review")
        self.assertEqual(self.reasons(again), {part: ["overlaps_rejected"] for part in parts})

        rejection, = self.admin.items("/rejections", organisation=self.organisation["id"])
        self.assertEqual((rejection["range"], rejection["prefixes"], rejection["feedback"], rejection["review"]),
                         (wide, [wide], "not announced by you", review))
        path = f"/rejections/{rejection['id']}"
        self.assertEqual(self.admin.get(path).json, rejection)
        for method in ("GET", "DELETE"):
            self.assertEqual(self.operator.ask(method, path).status, 403)
        self.admin.delete(path, status=204)
        self.assertEqual(self.states(again), {part: "approved" for part in parts})
        self.admin.get(path, 404)
        entry = self.admin.items("/audit", organisation=self.organisation["id"], action="rejection.lift")[0]
        self.assertEqual((entry["object"]["name"], entry["before"]["feedback"]), (wide, "not announced by you"))

    def test_several_nodes_that_together_pass_the_limit_wait(self):
        nodes = [self.make([self.world.block(17), self.world.block(18)]) for _ in range(3)]
        self.assertEqual([node["ip_space"]["state"] for node in nodes], ["valid", "in_review", "in_review"])

    def test_what_waits_for_a_deleted_node_is_looked_at_again(self):
        block = self.world.block(22)
        mine = self.make([block])
        other = self.world.organisation()
        stranger = self.world.operator(other)
        theirs = self.world.node(self.world.resource(other), stranger, cidr_blocks=[block])
        self.assertEqual(theirs["ip_space"]["state"], "attention_required")
        review = self.admin.get(f"/nodes/{theirs['id']}/ip-space").json["review"]
        self.operator.delete(f"/nodes/{mine['id']}", {"name": mine["name"]})
        eventually(lambda: stranger.get(f"/nodes/{theirs['id']}").json["ip_space"]["state"] == "valid", "it is valid")
        withdrawn = self.admin.get(f"/reviews/{review}").json
        self.assertEqual((withdrawn["state"], withdrawn["decided_by"]), ("withdrawn", {"id": None, "name": "system"}))
        log = stranger.get("/audit?organisation=" + other["id"]).body.decode()
        self.assertIn("node.recheck", log)
        for secret in (mine["id"], self.organisation["id"], self.organisation["name"]):
            self.assertNotIn(secret, log)

    def test_what_others_ask_for_changes_nothing(self):
        greedy = self.world.resource(self.world.organisation())
        for first in range(199, 203):
            self.world.node(greedy, cidr_blocks=[f"{first}.0.0.0/8"])
        other = self.world.organisation()
        theirs = self.world.node(self.world.resource(other), cidr_blocks=["199.1.0.0/24", "202.1.0.0/16"])
        states = self.admin.get(f"/nodes/{theirs['id']}/ip-space").json
        self.assertEqual([block["reasons"][0]["code"] for block in states["blocks"]], ["too_many", "too_many"])
        overlaps = self.admin.get(f"/reviews/{states['review']}").json["overlaps"]
        self.assertEqual({overlap["state"] for overlap in overlaps}, {"in_review", "attention_required"})

    def test_another_organisation_sees_nothing(self):
        node = self.make([self.world.block(16)])
        review = self.space(node)["review"]
        stranger = self.world.operator(self.world.organisation())
        stranger.get(f"/nodes/{node['id']}/ip-space", 404)
        stranger.post(f"/organisations/{self.organisation['id']}/ip-space/check", {"cidr_blocks": []}, 404)
        stranger.get(f"/reviews/{review}", 403)
        stranger.get("/reviews", 403)
        self.assertEqual(stranger.items("/nodes"), [])
        other = stranger.items("/organisations")[0]["id"]
        answer = stranger.post(f"/organisations/{other}/ip-space/check", {"cidr_blocks": [], "node": node["id"]}, 404)
        self.assertNotIn(self.organisation["id"], answer.body.decode())

    def test_a_deleted_node_gives_its_blocks_back(self):
        wide = self.world.block(16)
        node = self.make([wide])
        review = self.space(node)["review"]
        gone = self.operator.delete(f"/nodes/{node['id']}", {"name": node["name"]}).json["deleted"]
        self.assertEqual((gone["blocks"], gone["reviews_withdrawn"]), (1, 1))
        self.assertEqual(self.admin.get(f"/reviews/{review}").json["state"], "withdrawn")
        self.assertEqual(self.reasons(self.make([wide])), {wide: ["too_many"]})

    def test_thousands_of_blocks_are_taken(self):
        blocks = [f"100.{128 + i // 256}.{i % 256}.0/30" for i in range(5000)]
        self.assertEqual(self.make("\n".join(blocks))["cidr_blocks"], blocks)
        answer = self.operator.post(f"/resources/{self.resource['id']}/nodes", self.world.node_body(
            cidr_blocks=[f"102.{i // 256}.{i % 256}.0/30" for i in range(10001)]), 422)
        self.assertEqual(answer.pointers, ["/cidr_blocks"])


if __name__ == "__main__":
    unittest.main()
