"""Description: docs/api/openapi.json, and the checks of every answer against it."""

import ipaddress
import json
import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jsonschema import Draft202012Validator, FormatChecker, RefResolver

FILE = Path(__file__).resolve().parents[2] / "docs" / "api" / "openapi.json"
ROOT = "/api/v1"
METHODS = ("get", "put", "post", "patch", "delete")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")

formats = FormatChecker(formats=())


@formats.checks("uuid", raises=ValueError)
def is_uuid(value):
    return not isinstance(value, str) or str(uuid.UUID(value)) == value


@formats.checks("date-time", raises=ValueError)
def is_time(value):
    """The portal writes UTC with seconds or milliseconds."""
    return not isinstance(value, str) or (TIME.fullmatch(value) is not None
                                          and datetime.fromisoformat(value[:-1]) is not None)


@formats.checks("ipv4", raises=ValueError)
def is_ipv4(value):
    return not isinstance(value, str) or str(ipaddress.IPv4Address(value)) == value


@formats.checks("ipv6", raises=ValueError)
def is_ipv6(value):
    return not isinstance(value, str) or str(ipaddress.IPv6Address(value)) == value


@formats.checks("ip-prefix", raises=ValueError)
def is_prefix(value):
    """Canonical: no host bits, the length always there."""
    return not isinstance(value, str) or str(ipaddress.ip_network(value)) == value


@formats.checks("email")
def is_email(value):
    return not isinstance(value, str) or re.fullmatch(r"[^@\s]+@[^@\s]+", value) is not None


@formats.checks("uri")
def is_uri(value):
    return not isinstance(value, str) or re.match(r"[a-z][a-z0-9+.-]*:", value) is not None


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    needs: str
    scope: str | None
    session_only: bool
    said: dict  # what the document says

    @property
    def has_body(self):
        return "requestBody" in self.said

    @property
    def names(self):
        """The names in the path."""
        return re.findall(r"\{(\w+)\}", self.path)


class Description:
    def __init__(self, file=FILE):
        self.document = json.loads(Path(file).read_text(encoding="utf-8"))
        self._resolver = RefResolver("", self.document)
        self._validators = {}
        self.operations = [self._operation(method, path, item[method])
                           for path, item in self.document["paths"].items() for method in METHODS if method in item]
        self._patterns = [(re.compile(ROOT + re.sub(r"\{\w+\}", "[^/]+", operation.path)), operation)
                          for operation in self.operations]

    @staticmethod
    def _operation(method, path, said):
        access = said["x-access"]
        return Operation(said["operationId"], method.upper(), path, access["needs"], access["scope"],
                         access.get("session_only", False), said)

    def find(self, method, path):
        """The operation of a request; None: the document has none."""
        for pattern, operation in self._patterns:
            if operation.method == ("GET" if method == "HEAD" else method) and pattern.fullmatch(path.split("?")[0]):
                return operation
        return None

    def resolve(self, part):
        while "$ref" in part:
            part = self._resolver.resolve(part["$ref"])[1]
        return part

    def validator(self, schema):
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            self._validators[key] = Draft202012Validator(schema, resolver=self._resolver, format_checker=formats)
        return self._validators[key]

    def mistakes(self, method, path, answer):
        """What is wrong with an answer: a list of texts."""
        operation = self.find(method, path)
        return [f"{method} {path} -> {answer.status}: {text}" for text in self._mistakes(operation, method, answer)]

    def _mistakes(self, operation, method, answer):
        said = self._response(operation, answer)
        if said is None:
            yield f"this status is not described; the answer is {answer.body[:500]!r}"
            return
        for name, header in said.get("headers", {}).items():
            yield from self._header_mistakes(name, self.resolve(header), answer.headers.get(name))
        if method != "HEAD":
            yield from self._body_mistakes(said.get("content", {}), answer)

    def _response(self, operation, answer):
        """What the document says about an answer; None: nothing."""
        if operation is None:  # a path or method that does not exist, or nobody who might be told so
            name = {401: "Unauthenticated", 404: "NotFound", 405: "MethodNotAllowed", 400: "Malformed"}.get(answer.status)
            return self.document["components"]["responses"][name] if name else None
        said = operation.said["responses"].get(str(answer.status))
        return said and self.resolve(said)

    def _header_mistakes(self, name, header, value):
        if value is None:
            if header.get("required"):
                yield f"the field {name} is missing"
            return
        for mistake in self.validator(header["schema"]).iter_errors(value):
            yield f"{name}: {mistake.message}"

    def _body_mistakes(self, content, answer):
        media = answer.headers.get("Content-Type", "").split(";")[0]
        if not content:
            if answer.body:
                yield f"a body where none is described: {answer.body[:200]!r}"
            return
        if media not in content:
            yield f"Content-Type is '{media}', described are {', '.join(content)}"
            return
        if media != "application/json" and not media.endswith("+json"):
            return
        schema = content[media]["schema"]
        for mistake in self.validator(schema).iter_errors(json.loads(answer.body)):
            where = "/".join(map(str, mistake.absolute_path))
            yield f"/{where}: {mistake.message[:300]}"
