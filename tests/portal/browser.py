"""Browser: keeps cookies and stops at every redirect, so that a test sees where it is sent."""

import http.cookiejar
import json
import urllib.error
import urllib.parse
import urllib.request

from .waiting import PATIENCE_S


class Page:
    def __init__(self, url, answer):
        self.url = url
        self.status = answer.status
        self.headers = answer.headers
        self.body = answer.read()

    @property
    def location(self):
        """Where it leads, in full."""
        return urllib.parse.urljoin(self.url, self.headers["Location"])

    @property
    def query(self):
        """The parameters of where it leads."""
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.location).query))

    @property
    def json(self):
        return json.loads(self.body)


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Browser:
    def __init__(self):
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies), _StayHere())

    def get(self, url, **fields):
        return self._open(urllib.request.Request(url, headers=fields))

    def post(self, url, form):
        return self._open(urllib.request.Request(url, urllib.parse.urlencode(form).encode()))

    def follow(self, page, until):
        """Goes where it is sent, up to the first page that is none of `until`'s, or that leads nowhere."""
        for _ in range(10):
            if page.status not in (302, 303) or until(page.location):
                return page
            page = self.get(page.location)
        raise AssertionError(f"sent around in a circle, at last to {page.location}")

    def _open(self, request):
        try:
            return Page(request.full_url, self._opener.open(request, timeout=PATIENCE_S))
        except urllib.error.HTTPError as answer:
            with answer:
                return Page(request.full_url, answer)
