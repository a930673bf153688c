"""Client: asks a portal, and checks every single answer against the API's description."""

import http.client
import json
import select
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from .description import ROOT, Description
from .waiting import PATIENCE_S

description = Description()
seen = set()  # (operation id, status) of all answers in this program
PROBLEM = "urn:larder:problem:"
LONGEST_WAIT_S = 60  # that a portal holds a request back for a change


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def etag(self):
        return self.headers["ETag"]

    @property
    def problem(self):
        """The name of the problem; None: it is none."""
        if self.headers.get("Content-Type", "").split(";")[0] != "application/problem+json":
            return None
        return self.json["type"].removeprefix(PROBLEM)

    @property
    def pointers(self):
        """Of the fields that are wrong."""
        return [error["pointer"] for error in self.json.get("errors", [])]

    def error(self, pointer):
        """What is wrong with one field."""
        found = [error for error in self.json.get("errors", []) if error["pointer"] == pointer]
        assert found, f"nothing about {pointer} in {self.body.decode()}"
        return found[0]


class Client:
    """One user's way to one portal. Keeps its connection; for one thread at a time."""

    def __init__(self, address, token=None):
        self.address = address
        self.token = token
        self.cookies = {}
        self.csrf = None
        self._connection = None

    def __del__(self):
        self.close()

    def another(self):
        """The same user, on a connection of its own: for another thread."""
        other = Client(self.address, self.token)
        other.cookies, other.csrf = dict(self.cookies), self.csrf
        return other

    def close(self):
        if self._connection:
            self._connection.close()
        self._connection = None

    # What a test asks for: a 2xx or 3xx unless it names a status.

    def get(self, path, status=None, query=None, **fields):
        return self._expect(status, "GET", self._with_query(path, query), None, fields)

    def post(self, path, body=None, status=None, **fields):
        return self._expect(status, "POST", path, {} if body is None else body, fields)

    def put(self, path, body, status=None, **fields):
        return self._expect(status, "PUT", path, body, fields)

    def patch(self, path, body, status=None, if_match="*", **fields):
        return self._expect(status, "PATCH", path, body, {**fields, **({"if_match": if_match} if if_match else {})})

    def delete(self, path, body=None, status=None, **fields):
        return self._expect(status, "DELETE", path, body, fields)

    def items(self, path, **query):
        """All of a list, page by page."""
        items, cursor = [], None
        while True:
            page = self.get(path, query={**query, **({"cursor": cursor} if cursor else {})}).json
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                return items

    def sign_in(self, email, password, **more):
        answer = self.post("/session", {"email": email, "password": password, **more})
        self.csrf = answer.json["csrf_token"]
        return answer.json

    # Anything else.

    def ask(self, method, path, body=None, fields=(), checked=True):
        """`body`: bytes go as they are, all else as JSON. `path` is below /api/v1."""
        headers = dict(fields)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        whole = ROOT + path
        answer = self._exchange(method, whole, body, {**self._credentials(method), **headers})
        operation = description.find(method, whole)
        if operation:
            seen.add((operation.id, answer.status))
        if checked:
            mistakes = description.mistakes(method, whole, answer)
            assert not mistakes, "\n".join(mistakes)
        return answer

    def _expect(self, status, method, path, body, fields):
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        answer = self.ask(method, path, body, named)
        fits = answer.status < 400 if status is None else answer.status == status
        assert fits, f"{method} {path} -> {answer.status}, wanted {status or 'success'}: {answer.body.decode()[:2000]}"
        return answer

    @staticmethod
    def _with_query(path, query):
        return f"{path}?{urlencode(query, quote_via=quote)}" if query else path

    def _credentials(self, method):
        fields = {}
        if self.token:
            fields["Authorization"] = f"Bearer {self.token}"
        if self.cookies:
            fields["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            if self.csrf and method not in ("GET", "HEAD"):
                fields["X-CSRF-Token"] = self.csrf
        return fields

    def _exchange(self, method, target, body, fields):
        self._drop_if_ended()
        try:
            return self._exchange_once(method, target, body, fields)
        except Exception:
            self.close()
            raise

    def _drop_if_ended(self):
        """A kept connection that has something to read while nothing was asked has ended."""
        if self._connection and self._connection.sock and select.select([self._connection.sock], [], [], 0)[0]:
            self.close()

    def _exchange_once(self, method, target, body, fields):
        if self._connection is None:
            host, port = self.address.rsplit(":", 1)
            self._connection = http.client.HTTPConnection(host, int(port), timeout=LONGEST_WAIT_S + PATIENCE_S)
        self._connection.request(method, target, body, fields)
        response = self._connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        self._take_cookies(answer)
        return answer

    def _take_cookies(self, answer):
        for line in answer.headers.get_all("Set-Cookie", []):
            name, _, rest = line.partition("=")
            value, _, attributes = rest.partition(";")
            if value and "max-age=0" not in attributes.lower():
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
