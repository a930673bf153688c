#!/usr/bin/env python3
"""Structure checks: what no compiler knows about Larder's source.

Usage: structure.py [ROOT]      Prints 'file:line: [rule] text'. Ends with 1 if a rule is broken.

Rules
  layers     who may include whom, as the table in src/README.md says
  namespace  a folder's code is in the folder's namespace
  await      no brace-made aggregate and no owning lambda in a statement with co_await, and no co_await under a condition
             inside an expression (docs/decisions/0003)
  header     a header opens with a sentence on what it is, and has #pragma once
  together   names in unnamed namespaces differ within a folder, or the file is listed in cmake/apart.txt
  leftover   no notes to self: work that is not done is an issue, not a comment
  path       no path of somebody's machine
  link       a document that is named is there
  clock      src/ asks Clock for the time, and the data side the clock that it is given
  sleep      a test waits for a condition, never for time
  include    who uses a name of a library includes its header, itself or by a header of ours
Advice, which does not fail: functions over 70 lines, source files over 400.
"""

import re
import sys
from dataclasses import dataclass
from fnmatch import fnmatch
from os.path import normpath
from pathlib import Path, PurePosixPath

from cpp_source import internal_names, statements, walk
from include_graph import IncludeGraph
from include_rule import missing_includes

FUNCTION_LINES = 70
FILE_LINES = 400
CPP_FOLDERS = ("src", "apps", "tests", "bench", "cmake")
TEXT_FOLDERS = CPP_FOLDERS + ("docs", "scripts", ".ci", "deploy")
TEXT_ENDINGS = {".h", ".cc", ".cmake", ".txt", ".py", ".sh", ".md", ".toml", ".json", ".yaml", ".yml", ""}

# Spelt in pieces, so that this file passes its own check.
LEFTOVER = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b|\bfor" r" now\b")
MACHINE_PATH = re.compile(r"(?<![\w.}*~-])/(wo" r"rk|ho" r"me)/")
MARKDOWN_LINK = re.compile(r"\]\(([^)\s:#]+)(?:#[^)]*)?\)")
NAMED_DOCUMENT = re.compile(r"\bdocs/[\w/-]+\.md\b")
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(")
# How else than by core/clock.h one learns the time; and, on the data side, whose clock is not a simulation's.
TIME_CALL = re.compile(r"(?<!\w)(\w+_clock::now|(?:::|std::)time|clock_gettime|gettimeofday|timespec_get|ftime)\s*\(")
SYSTEM_CLOCK = re.compile(r"\bSystemClock\s*[({]")
DATA_SIDE = ("net", "http", "storage", "origin", "cache")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)
NAMESPACE = re.compile(r"^namespace (larder(?:::\w+)*)", re.MULTILINE)
# Folders whose sources are compiled together: one target each.
TOGETHER = ("src/*", "tests/unit/*", "tests/support", "tests/simulation")
# Class types with constructors, which the compiler handles well.
SAFE_TYPES = re.compile(r"(std(?!::array\b)|asio|boost|beast|fmt)::")


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    text: str
    advice: bool = False

    def __str__(self):
        return f"{self.path}:{self.line}: [{self.rule}] {self.text}"


def read_layers(readme):
    """{folder: folders it may use} from the table's rows `| `folder` | what | uses |`."""
    layers = {}
    for row in re.finditer(r"^\|\s*`(\w+)`\s*\|.*\|\s*([\w -]*?)\s*\|\s*$", readme, re.MULTILINE):
        layers[row.group(1)] = set(row.group(2).replace("-", " ").split())
    return layers


def check_table(layers, folders):
    path = "src/README.md"
    seen = set()
    for folder, uses in layers.items():
        for used in sorted(uses - seen):
            yield Finding(path, 1, "layers", f"`{folder}` uses `{used}`, which is not in a row above it")
        seen.add(folder)
    for folder in sorted(folders - set(layers)):
        yield Finding(path, 1, "layers", f"src/{folder} has no row in the table")
    for folder in sorted(set(layers) - folders):
        yield Finding(path, 1, "layers", f"the table has a row `{folder}` and there is no src/{folder}")


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def check_includes(path, text, layers):
    """`path` is relative to the root and inside src/ or apps/."""
    area, folder = path.split("/")[:2]
    allowed = set(layers) if area == "apps" else layers.get(folder, set()) | {folder}
    for match in INCLUDE.finditer(text):
        target, line = match.group(1), line_of(text, match.start())
        used = target.split("/")[0]
        if area == "apps" and used not in layers and "/" not in target:
            continue  # a header of the program's own
        if folder == "larder_demo_origin" and used == "support":
            continue  # it is a test double for people: the tests' fake origin with content
        if used not in layers:
            yield Finding(path, line, "layers", f'"{target}": write it from src/, as "folder/name.h"')
        elif used not in allowed:
            may = " ".join(name for name in layers if name in allowed and name != folder) or "no other folder"
            yield Finding(path, line, "layers", f'`{folder}` may not use `{used}` (src/README.md: it may use {may})')


def check_namespace(path, text, layers):
    folder = path.split("/")[1]
    allowed = layers.get(folder, set()) | {folder}
    for match in NAMESPACE.finditer(text):
        parts = match.group(1).split("::")
        named = parts[1] if len(parts) > 1 and parts[1] in layers else "core"
        if named not in allowed:
            own = "larder" if folder == "core" else f"larder::{folder}"
            yield Finding(path, line_of(text, match.start()), "namespace",
                          f"{match.group(1)} in src/{folder}, whose namespace is {own}")


def owns_nothing(captures):
    """Captures of `this` and references only: nothing is destroyed with them."""
    return all(token.text in ("&", "this", ",") or i > 0 and captures[i - 1].text == "&"
               for i, token in enumerate(captures))


def type_before(tokens, i):
    """The qualified name that ends before tokens[i], template arguments left out; "" if there is none."""
    i -= 1
    if i >= 0 and tokens[i].text == ">":
        depth = 0
        while i >= 0:
            depth += (tokens[i].text == ">") - (tokens[i].text == "<")
            i -= 1
            if depth == 0:
                break
    name = []
    while i >= 0 and (tokens[i].is_identifier or tokens[i].text == "::"):
        if name and tokens[i].is_identifier and name[0] != "::":
            return "", i  # 'Type name{...}': a named object
        name.insert(0, tokens[i].text)
        i -= 1
    if name and i >= 0 and tokens[i].text in (">", "&", "*") and len(name) == 1 and _declares(tokens, i):
        return "", i
    return "".join(name), i


def _declares(tokens, i):
    """Whether tokens up to i read as the type of a declaration that begins the statement."""
    return all(t.is_identifier or t.text in ("::", "<", ">", "&", "*", ",", "const") for t in tokens[: i + 1])


def check_await(path, text):
    for statement, _ in walk(statements(text)):
        tokens = statement.tokens
        if not any(token.text == "co_await" for token in tokens):
            continue
        inside = 0
        depth = 0
        perhaps = []  # depths of brackets at which what follows is evaluated under a condition
        for i, token in enumerate(tokens):
            if token.text in ("(", "[", "{"):
                depth += 1
            elif token.text in (")", "]", "}", ",", ";"):
                depth -= token.text in (")", "]", "}")
                perhaps = [each for each in perhaps if each < depth + (token.text in (")", "]", "}"))]
            elif token.text in ("||", "?") or (token.text == "&&" and tokens[i - 1].text not in ("auto", ">")):
                perhaps.append(depth)
            elif token.text == "co_await" and perhaps:
                yield Finding(path, token.line, "await",
                              "co_await behind &&, || or ?, which g++ 12 may evaluate always or never: use an if")
            if token.captures and not owns_nothing(token.captures):
                yield Finding(path, token.line, "await",
                              "a lambda that captures by value, in a statement with co_await: name it first")
            if token.text == "}":
                inside = max(0, inside - 1)
            if not token.makes_value:
                continue
            inside += 1
            before = tokens[i - 1].text if i else ""
            if inside > 1:
                continue  # part of a value that was looked at
            if before in ("(", ",", "?", ":", "return", "co_return", "&&", "||"):
                yield Finding(path, token.line, "await",
                              "a brace-made value in a statement with co_await: name it first")
            elif before != "=":
                name, _ = type_before(tokens, i)
                if name and not SAFE_TYPES.match(name):
                    yield Finding(path, token.line, "await",
                                  f"{name}{{...}} made in a statement with co_await: name it first")


def check_sizes(path, text):
    line_count = text.count("\n")
    if line_count > FILE_LINES:
        yield Finding(path, 1, "size", f"{line_count} lines: is a noun missing?", advice=True)
    for statement, in_scope in walk(statements(text)):
        if not in_scope or statement.opens_scope or not statement.blocks:
            continue
        length = statement.last_line - statement.line + 1
        if length > FUNCTION_LINES:
            yield Finding(path, statement.line, "size", f"a function of {length} lines", advice=True)


def check_header(path, text):
    first = text.split("\n", 1)[0]
    if not re.match(r"// \S+(:| \S+ \S+)", first):
        yield Finding(path, 1, "header", "the first line is not '// Name: what it is' or a sentence on what it is")
    if "#pragma once" not in text:
        yield Finding(path, 1, "header", "#pragma once is missing")


def check_text(path, text):
    for match in LEFTOVER.finditer(text):
        yield Finding(path, line_of(text, match.start()), "leftover",
                      f"'{match.group(0)}': do it, or file an issue and say here what holds today")
    for match in MACHINE_PATH.finditer(text):
        yield Finding(path, line_of(text, match.start()), "path", f"'{match.group(0)}...' is somebody's machine")


def check_links(path, text, exists):
    """Links of a Markdown file are relative to it; documents that source names are relative to the root."""
    if path.endswith(".md"):
        folder = PurePosixPath(path).parent
        links = ((m, normpath(folder / m.group(1))) for m in MARKDOWN_LINK.finditer(text))
    else:
        links = ((m, m.group(0)) for m in NAMED_DOCUMENT.finditer(text))
    for match, target in links:
        if not exists(target):
            yield Finding(path, line_of(text, match.start()), "link", f"there is no {target}")


def check_sleep(path, text):
    for match in SLEEP.finditer(text):
        yield Finding(path, line_of(text, match.start()), "sleep",
                      f"{match.group(1)}: wait for the condition that the test is about")


def check_clock(path, text):
    """`path` is in src/. Comments may name what code may not call."""
    code = re.sub(r"//[^\n]*", "", text)
    for match in TIME_CALL.finditer(code):
        yield Finding(path, line_of(code, match.start()), "clock",
                      f"{match.group(1)}(): ask a Clock (core/clock.h), or the loop's (net/loop_time.h)")
    if path.split("/")[1] in DATA_SIDE:
        for match in SYSTEM_CLOCK.finditer(code):
            yield Finding(path, line_of(code, match.start()), "clock",
                          "SystemClock: use the Clock that is given, or the loop's (net/loop_time.h)")


def check_missing_includes(path, graph):
    for line, text in missing_includes(path, graph):
        yield Finding(path, line, "include", text)


def check_together(texts, apart):
    """`texts` are the sources of one folder, which unity builds compile together; `apart` are patterns of those that not."""
    owners = {}
    for path, text in sorted(texts.items()):
        if any(fnmatch(path, pattern) for pattern in apart):
            continue
        for name in sorted(internal_names(text)):
            if name.isupper():
                continue  # a macro, such as TEST_F
            if name in owners:
                yield Finding(path, 1, "together", f"`{name}` is in an unnamed namespace of {owners[name]} too, and unity "
                              "builds compile both as one: rename one, or list a file in cmake/apart.txt")
            owners.setdefault(name, path)


def check_file(path, text, layers):
    """Every finding in one file; `path` is relative to the root, with '/'."""
    yield from check_text(path, text)
    if not path.endswith((".h", ".cc")):
        return
    if path.startswith(("src/", "apps/")) and path.count("/") >= 2:
        yield from check_includes(path, text, layers)
        yield from check_sizes(path, text)
    if path.startswith("src/") and path.count("/") >= 2:
        yield from check_namespace(path, text, layers)
        if path != "src/core/clock.h":
            yield from check_clock(path, text)
    if path.endswith(".h"):
        yield from check_header(path, text)
    if re.match(r"tests/(unit|integration|fuzz)/", path):
        yield from check_sleep(path, text)
    yield from check_await(path, text)


def project_files(root):
    for folder in TEXT_FOLDERS:
        yield from (p for p in sorted((root / folder).rglob("*")) if p.is_file())
    # In a second work tree .git is a file, with a path in it.
    yield from sorted(p for p in root.glob("*") if p.is_file() and p.name != ".git")


def read_text(path):
    """None for what is not there, or is not a text."""
    try:
        return path.read_text()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, UnicodeDecodeError):
        return None


def check_project(root):
    graph = IncludeGraph(lambda path: read_text(root / path))
    layers = read_layers((root / "src/README.md").read_text())
    folders = {p.name for p in (root / "src").iterdir() if p.is_dir()}
    yield from check_table(layers, folders)
    for file in project_files(root):
        path = file.relative_to(root).as_posix()
        if file.suffix not in TEXT_ENDINGS or "/corpus/" in path or "/__pycache__/" in path:
            continue
        text = read_text(file)
        if text is None:
            continue
        yield from check_file(path, text, layers)
        if path.startswith(CPP_FOLDERS) and path.endswith((".h", ".cc")):
            yield from check_missing_includes(path, graph)
        if not path.startswith("tests/scripts/"):  # made-up names
            yield from check_links(path, text, lambda target: (root / target).exists())
    apart = read_apart(root)
    for folder in (folder for pattern in TOGETHER for folder in sorted(root.glob(pattern)) if folder.is_dir()):
        texts = {file.relative_to(root).as_posix(): read_text(file) or "" for file in folder.glob("*.cc")}
        yield from check_together(texts, apart)


def read_apart(root):
    lines = (read_text(root / "cmake/apart.txt") or "").split("\n")
    return [line for line in lines if line and not line.startswith("#")]


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])
    findings = list(check_project(root))
    for finding in (f for f in findings if f.advice):
        print(f"advice: {finding}")
    broken = [f for f in findings if not f.advice]
    for finding in broken:
        print(finding)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
