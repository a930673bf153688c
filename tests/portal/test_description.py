"""docs/api/openapi.json is valid in itself, complete, and says nothing untrue about its own examples."""

import json
import re
import unittest

from jsonschema import Draft202012Validator

from .description import FILE, METHODS, Description

NEEDS = ("public", "signed-in", "admin", "viewer", "operator", "owner")
SCOPES = (None, "read", "keys", "write", "manage", "admin")


def schemas_in(part, where="#"):
    """Every schema: the components, and what stands behind "schema"."""
    if isinstance(part, list):
        for i, entry in enumerate(part):
            yield from schemas_in(entry, f"{where}/{i}")
    elif isinstance(part, dict):
        for name, value in part.items():
            if name == "schema":
                yield f"{where}/{name}", value
            elif name != "schemas":
                yield from schemas_in(value, f"{where}/{name}")


def objects_in(schema, where):
    """Every schema of an object with named members, in and below `schema`."""
    if isinstance(schema, list):
        for i, entry in enumerate(schema):
            yield from objects_in(entry, f"{where}/{i}")
    elif isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            yield where, schema
        for name, value in schema.items():
            yield from objects_in(value, f"{where}/{name}")


class DescriptionTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.description = Description()
        cls.document = cls.description.document
        cls.components = cls.document["components"]
        cls.schemas = list(schemas_in(cls.document))
        cls.schemas += [(f"schemas/{name}", schema) for name, schema in cls.components["schemas"].items()]

    def test_every_schema_is_a_json_schema(self):
        self.assertGreater(len(self.schemas), 100)
        for where, schema in self.schemas:
            with self.subTest(where):
                Draft202012Validator.check_schema(schema)

    def test_every_reference_leads_somewhere(self):
        for target in set(re.findall(r'"\$ref": "([^"]+)"', FILE.read_text(encoding="utf-8"))):
            with self.subTest(target):
                self.assertTrue(self.description.resolve({"$ref": target}))

    def test_every_component_is_used(self):
        text = FILE.read_text(encoding="utf-8")
        for kind in ("headers", "parameters", "responses", "schemas"):
            for name in self.components[kind]:
                if (kind, name) != ("responses", "MethodNotAllowed"):  # of no operation
                    with self.subTest(f"{kind}/{name}"):
                        self.assertIn(f'"#/components/{kind}/{name}"', text)

    def test_objects_say_all_about_their_members(self):
        for where, schema in self.schemas:
            for place, found in objects_in(schema, where):
                with self.subTest(place):
                    self.assertIs(found.get("additionalProperties"), False)
                    self.assertLessEqual(set(found.get("required", [])), set(found["properties"]))

    def test_examples_are_true(self):
        count = 0
        for where, schema in self.schemas:
            for example in schema.get("examples", []):
                count += 1
                with self.subTest(where):
                    self.assertEqual([e.message for e in self.description.validator(schema).iter_errors(example)], [])
        self.assertGreater(count, 3)

    def test_every_operation_says_who_may_use_it(self):
        for operation in self.description.operations:
            with self.subTest(operation.id):
                self.assertIn(operation.needs, NEEDS)
                self.assertIn(operation.scope, SCOPES)
                self.assertEqual(operation.scope is None, operation.needs == "public")
                self.assertEqual(operation.said["security"] == [], operation.needs == "public")

    def test_every_operation_has_a_name_of_its_own_and_a_summary(self):
        names = [operation.id for operation in self.description.operations]
        self.assertEqual(len(names), len(set(names)))
        for operation in self.description.operations:
            self.assertTrue(operation.said["summary"], operation.id)

    def test_every_operation_describes_success_and_what_may_always_go_wrong(self):
        for operation in self.description.operations:
            with self.subTest(operation.id):
                statuses = set(operation.said["responses"])
                self.assertTrue(any(status[0] in "23" for status in statuses))
                self.assertLessEqual({"500", "503"}, statuses)
                if operation.needs != "public":
                    self.assertLessEqual({"401", "403"}, statuses)

    def test_the_names_in_a_path_are_parameters(self):
        for operation in self.description.operations:
            parameters = [self.description.resolve(part) for part in operation.said.get("parameters", [])]
            in_path = [part["name"] for part in parameters if part["in"] == "path"]
            self.assertEqual(sorted(in_path), sorted(operation.names), operation.id)

    def test_edits_demand_a_version_and_creates_take_a_key(self):
        for operation in self.description.operations:
            headers = {self.description.resolve(part)["name"] for part in operation.said.get("parameters", [])}
            if "If-Match" in headers:
                demanded = {"412"} if operation.method == "DELETE" else {"412", "428"}
                self.assertLessEqual(demanded, set(operation.said["responses"]), operation.id)
            if operation.method == "POST" and "201" in operation.said["responses"] and operation.id != "signIn":
                self.assertIn("Idempotency-Key", headers, operation.id)

    def test_it_is_laid_out_to_be_read(self):
        text = FILE.read_text(encoding="utf-8")
        self.assertEqual(list(self.document["paths"]), sorted(self.document["paths"]))
        for kind in ("headers", "responses", "schemas"):
            self.assertEqual(list(self.components[kind]), sorted(self.components[kind]), kind)
        self.assertNotIn("\t", text)
        self.assertTrue(text.endswith("}\n"))
        for path, item in self.document["paths"].items():
            self.assertLessEqual(set(item), set(METHODS), path)

    def test_problems_are_explained(self):
        text = (FILE.parent / "problems.md").read_text(encoding="utf-8")
        for kind in self.components["schemas"]["Problem"]["properties"]["type"]["enum"]:
            self.assertIn(f"| `{kind.removeprefix('urn:larder:problem:')}` |", text)

    def test_a_name_comes_once_in_an_object(self):
        def refuse_twice(pairs):
            names = [name for name, _ in pairs]
            self.assertEqual(len(names), len(set(names)), names)
            return dict(pairs)

        json.loads(FILE.read_text(encoding="utf-8"), object_pairs_hook=refuse_twice)


if __name__ == "__main__":
    unittest.main()
