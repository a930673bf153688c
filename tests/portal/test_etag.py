"""Two people edit one thing: the second is told what the first one changed."""

import datetime
import threading
import unittest

from .waiting import eventually, together
from .world import WorldTest


class EtagTest(WorldTest):
    def setUp(self):
        self.organisation = self.world.organisation()
        self.resource = self.world.resource(self.organisation)
        self.ana, self.ben = (self.world.operator(self.organisation) for _ in range(2))
        self.node = self.world.node(self.resource)
        self.path = f"/nodes/{self.node['id']}"

    def test_the_second_editor_gets_412_with_what_changed(self):
        seen_by_ben = self.ben.get(self.path)
        ana = self.ana.get("/account").json["email"]
        self.ana.patch(self.path, {"max_egress_mbps": 20000, "notes": "new switch"}, if_match=seen_by_ben.etag)

        answer = self.ben.patch(self.path, {"max_egress_mbps": 5000}, 412, if_match=seen_by_ben.etag)

        changes = {change["pointer"]: change for change in answer.json["changed"]}
        self.assertEqual((changes["/max_egress_mbps"]["from"], changes["/max_egress_mbps"]["to"]), (10000, 20000))
        self.assertEqual(changes["/notes"]["to"], "new switch")
        self.assertEqual(changes["/notes"]["by"], ana)
        self.assertNotIn("/name", changes)
        self.assertEqual(answer.json["current"], self.ana.get(self.path).json)
        self.assertEqual(answer.json["current"]["max_egress_mbps"], 20000)

    def test_several_changes_of_a_member_are_told_as_one(self):
        first = self.ben.get(self.path).etag
        for rate in (20000, 30000, 40000):
            self.ana.patch(self.path, {"max_egress_mbps": rate})
        answer = self.ben.patch(self.path, {"notes": "mine"}, 412, if_match=first)
        change = next(change for change in answer.json["changed"] if change["pointer"] == "/max_egress_mbps")
        self.assertEqual((change["from"], change["to"]), (10000, 40000))

    def test_an_edit_without_a_version_is_refused(self):
        self.assertEqual(self.ana.patch(self.path, {"notes": "x"}, 428, if_match=None).problem, "precondition-required")

    def test_a_star_overwrites(self):
        self.ana.patch(self.path, {"notes": "x"}, if_match="*")
        self.assertEqual(self.ben.get(self.path).json["notes"], "x")

    def test_one_of_several_tags_is_enough(self):
        etag = self.ana.get(self.path).etag
        self.ana.patch(self.path, {"notes": "x"}, if_match=f'"0", {etag}')

    def test_every_object_that_can_be_edited_has_versions(self):
        paths = {"organisation": f"/organisations/{self.organisation['id']}", "node": self.path,
                 "resource": f"/resources/{self.resource['id']}", "user": f"/users/{self.world.user().id}"}
        edits = {"organisation": {"asn": 64500}, "node": {"notes": "x"}, "resource": {"notes": "x"}, "user": {"name": "x"}}
        for kind, path in paths.items():
            with self.subTest(kind):
                etag = self.admin.get(path).etag
                edited = self.admin.patch(path, edits[kind], if_match=etag)
                self.assertNotEqual(edited.etag, etag)
                self.assertEqual(self.admin.get(path).etag, edited.etag)
                answer = self.admin.patch(path, edits[kind], 412, if_match=etag)
                self.assertEqual(answer.json["current"], self.admin.get(path).json)
                self.assertTrue(answer.json["changed"])

    def test_a_deletion_that_names_a_version_deletes_no_other(self):
        resource = self.world.resource(self.organisation)
        for path, name, edit in ((self.path, self.node["name"], {"notes": "x"}),
                                 (f"/resources/{resource['id']}", resource["name"], {"notes": "x"})):
            with self.subTest(path):
                etag = self.ben.get(path).etag
                self.ana.patch(path, edit, if_match=etag)
                answer = self.ben.delete(path, {"name": name}, 412, if_match=etag)
                self.assertEqual(answer.json["changed"][0]["pointer"], "/notes")
                self.assertEqual(answer.json["current"], self.ben.get(path).json)
                self.ben.delete(path, {"name": name}, if_match=self.ben.get(path).etag)
                self.ben.get(path, 404)

    def test_an_edit_that_is_refused_leaves_the_version(self):
        etag = self.ana.get(self.path).etag
        self.ana.patch(self.path, {"max_egress_mbps": -5}, 422)
        self.assertEqual(self.ana.get(self.path).etag, etag)

    def test_of_edits_at_the_same_moment_one_wins(self):
        etag = self.ana.get(self.path).etag
        clients = [self.ana.another() for _ in range(8)]
        answers = together(*[lambda i=i, client=client: client.ask("PATCH", self.path, {"notes": f"edit {i}"},
                                                                   {"If-Match": etag})
                             for i, client in enumerate(clients)])
        self.assertEqual(sorted(answer.status for answer in answers), [200] + [412] * 7)
        winner = next(answer for answer in answers if answer.status == 200)
        self.assertEqual(self.ana.get(self.path).json, winner.json)

    def test_a_reader_who_has_the_version_gets_304(self):
        etag = self.ana.get(self.path).etag
        self.ana.get(self.path, 304, if_none_match=etag)
        self.ana.get(self.path, 304, if_none_match="*")
        self.ana.get(self.path, 200, if_none_match='"0"')
        self.ana.patch(self.path, {"notes": "x"})
        self.ana.get(self.path, 200, if_none_match=etag)

    def test_a_waiting_reader_is_answered_when_it_changes(self):
        etag = self.ana.get(self.path).etag
        waiting = self.ben.another()
        answers = []
        thread = threading.Thread(
            target=lambda: answers.append(waiting.get(self.path, if_none_match=etag, prefer="wait=60")))
        thread.start()
        self.addCleanup(thread.join)

        def edit():
            self.ana.patch(self.path, {"notes": f"{self.world.number()}"})
            return answers

        eventually(edit, "the reader is told")
        self.assertEqual(answers[0].status, 200)
        self.assertNotEqual(answers[0].etag, etag)

    def test_the_tag_changes_with_all_that_is_shown_and_an_edit_fits_its_version(self):
        first = self.ana.get(self.path)
        self.ana.patch(f"/resources/{self.resource['id']}", {"name": f"renamed {self.world.number()}"})
        second = self.ana.get(self.path, 200, if_none_match=first.etag)
        self.assertNotEqual(second.json["resource"], first.json["resource"])
        self.assertNotEqual(second.etag, first.etag)
        self.ana.patch(self.path, {"notes": "nobody edited the node"}, if_match=first.etag)

    def begin_drain(self):
        """Of a moment; of a longer one where the request comes too late for that."""
        for seconds in (0.5, 2, 8, 32):
            until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
            end = until.strftime("%Y-%m-%dT%H:%M:%S.") + f"{until.microsecond // 1000:03}Z"
            drain = {"state": "draining", "until": end}
            answer = self.ana.ask("PATCH", self.path, {"intent": drain}, {"If-Match": "*"})
            if answer.status == 200 and answer.json["intent"]["effective"] == "draining":
                return drain, answer
        return self.fail(f"no drain begins: {answer.body}")

    def test_the_end_of_a_drain_is_a_change_that_a_waiting_reader_hears_of(self):
        drain, draining = self.begin_drain()
        answers = [self.ana.get(self.path, if_none_match=draining.etag, prefer="wait=60")]
        if answers[-1].status == 304:
            answers.append(self.ana.get(self.path, if_none_match=draining.etag))
        self.assertEqual(answers[-1].status, 200)
        self.assertEqual(answers[-1].json["intent"]["effective"], "disabled")
        self.ana.patch(self.path, {"intent": drain, "notes": "an end that has come stays"})

    def test_waiting_ends_without_a_change_too(self):
        etag = self.ana.get(self.path).etag
        self.assertEqual(self.ana.get(self.path, if_none_match=etag, prefer="wait=1").status, 304)


if __name__ == "__main__":
    unittest.main()
