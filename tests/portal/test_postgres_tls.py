"""PostgreSQL over TLS: asked for in the database URL as libpq has it."""

import subprocess
import unittest

from tests.support.private_authority import PrivateAuthority

from .portal import PROGRAM, Place
from .waiting import PATIENCE_S
from .world import World


class PostgresTlsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Place(on_postgres=True, own_server=True)
        cls.addClassCleanup(cls.place.close)
        cls.authority = PrivateAuthority(cls.place.folder)
        cls.plain = cls.place.database
        cls.refused = cls.check("sslmode=require")
        cls.place.postgres.speak_tls(*cls.authority.sign("server"))
        cls.place.postgres.restart()

    @classmethod
    def check(cls, options, url=None):
        """larder-portal --check with a database URL of these options."""
        config = cls.place.folder / "check.toml"
        config.write_text(f'[database]\nurl = "{url or cls.plain}?{options}"\n')
        return subprocess.run([PROGRAM, "--config", config, "--check"], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=PATIENCE_S, check=False)

    def assert_refused(self, done, *words):
        self.assertEqual(done.returncode, 1, done.stdout)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_server_without_tls_is_refused_where_it_is_required(self):
        self.assert_refused(self.refused, "does not support SSL")

    def test_portal_works_over_a_verified_connection(self):
        self.place.database = f"{self.plain}?sslmode=verify-full&sslrootcert={self.authority.certificate}"
        portal = self.place.start_portal(name="verified")
        self.addCleanup(portal.stop)
        World(portal).organisation()
        # Also the connection that hears of changes.
        plain = self.place.postgres.query("SELECT count(*) FROM pg_stat_activity a LEFT JOIN pg_stat_ssl s USING (pid)"
                                          " WHERE a.datname LIKE 'portal%' AND s.ssl IS NOT TRUE")
        secured = self.place.postgres.query("SELECT count(*) FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid)"
                                            " WHERE a.datname LIKE 'portal%' AND s.ssl")
        self.assertEqual(int(plain), 0)
        self.assertGreaterEqual(int(secured), 2)

    def test_require_takes_any_certificate(self):
        done = self.check("sslmode=require")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_another_authority_is_refused(self):
        other = PrivateAuthority(self.place.folder, "other")
        self.assert_refused(self.check(f"sslmode=verify-full&sslrootcert={other.certificate}"),
                            "certificate verify failed")

    def test_another_name_is_refused(self):
        options = f"sslmode=verify-full&sslrootcert={self.authority.certificate}"
        self.assert_refused(self.check(options, self.plain.replace("127.0.0.1", "localhost")), "localhost")

    def test_missing_root_certificate_is_named(self):
        self.assert_refused(self.check("sslmode=verify-full&sslrootcert=/nowhere/root.pem"), "/nowhere/root.pem")


if __name__ == "__main__":
    unittest.main()
