"""Tests of scripts/lib/tidy.py: what is checked again, in which order, and what a batch's failure leads to."""

import contextlib
import io
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/lib"))
import tidy  # noqa: E402
from cpp_source import internal_names  # noqa: E402
from include_graph import IncludeGraph  # noqa: E402


def write(root, files):
    for path, text in files.items():
        file = Path(root, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def unit(name, *flags):
    return tidy.Unit(name, flags)


class Project(unittest.TestCase):
    """A test with a project's folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name) / "clone"


class Includes(unittest.TestCase):
    FILES = {
        "src/net/a.h": '#include <vector>\n#include "core/b.h"\n',
        "src/core/b.h": "  #  include <string>\n",
        "tests/unit/net/a_test.cc": '#include "net/a.h"\n#include "a_test.h"\n#include <support/c.h>\n',
        "tests/unit/net/a_test.h": '#include "support/c.h"\n// #include "core/none.h"\n',
        "tests/support/c.h": '#include "d.h"\n#include "net/a.h"\n',
        "tests/support/d.h": "",
        "src/d.h": "",
        "build/embedded/net/embedded.h": "",
    }

    def closure(self, path, *folders):
        return IncludeGraph(self.FILES.get).closure(path, folders)

    def test_are_followed_to_the_end(self):
        self.assertEqual(self.closure("src/net/a.h", "src"), {"src/net/a.h", "src/core/b.h"})

    def test_are_looked_for_beside_the_file_and_then_in_the_folders(self):
        found = self.closure("tests/unit/net/a_test.cc", "src", "tests")
        self.assertEqual(found, {"tests/unit/net/a_test.cc", "tests/unit/net/a_test.h", "src/net/a.h", "src/core/b.h",
                                 "tests/support/c.h", "tests/support/d.h"})

    def test_that_the_project_does_not_have_are_the_systems(self):
        graph = IncludeGraph(self.FILES.get)
        self.assertEqual(graph.system_includes("src/net/a.h", ("src",)), {"vector"})
        self.assertEqual(graph.system_includes("tests/unit/net/a_test.cc", ("src", "tests")), set())

    def test_may_go_in_a_circle(self):
        circle = {"src/a.h": '#include "b.h"\n', "src/b.h": '#include "a.h"\n'}
        self.assertEqual(IncludeGraph(circle.get).closure("src/a.h", ("src",)), {"src/a.h", "src/b.h"})


class Units(unittest.TestCase):
    def test_are_read_from_the_compile_commands(self):
        units = tidy.read_units([
            {"file": "/p/src/net/a.cc", "command": "ccache clang++ -DA='\"b c\"' -I/p/src -o a.o -c /p/src/net/a.cc"},
            {"file": "/p/cmake/asio.cc", "command": "clang++ -c /p/cmake/asio.cc"},
        ], "/p")
        self.assertEqual(units, {"src/net/a.cc": unit("src/net/a.cc", '-DA="b c"', "-I/p/src")})

    def test_know_the_projects_include_folders(self):
        flags = ("-I/p/src", "-isystem", "/usr/include/x", "-I", "/p/tests/support/..", "-I/p")
        self.assertEqual(unit("src/a.cc", *flags).include_folders("/p"), ("src", "tests", "."))


class Mark(Project):
    FILES = {
        "src/net/a.cc": '#include "net/a.h"\n',
        "src/net/a.h": '#include "core/b.h"\n',
        "src/core/b.h": "int b();\n",
        "src/core/c.h": "int c();\n",
    }

    def mark(self, root=None, files=None, toolbox="1", flags=()):
        root = root or self.root
        write(root, self.FILES | (files or {}))
        return tidy.Sources(root).mark(unit("src/net/a.cc", f"-I{root}/src", *flags), toolbox)

    def test_stays_while_nothing_changes(self):
        self.assertEqual(self.mark(), self.mark())

    def test_changes_with_all_that_the_result_depends_on(self):
        first = self.mark()
        self.assertNotEqual(first, self.mark(toolbox="2"))
        self.assertNotEqual(first, self.mark(flags=("-DX",)))
        self.assertNotEqual(first, self.mark(files={"src/net/a.cc": '#include "net/a.h"\nint a;\n'}))
        self.assertNotEqual(first, self.mark(files={"src/core/b.h": "long b();\n"}))

    def test_does_not_change_with_files_that_are_not_included(self):
        self.assertEqual(self.mark(), self.mark(files={"src/core/c.h": "long c();\n"}))

    def test_is_the_same_in_another_clone(self):
        self.assertEqual(self.mark(), self.mark(root=self.root.parent / "another/clone"))

    def test_the_toolbox_has_the_libraries_versions(self):
        self.assertRegex(tidy.toolbox(), r"(?s)version 19.*Checks:.*libfmt-dev.*\d")


class Touched(unittest.TestCase):
    UNITS = {name: unit(name) for name in ("src/net/a.cc", "src/net/b.cc", "src/http/c.cc")}
    FILES = {"src/net/a.cc": {"src/net/a.h", "src/net/x.h"}, "src/net/b.cc": {"src/net/x.h", "src/net/y.h"},
             "src/http/c.cc": {"src/net/y.h"}}

    def touched(self, *changed):
        return tidy.units_touched_by(set(changed), self.UNITS, lambda u: self.FILES[u.name] | {u.name})

    def test_a_unit_that_changed(self):
        self.assertEqual(self.touched("src/net/b.cc"), {"src/net/b.cc"})

    def test_the_unit_that_is_named_as_its_header(self):
        self.assertEqual(self.touched("src/net/a.h"), {"src/net/a.cc"})

    def test_one_unit_stands_for_all_that_include_a_header(self):
        self.assertEqual(self.touched("src/net/x.h"), {"src/net/a.cc"})
        self.assertEqual(self.touched("src/net/x.h", "src/net/b.cc"), {"src/net/b.cc"})

    def test_a_header_that_nobody_includes_touches_none(self):
        self.assertEqual(self.touched("src/net/z.h"), set())


class Order(unittest.TestCase):
    LOG = "@300\n\nsrc/a.h\n@200\n\nsrc/b.cc\nsrc/a.h\n@100\n\nsrc/a.cc\nsrc/b.cc\nsrc/c.cc\nsrc/d.cc\n"

    def test_a_file_is_as_old_as_its_last_commit(self):
        self.assertEqual(tidy.parse_changes(self.LOG, []),
                         {"src/a.h": 300, "src/b.cc": 200, "src/a.cc": 100, "src/c.cc": 100, "src/d.cc": 100})

    def test_newest_come_first_with_their_headers_counted_and_names_decide_the_rest(self):
        files = {"src/a.cc": {"src/a.h"}}
        order = tidy.newest_first(
            [unit(f"src/{name}.cc") for name in "dcbae"], tidy.parse_changes(self.LOG, ["src/d.cc", ""]),
            lambda u: files.get(u.name, set()) | {u.name})
        self.assertEqual([u.name[4] for u in order], list("dabce"))


class Batches(unittest.TestCase):
    def names(self, units):
        return [[u.name for u in batch] for batch in tidy.make_batches(units)]

    def test_are_of_one_folder_and_the_same_flags(self):
        units = [unit("src/a/1.cc"), unit("src/b/2.cc"), unit("src/a/3.cc"), unit("src/a/4.cc", "-DX")]
        self.assertEqual(self.names(units), [["src/a/1.cc", "src/a/3.cc"], ["src/b/2.cc"], ["src/a/4.cc"]])

    def test_have_a_largest_size(self):
        units = [unit(f"src/a/{i:02}.cc") for i in range(tidy.BATCH + 1)]
        self.assertEqual([len(batch) for batch in self.names(units)], [tidy.BATCH, 1])


class InternalNames(unittest.TestCase):
    def names(self, text):
        return internal_names(textwrap.dedent(text))

    def test_are_those_of_unnamed_namespaces(self):
        self.assertEqual(self.names("""
            namespace larder::net {
            namespace {
            constexpr int kLimit = 4;
            constexpr std::array<std::pair<int, int>, 2> kPairs{{{1, 2}, {3, 4}}};
            using Clock = std::chrono::steady_clock;
            using std::string;
            enum class Kind : char { kA };
            struct Box final { int inside; void run() { int local = 1; } };
            struct Declared;
            template <typename T, typename = std::enable_if_t<true>>
            Result<std::map<T, int>> make_map(T key) { return {}; }
            std::string& name_of(const Box& box);
            bool operator==(const Box&, const Box&);
            }  // namespace
            int seen_by_all(int x) { return x; }
            void Server::run() {}
            }  // namespace larder::net
            """), {"kLimit", "kPairs", "Clock", "Kind", "Box", "make_map", "name_of", "Declared"})

    def test_are_those_that_are_static_or_cs_or_main(self):
        self.assertEqual(self.names("""
            static int counter = 0;
            extern "C" int entry(const char* data) { return 0; }
            extern "C" {
            void callback();
            }
            int main() { return 0; }
            """), {"counter", "entry", "callback", "main"})


class BatchText(unittest.TestCase):
    def test_units_do_not_collide(self):
        text = tidy.batch_text({
            "a.cc": '#include "net/list.h"\nnamespace {\nint list() { return 1; }\n}\nint a = list();\n',
            "b.cc": "namespace {\nint list() { return 2; }\n}\nint b = list();\n",
        })
        self.assertIn('#include "net/list.h"\nnamespace {\nint listU0() { return 1; }\n}\nint a = listU0();\n', text)
        self.assertIn("namespace {\nint listU1() { return 2; }\n}\nint b = listU1();\n", text)

    def test_names_that_mean_something_else_too_stay(self):
        for own in ("namespace {\nTEST(A, B) {}\n}\n", "namespace {\nvoid PrintTo(X x) {}\n}\n",
                    "namespace {\nint list() { return x.list(); }\n}\n",
                    "namespace {\nint list() { return portal::list(); }\n}\n"):
            with self.subTest(own):
                self.assertIn(own, tidy.batch_text({"a.cc": own}))


class Checks(Project):
    """With a false clang-tidy: it finds something where a text says FINDING, and cannot compile two that say CLASH."""

    PROGRAM = """\
        #!/bin/sh
        while [ "$1" != -- ]; do source=$1; shift; done
        echo "${source##*/}" >>"@ROOT@/ran"
        grep -h FINDING "$source" && exit 1
        [ "$(grep -c CLASH "$source")" -lt 2 ]
        """

    def setUp(self):
        super().setUp()
        self.program = self.root / "clang-tidy"
        write(self.root, {"clang-tidy": textwrap.dedent(self.PROGRAM).replace("@ROOT@", str(self.root)), "build/x": ""})
        self.program.chmod(0o755)

    def check(self, texts, jobs=None, seconds=None):
        """Checks units with these texts in one batch, or as the names in `jobs` say."""
        write(self.root, texts)
        units = {name: unit(name) for name in texts}
        marks = {u: u.name.replace("/", "_") for u in units.values()}
        checker = tidy.Checker(tidy.ClangTidy(self.root, self.root / "build", self.program), self.root / "cache", marks,
                               seconds)
        self.said = io.StringIO()
        with contextlib.redirect_stdout(self.said):
            for job in jobs or [list(texts)]:
                checker.check([units[name] for name in job])
        self.passed = sorted(u.name for u in units.values() if checker.has_passed(u))
        return checker

    def ran(self):
        return (self.root / "ran").read_text().split() if (self.root / "ran").exists() else []

    def test_a_batch_that_passes_passes_all_its_units(self):
        checker = self.check({"src/a.cc": "", "src/b.cc": ""})
        self.assertEqual(self.ran(), ["src_a_and_1_more.cc"])
        self.assertEqual(self.passed, ["src/a.cc", "src/b.cc"])
        self.assertEqual((checker.passed, checker.failed, checker.fallen_back), (2, 0, 0))
        self.assertEqual(list((self.root / "build/tidy").iterdir()), [])

    def test_of_a_batch_with_a_finding_each_unit_is_checked_alone(self):
        checker = self.check({"src/a.cc": "", "src/b.cc": "src/b.cc:1:1: error: FINDING"})
        self.assertEqual(self.ran(), ["src_a_and_1_more.cc", "a.cc", "b.cc"])
        self.assertEqual(self.passed, ["src/a.cc"])
        self.assertEqual((checker.passed, checker.failed, checker.fallen_back), (1, 1, 1))
        self.assertEqual(self.said.getvalue(), "src/b.cc:1:1: error: FINDING\n")

    def test_units_that_only_fail_together_pass(self):
        checker = self.check({"src/a.cc": "CLASH", "src/b.cc": "CLASH"})
        self.assertEqual(self.ran(), ["src_a_and_1_more.cc", "a.cc", "b.cc"])
        self.assertEqual(self.passed, ["src/a.cc", "src/b.cc"])
        self.assertEqual((checker.passed, checker.failed, checker.fallen_back), (2, 0, 1))

    def test_a_unit_alone_is_the_file_itself(self):
        self.check({"src/a.cc": ""}, [["src/a.cc"]])
        self.assertEqual(self.ran(), ["a.cc"])

    def test_a_finding_that_several_units_show_is_said_once(self):
        finding = "src/x.h:1:1: error: FINDING"
        checker = self.check({"src/a.cc": finding, "src/b.cc": finding}, [["src/a.cc"], ["src/b.cc"]])
        self.assertEqual(checker.failed, 2)
        self.assertEqual(self.said.getvalue(), f"{finding}\nsrc/b.cc: as above\n")

    def test_nothing_begins_when_the_time_is_over(self):
        checker = self.check({"src/a.cc": "", "src/b.cc": ""}, seconds=0)
        self.assertEqual(self.ran(), [])
        self.assertEqual((checker.passed, checker.failed), (0, 0))

    def test_the_last_line_says_what_is_left(self):
        checker = self.check({"src/a.cc": "", "src/b.cc": "src/b.cc:1:1: error: FINDING"})
        self.assertEqual(tidy.summary(checker, before=350, left=5, how=" for time"),
                         "clang-tidy: 1 unit passed now, 350 had passed before, 1 failed, 5 left for time")
        self.assertEqual(tidy.summary(self.check({"src/a.cc": ""}), before=0, left=0, how=" for time"),
                         "clang-tidy: 1 unit passed now, 0 had passed before")


if __name__ == "__main__":
    unittest.main()
