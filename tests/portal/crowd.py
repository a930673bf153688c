"""Crowd: raw connections to a portal from several addresses of loopback, since a thousand threads would measure
themselves."""

import http.client
import itertools
import select
import socket

from .waiting import PATIENCE_S

SOURCES = [f"127.0.0.{i}" for i in range(1, 9)]  # addresses of loopback


def connect(portal, source, address=None):
    """From `source`, to where the portal speaks plain HTTP, or to `address`."""
    host, port = (address or portal.address).rsplit(":", 1)
    return socket.create_connection((host, int(port)), PATIENCE_S, (source, 0))


def post_head(path, length, token=None):
    """The head of a request with a body of so many bytes of JSON."""
    who = f"Authorization: Bearer {token}\r\n" if token else ""
    return (f"POST /api/v1{path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{who}"
            f"Content-Length: {length}\r\n\r\n").encode()


def post(path, body, token=None):
    return post_head(path, len(body), token) + body


def read_answer(connection):
    """(status, body) of the answer that comes next."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response.status, response.read()


def send(connection, request):
    """As far as the portal wants it: it may have refused what came before the rest."""
    try:
        connection.sendall(request)
    except ConnectionError:
        pass


class Crowd:
    """Connections that have one request each."""

    def __init__(self, portal, sources=SOURCES):
        self.portal = portal
        self._sources = itertools.cycle(sources)
        self.sockets = []

    def send(self, request, count):
        """`count` new connections, each of which sends `request`."""
        for _ in range(count):
            connection = connect(self.portal, next(self._sources))
            send(connection, request)
            self.sockets.append(connection)

    def send_at_once(self, requests, count):
        """As send(), with one of `requests` each in turn: all but the last byte of each, then that of all of them."""
        new = len(self.sockets)
        for i in range(count):
            self.send(requests[i % len(requests)][:-1], 1)
        for i, connection in enumerate(self.sockets[new:]):
            send(connection, requests[i % len(requests)][-1:])

    def statuses(self):
        """The status of one answer of each."""
        return [read_answer(connection)[0] for connection in self.sockets]

    def take_answers(self):
        """The statuses of those that are answered by now (None: cut off in the middle of its body), which leave."""
        ready = {number for number, _ in self._ready(select.POLLIN)}
        answered = [connection for connection in self.sockets if connection.fileno() in ready]
        self.sockets = [connection for connection in self.sockets if connection.fileno() not in ready]
        return [self._last_status(connection) for connection in answered]

    def answered(self):
        """How many of them have an answer that was not read yet."""
        return len(self._ready(select.POLLIN))

    def ended(self):
        """How many of them the portal has closed."""
        return len(self._ready(select.POLLRDHUP))

    def close(self):
        for connection in self.sockets:
            connection.close()
        self.sockets = []

    @staticmethod
    def _last_status(connection):
        with connection:
            try:
                return read_answer(connection)[0]
            except ConnectionError:
                return None

    def _ready(self, what):
        poll = select.poll()
        for connection in self.sockets:
            poll.register(connection, what)
        return poll.poll(0)
