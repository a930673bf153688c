"""The rule `include`: who uses a name of a library includes its header, or a header of ours that does.

The builds put the headers of some libraries before every source (precompiled), so that none of them notices an include
that is missing. Here it is noticed by the name; library_names.py says which header each one is in. What is used
without being named, such as the members of what a function returns, is not noticed.
"""

import re

import library_names as names
from cpp_source import without_comments_and_literals

# Where headers of the project are looked for.
FOLDERS = ("src", "tests", ".")


class Library:
    """Names as `pattern` finds them (its group), and the headers that have them, the one to include first."""

    def __init__(self, prefix, pattern, headers, also=(), others=None):
        self.prefix = prefix
        self.pattern = re.compile(pattern)
        self.others = others  # the headers of names that are in no table; None if each has to be in one
        self.headers = {name: [header] for header, listed in headers.items() for name in listed.split()}
        for listed, more in also:
            for name in listed.split():
                self.headers[name] = self.headers[name] + more.split()

    def headers_of(self, name):
        return self.headers.get(name, self.others)


LIBRARIES = (
    Library("std::", r"\bstd::(?:ranges::)?(\w+)", names.STANDARD, names.STANDARD_ALSO),
    Library("fmt::", r"\bfmt::(\w+)", names.FMT),
    Library("boost::json::", r"\bboost::json::(\w+)", names.JSON, names.JSON_ALSO),
    Library("asio::", r"\basio::(?:ip::)?(\w+)", names.ASIO, names.ASIO_ALSO),
    Library("testing::", r"\btesting::(\w+)", {}, others=["gtest/gtest.h", "gmock/gmock.h"]),
    Library("", r"\b((?:TEST(?:_[FP])?|(?:EXPECT|ASSERT)_[A-Z_]+|SCOPED_TRACE|GTEST_SKIP|ADD_FAILURE|FAIL)(?=\())",
            {"gmock/gmock.h": "ASSERT_THAT EXPECT_THAT"}, others=["gtest/gtest.h", "gmock/gmock.h"]),
    Library("::", r"(?<![\w>:])::(\w+)", names.SYSTEM, names.SYSTEM_ALSO, others=[]),
    Library("", rf"(?<![\w.>:])({'|'.join(' '.join(names.MACROS.values()).split())})\b", names.MACROS,
            names.MACROS_ALSO),
)


def missing_includes(path, graph):
    """(line, text) for each header that the C++ file `path` has to include and does not."""
    code = without_comments_and_literals(graph.text(path))
    reached = set()
    for file in graph.closure(path, FOLDERS):
        reached |= graph.system_includes(file, FOLDERS)
    missing = {}  # header: (where it is first needed, names)
    for library in LIBRARIES:
        seen = set()
        for match in library.pattern.finditer(code):
            name = match.group(1)
            if name in seen:
                continue
            seen.add(name)
            headers = library.headers_of(name)
            if headers is None:
                yield code.count("\n", 0, match.start()) + 1, \
                    f"{library.prefix}{name}: scripts/lib/library_names.py does not say which header it is in"
            elif headers and reached.isdisjoint(headers):
                first, users = missing.setdefault(headers[0], (match.start(), []))
                missing[headers[0]] = min(first, match.start()), [*users, library.prefix + name]
    for header, (first, users) in missing.items():
        yield code.count("\n", 0, first) + 1, f"<{header}> is not included, for {', '.join(users)}"
