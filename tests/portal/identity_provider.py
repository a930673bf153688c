"""IdentityProvider: as much of an OpenID provider as is asked before anybody has signed in: its discovery document."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class IdentityProvider:
    def __init__(self):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.issuer = self._server.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def config(self, folder):
        """The portal's configuration of it, with the secret in a file in `folder`."""
        secret = Path(folder) / "client-secret"
        secret.touch(0o600)
        secret.write_text("of no use\n")
        return (f'[single_sign_on]\nname = "Example ID"\nissuer = "{self.issuer}"\nclient_id = "larder"\n'
                f'client_secret_file = "{secret}"\n')

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        issuer = self.server.issuer
        body = json.dumps({"issuer": issuer, "authorization_endpoint": f"{issuer}/authorize",
                           "token_endpoint": f"{issuer}/token", "jwks_uri": f"{issuer}/keys",
                           "response_types_supported": ["code"], "subject_types_supported": ["public"],
                           "id_token_signing_alg_values_supported": ["RS256"]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
