"""`larder apply` and `larder export` against a real portal."""

import json
import re
from pathlib import Path

from .test_cli import CONFLICT, DONE, INVALID, USAGE, CliTest, Larder
from .test_cli_terminal import Terminal
from .world import DRIVES

DIFFERENCES = 9
ROOT = Path(__file__).resolve().parents[2]


class ApplyTest(CliTest):
    def setUp(self):
        self.organisation = self.world.organisation()
        self.cli = self.operator_cli(self.organisation)
        self.client = self.world.operator(self.organisation)

    def apply(self, fleet, *words, code=DONE):
        """`fleet`: a text, or what JSON, which is YAML, is made of."""
        text = fleet if isinstance(fleet, str) else json.dumps(fleet)
        return self.cli.run("apply", "-f", self.write(text), *words, code=code)

    def write(self, text):
        file = self.cli.folder / "fleet.yaml"
        file.write_text(text)
        return str(file)

    def export(self):
        return self.cli.json("export")

    def nodes(self):
        return {f"{node['resource']['name']}/{node['name']}": node for node in self.client.items("/nodes")}

    def node(self, name, **settings):
        """Of a file."""
        return {"name": name, "ipv4_address": self.world.address(), "cidr_blocks": [self.world.block()], "drives": DRIVES,
                **settings}

    @staticmethod
    def fleet(**resources):
        return {"resources": [{"name": name, "nodes": nodes} for name, nodes in resources.items()]}


class PlanTest(ApplyTest):
    def test_what_is_applied_is_there_and_then_there_is_nothing_to_do(self):
        address, block = self.world.address(), self.world.block()
        text = f"""
organisation: {self.organisation['name']}
resources:
- name: north
  notes: of the north
  nodes:
  - name: seattle-1
    ipv4_address: {address}
    ipv6_address: 2A02:26F0::0010
    fqdn: Cache1.Example.NET.
    cidr_blocks: [{block}]
    max_egress_mbps: 10000
    drives: &drives
    - {{path: //srv//larder/1/, size_gib: 500}}
    intent: {{state: draining, until: 2099-12-01 03:00}}
    update: {{ring: slow, week: 2, day: 1, time: 03:00}}
    labels: {{site: north}}
    proxy_url: http://proxy.example.net:3128
    notes: São Paulo
  - name: seattle-2
    drives: *drives
- name: south
"""
        shown = self.apply(text, "--dry-run", code=DIFFERENCES)
        self.assertIn("+ resource north\n", shown.stdout)
        self.assertIn(f"      + {block}\n", shown.stdout)
        self.assertIn("Plan: 4 to create, 0 to change, 0 to delete.", shown.stdout)
        self.assertEqual(self.nodes(), {})

        self.apply(text, "--yes")
        node = self.nodes()["north/seattle-1"]
        self.assertEqual((node["fqdn"], node["ipv6_address"], node["labels"]),
                         ("cache1.example.net", "2a02:26f0::10", {"site": "north"}))
        self.assertEqual(node["update"], {"ring": "slow", "week": 2, "day": 1, "time": "03:00"})
        again = self.apply(text, "--dry-run")
        self.assertIn("Nothing to do", again.stdout)

    def test_an_export_is_what_is_there(self):
        self.apply(self.fleet(north=[self.node("a", notes="yes", labels={"rack": "007"}), self.node("b")], south=[]), "--yes")
        for exported in (self.cli.run("export").stdout, self.export()):
            self.assertIn("Nothing to do", self.apply(exported, "--prune", "--dry-run").stdout)
        # What somebody does afterwards is undone by it.
        exported = self.export()
        node = self.nodes()["north/a"]
        self.client.patch(f"/nodes/{node['id']}", {"proxy_url": "http://proxy.example.net:3128", "labels": {}})
        done = self.apply(exported, "--yes")
        self.assertIn('proxy_url: "http://proxy.example.net:3128" -> none', done.stdout)
        self.assertIn('labels.rack: none -> "007"', done.stdout)
        self.assertEqual(self.export(), exported)

    def test_blocks_are_shown_by_what_is_added_and_removed(self):
        blocks = [self.world.block() for _ in range(4)]
        self.apply(self.fleet(north=[self.node("a", cidr_blocks=blocks[:3])]), "--yes")
        done = self.apply(self.fleet(north=[{"name": "a", "cidr_blocks": blocks[1:]}]), "--yes")
        self.assertIn(f"    cidr_blocks:\n      + {blocks[3]}\n      - {blocks[0]}\n", done.stdout)
        self.assertNotIn(blocks[1], done.stdout)
        self.assertEqual(self.nodes()["north/a"]["cidr_blocks"], blocks[1:])

    def test_what_the_file_does_not_have_is_named_and_deleted_with_prune_only(self):
        self.apply(self.fleet(north=[self.node("a"), self.node("b")], south=[self.node("c")]), "--yes")
        less = self.fleet(north=[{"name": "a"}])
        done = self.apply(less, "--yes")
        for left in ("node north/b", "node south/c", "resource south"):
            self.assertIn(left, done.stdout)
        self.assertEqual(len(self.nodes()), 3)
        shown = self.apply(less, "--prune", "--dry-run", code=DIFFERENCES)
        for gone in ("- node north/b", "- node south/c", "- resource south"):
            self.assertIn(gone, shown.stdout)
        self.assertEqual(len(self.nodes()), 3)
        self.apply(less, "--prune", "--yes")
        self.assertEqual(list(self.nodes()), ["north/a"])
        self.assertEqual([resource["name"] for resource in self.client.items("/resources")], ["north"])

    def test_a_node_moves_between_resources_with_its_addresses(self):
        node = self.node("a")
        self.apply(self.fleet(north=[node], south=[]), "--yes")
        self.apply(self.fleet(north=[], south=[node]), "--prune", "--yes")
        self.assertEqual(list(self.nodes()), ["south/a"])
        self.assertEqual(self.nodes()["south/a"]["cidr_blocks"], node["cidr_blocks"])

    def test_nodes_exchange_their_addresses_and_blocks(self):
        first, second = self.node("a"), self.node("b")
        self.apply(self.fleet(north=[first, second]), "--yes")
        swapped = self.fleet(north=[{**first, "name": "b"}, {**second, "name": "a"}])
        self.apply(swapped, "--yes")
        self.assertEqual(self.nodes()["north/b"]["cidr_blocks"], first["cidr_blocks"])
        self.assertEqual(self.nodes()["north/a"]["ipv4_address"], second["ipv4_address"])
        self.assertIn("Nothing to do", self.apply(swapped).stdout)


class PageTest(ApplyTest):
    """The example of docs/operations/apply.md, as it stands there."""

    def test_the_file_of_the_page_is_applied(self):
        page = (ROOT / "docs" / "operations" / "apply.md").read_text(encoding="utf-8")
        text = re.search(r"```yaml\n(.*?)```", page, re.DOTALL).group(1)
        organisation = self.world.organisation("enterprise", name="North ISP")
        self.cli = self.operator_cli(organisation)
        self.apply(text, "--dry-run", code=DIFFERENCES)
        self.apply(text, "--yes")
        self.assertIn("Nothing to do", self.apply(self.cli.run("export").stdout, "--prune").stdout)


class RefusalTest(ApplyTest):
    def test_without_a_terminal_it_refuses_and_says_how(self):
        done = self.apply(self.fleet(north=[]), code=USAGE)
        self.assertIn("--yes", done.stderr)
        self.assertEqual(self.client.items("/resources"), [])

    def test_a_file_with_mistakes_changes_nothing(self):
        done = self.apply("resources:\n- name: north\n  nodes:\n  - name: a\n    fqnd: x\n", "--yes", code=USAGE)
        self.assertIn("fleet.yaml line 5: resources[0].nodes[0].fqnd: it is not known here", done.stderr)
        self.assertEqual(self.client.items("/resources"), [])

    def test_what_the_portal_refuses_is_told_by_its_line_and_the_next_run_goes_on_from_there(self):
        wrong = self.fleet(north=[self.node("a"), self.node("b", proxy_url="no proxy"), self.node("c")])
        text = json.dumps(wrong, indent=0)
        line = text[:text.index("no proxy")].count("\n") + 1
        done = self.apply(text, "--yes", code=INVALID)
        self.assertIn("node north/b was not created", done.stderr)
        self.assertIn(f"fleet.yaml line {line}: resources[0].nodes[1].proxy_url no proxy: ", done.stderr)
        said = done.stderr[done.stderr.index("Done before"):]
        self.assertRegex(said, r"(?s)resource north\n.*node north/a\n.*Not done:\n.*node north/b\n.*node north/c\n")
        self.assertEqual(list(self.nodes()), ["north/a"])
        again = self.apply(text.replace("no proxy", "http://proxy.example.net:3128"), "--yes")
        self.assertIn("Plan: 2 to create, 0 to change, 0 to delete.", again.stdout)
        self.assertEqual(sorted(self.nodes()), ["north/a", "north/b", "north/c"])

    def test_a_viewer_may_look_and_change_nothing(self):
        self.apply(self.fleet(north=[]), "--yes")
        viewer = self.world.with_token(self.world.user({self.organisation["id"]: "viewer"}), ["read", "write"])
        cli = Larder(self, self.portal, viewer.token)
        file = self.write(json.dumps(self.fleet(south=[])))
        cli.run("apply", "-f", file, "--dry-run", code=DIFFERENCES)
        self.assertIn("resource south was not created", cli.run("apply", "-f", file, "--yes", code=4).stderr)


class ConfirmationTest(ApplyTest):
    def setUp(self):
        super().setUp()
        self.apply(self.fleet(north=[self.node("a", notes="old"), self.node("b")]), "--yes")
        self.file = self.write(json.dumps(self.fleet(north=[{"name": "a", "notes": "new"}])))

    def ask(self, typed, meanwhile=lambda: None, words=("--prune",)):
        terminal = Terminal(self, self.cli, "apply", "-f", self.file, *words)
        terminal.read_until("Apply this plan?")
        meanwhile()
        terminal.type(typed)
        code = terminal.end()
        return code, terminal.shown, terminal.process.stdout.read()

    def test_yes_applies_what_was_shown(self):
        code, shown, plan = self.ask("yes\n")
        self.assertEqual(code, DONE, shown)
        self.assertIn('notes: "old" -> "new"', plan)
        self.assertEqual([(name, node["notes"]) for name, node in self.nodes().items()], [("north/a", "new")])

    def test_anything_else_applies_nothing(self):
        for typed in ("y\n", "no\n", "\x04"):
            with self.subTest(typed):
                self.assertEqual(self.ask(typed)[0], USAGE)
                self.assertEqual(self.nodes()["north/a"]["notes"], "old")

    def test_a_plan_that_is_out_of_date_is_refused_with_what_changed(self):
        def edit():
            self.client.patch(f"/nodes/{self.nodes()['north/b']['id']}", {"fqdn": "b.example.net"})

        code, shown, _ = self.ask("yes\n", edit)
        self.assertEqual(code, CONFLICT, shown)
        self.assertIn('change node north/b: fqdn: none -> "b.example.net"', shown)
        self.assertEqual(sorted(self.nodes()), ["north/a", "north/b"])
        self.assertEqual(self.nodes()["north/a"]["notes"], "old")

    def test_what_would_be_deleted_and_was_not_shown_is_not_deleted(self):
        code, shown, _ = self.ask("yes\n", lambda: self.client.post(
            f"/organisations/{self.organisation['id']}/resources", {"name": "other"}))
        self.assertEqual(code, CONFLICT, shown)
        self.assertIn("create resource other", shown)

    def test_what_does_not_concern_the_plan_may_change(self):
        code, shown, _ = self.ask("yes\n", lambda: self.client.patch(
            f"/nodes/{self.nodes()['north/b']['id']}", {"notes": "x"}), words=())
        self.assertEqual(code, DONE, shown)
        self.assertEqual(self.nodes()["north/a"]["notes"], "new")
