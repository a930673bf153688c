"""The examples of docs/api/README.md, as a reader types them."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from .waiting import PATIENCE_S
from .world import PASSWORD, SCOPES, WorldTest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api" / "README.md"
VERSION = 7  # of the node in the examples


def examples():
    """The commands of all shell blocks: each begins with "curl"."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    return [command for block in blocks for command in re.split(r"^(?=curl )", block, flags=re.MULTILINE)
            if command.startswith("curl ")]


@unittest.skipUnless(shutil.which("curl"), "there is no curl")
class ExamplesTest(WorldTest):
    def test_every_example_works_as_it_is_typed(self):
        organisation = self.world.organisation()
        user = self.world.user({organisation["id"]: "operator"})
        operator = self.world.with_token(user, SCOPES)
        resource = operator.post(f"/organisations/{organisation['id']}/resources", {"name": "default"}).json
        node = operator.post(f"/resources/{resource['id']}/nodes", {"name": "a"}).json
        for number in range(1, VERSION):
            operator.patch(f"/nodes/{node['id']}", {"notes": str(number)})

        folder = tempfile.TemporaryDirectory(prefix="larder-examples-")
        self.addCleanup(folder.cleanup)
        known = {"PATH": os.environ["PATH"], "portal": f"http://{self.portal.address}/api/v1", "node": node["id"],
                 "auth": f"Authorization: Bearer {operator.token}", "resource": resource["id"],
                 "organisation": organisation["id"]}
        commands = examples()
        self.assertGreaterEqual(len(commands), 8)
        for command in commands:
            with self.subTest(command=command):
                typed = command.replace("ana@example.net", user.email).replace('"password": "..."',
                                                                               f'"password": "{PASSWORD}"')
                # As typed, but that a refusal is a failure.
                script = 'curl() { command curl --fail-with-body --noproxy "*" "$@"; }\n' + typed
                done = subprocess.run(["/bin/bash", "-ec", script], env=known, cwd=folder.name, capture_output=True,
                                      text=True, timeout=PATIENCE_S)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                if csrf := re.search(r'"csrf_token":\s*"([^"]+)"', done.stdout):
                    known["csrf"] = csrf.group(1)
                if position := re.search(r'"position":\s*"([^"]+)"', done.stdout):
                    known["position"] = position.group(1)
