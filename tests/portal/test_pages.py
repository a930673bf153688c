"""Walking a list page by page sees each item once, whatever others do meanwhile."""

import base64
import json
import random
import unittest

from .client import description
from .portal import SHARE
from .seed import SEED, say_seed
from .world import WorldTest

COUNT = 120 if SHARE >= 100 else 40


class PagesTest(WorldTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.organisation = cls.world.organisation()
        cls.list = f"/organisations/{cls.organisation['id']}/resources"
        cls.random = random.Random(SEED)
        for _ in range(COUNT):
            cls.make()

    def setUp(self):
        say_seed()

    @classmethod
    def make(cls):
        """A resource whose name sorts anywhere."""
        name = f"{cls.random.choice('aAbBzZéÉß0 ')}{cls.random.randrange(1000)} {cls.world.number()}".strip()
        return cls.admin.post(cls.list, {"name": name}).json["id"]

    def pages(self, limit, sort, between=lambda: None):
        """The ids of each page; `between` runs after each."""
        query = {"organisation": self.organisation["id"], "limit": str(limit), "sort": sort}
        cursor = None
        while True:
            page = self.admin.get("/resources", query={**query, **({"cursor": cursor} if cursor else {})}).json
            yield page["items"]
            between()
            cursor = page["next"]
            if cursor is None:
                return

    def ids(self, limit, sort, between=lambda: None):
        return [item["id"] for page in self.pages(limit, sort, between) for item in page]

    def test_pages_of_every_size_give_the_same_list(self):
        whole = self.ids(500, "name")
        self.assertGreaterEqual(len(whole), COUNT)
        self.assertEqual(len(set(whole)), len(whole))
        for limit in (1, 7, 50, len(whole) - 1, len(whole)):
            self.assertEqual(self.ids(limit, "name"), whole, limit)

    def test_the_other_way_round_is_the_reverse(self):
        for sort in ("name", "created_at"):
            self.assertEqual(self.ids(9, f"-{sort}"), self.ids(500, sort)[::-1])

    def test_pages_are_full_but_for_the_last(self):
        sizes = [len(page) for page in self.pages(17, "name")]
        self.assertEqual(set(sizes[:-1]), {17})
        self.assertGreater(sizes[-1], 0)

    def test_what_is_there_all_the_time_comes_once_while_others_are_added_and_deleted(self):
        for sort in ("name", "-name", "created_at", "-created_at"):
            before = set(self.ids(500, sort))
            made = []

            def disturb():
                made.append(self.make())
                if len(made) % 3 == 0:
                    gone = made.pop(self.random.randrange(len(made)))
                    name = self.admin.get(f"/resources/{gone}").json["name"]
                    self.admin.delete(f"/resources/{gone}", {"name": name})

            walked = self.ids(5, sort, disturb)
            self.assertEqual(len(set(walked)), len(walked), sort)
            self.assertLessEqual(before, set(walked), sort)

    def test_a_cursor_survives_the_item_it_points_at(self):
        items = [self.make() for _ in range(4)]
        query = {"organisation": self.organisation["id"], "sort": "-created_at", "limit": "2"}
        first = self.admin.get("/resources", query=query).json
        last = first["items"][-1]
        self.admin.delete(f"/resources/{last['id']}", {"name": last["name"]})
        second = self.admin.get("/resources", query={**query, "cursor": first["next"]}).json
        self.assertEqual([item["id"] for item in first["items"] + second["items"]], items[::-1])

    def test_a_cursor_of_another_sort_is_refused(self):
        cursor = self.admin.get("/resources", query={"limit": "1", "sort": "name"}).json["next"]
        answer = self.admin.get("/resources", 400, {"limit": "1", "sort": "-name", "cursor": cursor})
        self.assertEqual(answer.pointers, ["?cursor"])

    def test_a_cursor_shows_nothing_of_others(self):
        cursor = self.admin.get("/resources", query={"limit": "1"}).json["next"]
        stranger = self.world.user()
        self.assertEqual(stranger.get("/resources", query={"limit": "1", "cursor": cursor}).json["items"], [])

    def test_every_list_can_be_walked_one_by_one(self):
        for path in ("/users", "/organisations", "/audit", "/account/tokens", "/account/sessions",
                     f"/organisations/{self.organisation['id']}/members"):
            self.assertEqual([item.get("id", item.get("user")) for item in self.admin.items(path, limit="500")][:20],
                             [item.get("id", item.get("user")) for item in self.some(path, 20)], path)

    def test_a_cursor_that_somebody_wrote_is_refused_by_every_list(self):
        made = "00000000-0000-7000-8000-000000000000"
        for operation in description.operations:
            parameters = {part["name"]: part for part in map(description.resolve, operation.said.get("parameters", []))}
            if "cursor" not in parameters:
                continue
            path = operation.path.replace("{organisation}", self.organisation["id"])
            for sort in parameters["sort"]["schema"]["enum"]:
                for key in ("a\0b", 7, None, True, [], -1, 2 ** 63 - 1, 2 ** 64 - 1, 1.5, "7", "\u009b"):
                    good = key == "7" if sort.lstrip("-") in ("name", "email") else key == 7 and key is not True
                    text = json.dumps([sort, key, made]).encode()
                    cursor = base64.urlsafe_b64encode(text).decode().rstrip("=")
                    answer = self.admin.ask("GET", f"{path}?sort={sort}&cursor={cursor}")
                    with self.subTest(path=path, sort=sort, key=key):
                        self.assertEqual((answer.status, answer.pointers), (200, []) if good else (400, ["?cursor"]))

    def some(self, path, count):
        items, cursor = [], None
        while len(items) < count:
            page = self.admin.get(path, query={"limit": "1", **({"cursor": cursor} if cursor else {})}).json
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        return items


if __name__ == "__main__":
    unittest.main()
