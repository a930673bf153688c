"""RealProvider: the npm package oidc-provider with one client (tests/portal/oidc), on a free port of loopback.

As a program (python3 -m tests.portal.real_provider) it installs that package: the only thing that tests fetch from a
network, so that it can be there before they begin.
"""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

from .waiting import PATIENCE_S, eventually

SOURCE = Path(__file__).parent / "oidc"
INSTALLED = Path(__file__).resolve().parents[2] / "build" / "oidc-provider"  # for all builds
SECRET = "only a test"


def install():
    """What package-lock.json names, once for each of its versions, from npm's cache or else from its registry."""
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with open(INSTALLED / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = INSTALLED / "installed.json"
        wanted = (SOURCE / "package-lock.json").read_bytes()
        if not done.exists() or done.read_bytes() != wanted:
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(SOURCE / name, INSTALLED / name)
            said = subprocess.run(["npm", "ci", "--ignore-scripts", "--prefer-offline", "--fetch-retries=5"],
                                  cwd=INSTALLED, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=5 * PATIENCE_S)
            assert said.returncode == 0, ("the sign-in provider that tests use cannot be installed: "
                                          f"npm ci failed:\n{said.stdout}{said.stderr}")
            done.write_bytes(wanted)
        # At once: a test beside this one may be reading it.
        shutil.copy(SOURCE / "provider.mjs", INSTALLED / "provider.mjs.new")
        (INSTALLED / "provider.mjs.new").replace(INSTALLED / "provider.mjs")


class RealProvider:
    def __init__(self, folder, email_in_id_token=False):
        install()
        self._folder = Path(folder)
        issuer = self._folder / "issuer"
        self._log = open(self._folder / "provider.log", "w+")
        environment = {**os.environ, "EMAIL_IN_ID_TOKEN": "1" if email_in_id_token else "0"}
        self._process = subprocess.Popen(["node", INSTALLED / "provider.mjs", issuer], stdin=subprocess.DEVNULL,
                                         stdout=self._log, stderr=self._log, env=environment)
        eventually(lambda: issuer.exists() or self._process.poll() is not None, "the provider listens")
        self._log.seek(0)
        assert issuer.exists(), f"the provider ended at once:\n{self._log.read()}"
        self.issuer = issuer.read_text()

    def config(self, create_users=False):
        """The portal's configuration of it."""
        secret = self._folder / "client-secret"
        secret.touch(0o600)
        secret.write_text(SECRET + "\n")
        return (f'[single_sign_on]\nname = "Example ID"\nissuer = "{self.issuer}"\nclient_id = "larder"\n'
                f'client_secret_file = "{secret}"\ncreate_users = {str(create_users).lower()}\n')

    def sign_in(self, browser, page, name):
        """From the redirect to the provider to the one back: as somebody who fills in its forms."""
        leaves = lambda location: not location.startswith(self.issuer)
        for prompt in ("login", "consent"):
            page = browser.follow(page, leaves)
            if page.status != 200:
                return page
            page = browser.post(page.url, {"prompt": prompt, "login": name, "password": "any"})
        return browser.follow(page, leaves)

    def stop(self):
        self._process.terminate()
        self._process.wait(PATIENCE_S)

    def close(self):
        self.stop()
        self._log.close()


if __name__ == "__main__":
    install()
