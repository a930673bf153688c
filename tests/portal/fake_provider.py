"""FakeProvider: an OpenID provider that lies as it is told: the tests set what is wrong with the next ID token."""

import base64
import hashlib
import json
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl


LOOK_S = 0.01  # between two looks at whether it is to end


def _encoded(data):
    if not isinstance(data, bytes):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """An RSA key of openssl's making."""

    def __init__(self, folder, name):
        self.id = name
        self._file = Path(folder) / f"{name}.pem"
        self._run("genrsa", "-out", self._file, "2048")
        self.modulus = bytes.fromhex(self._run("rsa", "-in", self._file, "-noout", "-modulus").decode().split("=")[1])

    @staticmethod
    def _run(*command, given=None):
        return subprocess.run(["openssl", *command], input=given, capture_output=True, check=True).stdout

    def sign(self, data):
        return self._run("dgst", "-sha256", "-sign", self._file, given=data)

    def published(self):
        return {"kty": "RSA", "kid": self.id, "use": "sig", "alg": "RS256", "e": "AQAB", "n": _encoded(self.modulus)}


class FakeProvider:
    """`certificate` and its `key`: files for HTTPS; without them it speaks plain HTTP."""

    def __init__(self, folder, certificate=None, key=None):
        self._folder = Path(folder)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.provider = self
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.issuer = f"http{'s' if certificate else ''}://127.0.0.1:{self._server.server_port}"
        self.key = Key(folder, "first")
        self.keys = [self.key.published()]
        self.key_requests = self.description_requests = 0
        self.opened = threading.Event()  # clear: those who want a token wait
        self.opened.set()
        self._lock = threading.Lock()
        self.waiting = 0  # for a token
        self.description = {}  # what the discovery document says otherwise
        self.reset()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(LOOK_S,))
        self._thread.start()

    def reset(self):
        """From here on it tells the truth about ann@example.net."""
        self.claims = {}  # what the ID token says otherwise; None: it does not say it
        self.header = {}
        self.make_token = self.signed
        self.refusal = None  # what it says instead of giving tokens
        self.nonce = self.challenge = None
        self.nonces = {}  # by challenge: of those who come beside that one

    def config(self, ca_file=None):
        secret = self._folder / "client-secret"
        secret.touch(0o600)
        secret.write_text("only a test\n")
        return (f'[single_sign_on]\nname = "Fake"\nissuer = "{self.issuer}"\nclient_id = "larder"\n'
                f'client_secret_file = "{secret}"\n' + (f'ca_file = "{ca_file}"\n' if ca_file else ""))

    def signed(self, header, claims, key=None):
        data = f"{_encoded(header)}.{_encoded(claims)}"
        return f"{data}.{_encoded((key or self.key).sign(data.encode()))}"

    @staticmethod
    def unsigned(header, claims):
        return f"{_encoded({**header, 'alg': 'none'})}.{_encoded(claims)}."

    def hashed(self, header, claims):
        """HS256 with the public key as the secret: what a verifier that believes the header takes."""
        import hmac
        data = f"{_encoded({**header, 'alg': 'HS256'})}.{_encoded(claims)}"
        return f"{data}.{_encoded(hmac.digest(self.key.modulus, data.encode(), 'sha256'))}"

    def answer(self, method, path, form):
        """(status, object) for a request."""
        if path == "/.well-known/openid-configuration":
            self.description_requests += 1
            return 200, {"issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
                         "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
                         **self.description}
        if path == "/keys":
            self.key_requests += 1
            return 200, {"keys": self.keys}
        if path == "/token" and method == "POST":
            return self._token(form)
        return 404, {}

    def _token(self, form):
        if self.refusal is not None:
            return 400, {"error": self.refusal}
        verifier = form.get("code_verifier", "")
        challenge = _encoded(hashlib.sha256(verifier.encode()).digest())
        if challenge != self.challenge and challenge not in self.nonces:
            return 400, {"error": "invalid_grant"}
        nonce = self.nonces.get(challenge, self.nonce)
        with self._lock:
            self.waiting += 1
        self.opened.wait()
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": "ann", "aud": "larder", "iat": now, "exp": now + 300, "nonce": nonce,
                  "email": "ann@example.net", "email_verified": True, **self.claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "RS256", "kid": self.key.id, **self.header}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.make_token(header, claims)}

    def close(self):
        self.opened.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self._answer({})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(dict(parse_qsl(body.decode())))

    def _answer(self, form):
        status, found = self.server.provider.answer(self.command, self.path, form)
        body = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
