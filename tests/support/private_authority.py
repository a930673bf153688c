"""PrivateAuthority: a certificate authority of a test's own, and certificates it has signed, made by openssl."""

import subprocess
from pathlib import Path


class PrivateAuthority:
    """`certificate` is the PEM file that whoever trusts it is given."""

    def __init__(self, folder, name="authority"):
        self._folder = Path(folder)
        self._name = name
        self.certificate = self._folder / f"{name}.pem"
        self._key = self._folder / f"{name}.key"
        self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                  "-subj", f"/CN={name}", "-keyout", self._key, "-out", self.certificate)

    def sign(self, name, names="IP:127.0.0.1"):
        """(certificate, key): PEM files of a server that is called `names`."""
        certificate, key = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        request, extensions = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        self._run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                  "-keyout", key, "-out", request)
        extensions.write_text(f"subjectAltName={names}\n")
        self._run("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial",
                  "-days", "2", "-extfile", extensions, "-out", certificate)
        return certificate, key

    @staticmethod
    def _run(*command):
        subprocess.run(["openssl", *command], capture_output=True, check=True)
