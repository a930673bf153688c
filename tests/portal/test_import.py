"""larder-portal import: all of a portal on SQLite is there when it goes on with PostgreSQL."""

import subprocess
import unittest

from .portal import PROGRAM, Place
from .waiting import PATIENCE_S
from .world import World


class ImportTest(unittest.TestCase):
    def setUp(self):
        self.place, self.target = Place(on_postgres=False), Place(on_postgres=True)
        self.addCleanup(self.place.close)
        self.addCleanup(self.target.close)
        self.portal = self.place.start_portal()
        self.world = World(self.portal)

    def move(self, file):
        config = self.target.folder / "import.toml"
        config.write_text(f'[database]\nurl = "{self.target.database}"\n')
        return subprocess.run([PROGRAM, "--config", config, "import", file], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=PATIENCE_S)

    def test_everybody_and_everything_is_there(self):
        organisation = self.world.organisation()
        node = self.world.node(self.world.resource(organisation))
        file = self.place.folder / "portal.db"
        running = self.move(file)
        self.assertEqual(running.returncode, 1)
        self.assertIn("a program has it open", running.stderr)
        paths = ("/organisations", "/nodes", "/users", "/audit", f"/nodes/{node['id']}")
        before = [self.world.admin.get(path).json for path in paths]
        self.portal.stop()

        moved = self.move(file)
        self.assertEqual(moved.returncode, 0, moved.stderr)
        self.assertIn("rows", moved.stdout)

        again = self.target.start_portal()
        self.assertIsNone(again.first_admin)
        admin = again.client(self.world.admin.token)  # who was signed in still is
        self.assertEqual([admin.get(path).json for path in paths], before)

        twice = self.move(file)
        self.assertEqual(twice.returncode, 1)
        self.assertIn("in use", twice.stderr)
