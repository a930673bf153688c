"""Tests of scripts/lib/structure.py: for each rule, code that must be found and code that must pass."""

import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/lib"))
import structure  # noqa: E402
from include_graph import IncludeGraph  # noqa: E402
from include_rule import missing_includes  # noqa: E402

README = """
| folder | what it is | may use |
|---|---|---|
| `core` | results, tasks | - |
| `net` | addresses, TLS | core |
| `http` | heads, ranges | core net |
"""
LAYERS = structure.read_layers(README)


def rules(path, text):
    return [f.rule for f in structure.check_file(path, textwrap.dedent(text), LAYERS) if not f.advice]


def advice(path, text):
    return [f.text for f in structure.check_file(path, text, LAYERS) if f.advice]


class OneClock(unittest.TestCase):
    def test_other_ways_to_the_time_are_found(self):
        for call in ("std::chrono::steady_clock::now()", "system_clock::now ()", "::time(nullptr)", "std::time(nullptr)",
                     "clock_gettime(CLOCK_MONOTONIC, &now)", "gettimeofday(&now, nullptr)"):
            self.assertEqual(rules("src/portal/token.cc", f"int x = {call};\n"), ["clock"], call)

    def test_a_clock_passes(self):
        self.assertEqual(rules("src/portal/token.cc", "auto a = clock_.now(), b = SystemClock().wall(), c = row.time();\n"), [])
        self.assertEqual(rules("src/core/clock.h", "// Clock: the time.\n#pragma once\nauto x = steady_clock::now();\n"), [])
        self.assertEqual(rules("src/net/loop.cc", "// steady_clock::now() is not asked here\n"), [])

    def test_the_data_side_uses_the_clock_that_it_is_given(self):
        self.assertEqual(rules("src/cache/fill.cc", "auto x = SystemClock().now();\n"), ["clock"])
        self.assertEqual(rules("src/cache/fill.cc", "auto x = std::chrono::system_clock::from_time_t(5);\n"), [])


class Layers(unittest.TestCase):
    def test_reads_the_table(self):
        self.assertEqual(LAYERS, {"core": set(), "net": {"core"}, "http": {"core", "net"}})

    def test_a_folder_may_use_itself_and_its_row(self):
        self.assertEqual(rules("src/http/head.cc", '#include "http/head.h"\n#include "net/address.h"\n'), [])

    def test_a_lower_folder_may_not_use_a_higher_one(self):
        self.assertEqual(rules("src/net/address.cc", '#include "http/head.h"\n'), ["layers"])

    def test_spacing_hides_nothing(self):
        self.assertEqual(rules("src/core/log.cc", '  #  include   "net/address.h"\n'), ["layers"])

    def test_includes_are_written_from_src(self):
        self.assertEqual(rules("src/net/address.cc", '#include "address.h"\n'), ["layers"])
        self.assertEqual(rules("src/net/address.cc", '#include "../core/log.h"\n'), ["layers"])

    def test_programs_may_use_every_folder(self):
        self.assertEqual(rules("apps/larder_node/main.cc", '#include "http/head.h"\n#include "core/log.h"\n'), [])

    def test_system_includes_are_not_ours(self):
        self.assertEqual(rules("src/core/log.cc", "#include <http/whatever.h>\n"), [])

    def test_the_table_may_not_point_upwards(self):
        layers = {"core": {"net"}, "net": set()}
        self.assertEqual([f.rule for f in structure.check_table(layers, {"core", "net"})], ["layers"])

    def test_every_folder_has_a_row_and_every_row_a_folder(self):
        found = [f.text for f in structure.check_table(LAYERS, {"core", "net", "stray"})]
        self.assertEqual(found, ["src/stray has no row in the table",
                                 "the table has a row `http` and there is no src/http"])

    def test_the_project_table_is_read(self):
        layers = structure.read_layers((ROOT / "src/README.md").read_text())
        self.assertIn("core", layers["net"])


class Namespace(unittest.TestCase):
    def test_own_and_lower_namespaces_pass(self):
        self.assertEqual(rules("src/http/head.cc", "namespace larder::http {\n}\nnamespace larder::net {\n}\n"), [])
        self.assertEqual(rules("src/core/log.cc", "namespace larder {\n}\n"), [])

    def test_a_higher_one_is_found(self):
        self.assertEqual(rules("src/core/log.cc", "namespace larder::net {\n}\n"), ["namespace"])


class Await(unittest.TestCase):
    def found(self, *bodies):
        for body in bodies:
            with self.subTest(body):
                self.assertEqual(rules("src/net/x.cc", f"Task<> f() {{\n{body}\n}}\n"), ["await"])

    def passes(self, *bodies):
        for body in bodies:
            with self.subTest(body):
                self.assertEqual(rules("src/net/x.cc", f"Task<> f() {{\n{body}\n}}\n"), [])

    def test_brace_made_arguments_are_found(self):
        self.found(
            "co_await g(Agg{a, b});",
            "co_await g({.a = 1});",
            "co_await g(x, {.a = 1});",
            "auto r = co_await g(\n    x,\n    Agg{\n        .a = 1});",
            "CO_TRY(auto r, co_await g(Agg{a}));",
            "co_await g(ns::Agg<int>{a});",
            "co_await g(Agg{});",
            "if (co_await g(Agg{a})) { h(); }",
            "while (!co_await g({a})) {}",
            "co_return Agg{co_await g()};",
            "co_await g(flag ? Agg{a} : other);",
            "co_await g(std::array{a, b});",
            "const auto [e, n] = co_await g(Agg{a});",
            "co_await (Agg{a}).run();",
        )

    def test_one_finding_a_value(self):
        self.found('co_await g(Agg{Inner{1}, {2}});')

    def test_owning_lambdas_are_found(self):
        self.found(
            "co_await g([v = std::move(v)] { use(v); });",
            "co_await g([=]() { use(v); });",
            "co_await g([n](int x) -> int { return x + n; });",
            "auto r = co_await g([this, n]() mutable { use(n); });",
        )

    def test_waits_under_a_condition_within_an_expression_are_found(self):
        self.found(
            "co_return a || co_await g();",
            "const bool x = a && !co_await g();",
            "co_return a ? co_await g() : b;",
            "while (a && co_await g()) { h(); }",
            "if (a && co_await g()) co_return 1;",
        )

    def test_waits_that_come_first_or_alone_pass(self):
        self.passes("if (co_await g() && a) { h(); }", "if (a) x = co_await g();", "auto&& x = co_await g();",
                    "if (a || b) co_await g();")

    def test_lambdas_that_own_nothing_pass(self):
        self.passes("co_await g([] { h(); });", "co_await g([&] { h(); });", "co_await g([this, &x] { h(x); });")

    def test_what_is_named_first_passes(self):
        self.passes(
            "Agg agg{.a = 1};\nco_await g(agg);",
            "const Agg agg{.a = 1};\nco_await g(std::move(agg));",
            "auto done = [v = std::move(v)] { use(v); };\nco_await g(done);",
            "Agg agg{co_await g()};",
            "const Result<int> r{co_await g()};",
            "auto x = co_await g();",
            "values[i] = co_await g(table[j]);",
        )

    def test_class_types_of_the_library_pass(self):
        self.passes("co_await g(std::chrono::seconds{5});", "co_await g(asio::use_awaitable_t<Executor>{});",
                    'co_await g(std::string{"a"});')

    def test_blocks_are_no_values(self):
        self.passes(
            "if (x) { co_await g(); }",
            "for (auto& a : list) { co_await g(a); }",
            "try { co_await g(); } catch (...) { h(); }",
            "switch (x) { case A: { co_await g(); break; } default: { h(Agg{1}); } }",
            "do { co_await g(); } while (x);",
            "if (auto r = co_await g(); !r) { h(Agg{1}); } else { h({1}); }",
            "auto task = [&]() -> Task<Result<>> { co_return co_await g(); };\nh(Agg{1});",
        )

    def test_a_lambdas_body_has_statements_of_its_own(self):
        self.passes("h(Agg{1}, [&]() -> Task<> { co_await g(); });")
        self.found("h([&]() -> Task<> { co_await g(Agg{1}); });")
        self.found("h(Agg{1, [](int x) { return x; }}, co_await g());")

    def test_text_is_not_code(self):
        self.passes(
            "// co_await g(Agg{1});",
            "/* co_await\n g({1}); */",
            'co_await g("Agg{1}, [v = 1] {");',
            'co_await g(R"({"a": [{}]})");',
            "co_await g('{', '}', 1'000);",
            'log("co_await"); h(Agg{1});',
        )

    def test_the_line_is_the_value_s(self):
        text = "Task<> f() {\n  // first\n  co_await g(x,\n             Agg{1});\n}\n"
        finding, = structure.check_await("src/net/x.cc", text)
        self.assertEqual(finding.line, 4)

    def test_constructors_and_classes_do_not_confuse_it(self):
        self.assertEqual(rules("src/net/x.cc", """
            namespace larder::net {
            struct A final : B {
              A(int x) : x_{x}, y_{0} {}
              Task<> run() override { co_await g(); }
              int x_{1};
              std::vector<int> list_ = {1, 2};
            };
            auto f() -> Task<Result<int>> { co_return co_await g(); }
            }
            """), [])


class Headers(unittest.TestCase):
    def test_a_name_or_a_sentence_passes(self):
        for first in ("// Log: JSON lines to a file.", "// Sizes and rates as people write them."):
            self.assertEqual(rules("src/core/x.h", f"{first}\n#pragma once\n"), [])

    def test_others_are_found(self):
        self.assertEqual(rules("src/core/x.h", "#pragma once\n"), ["header"])
        self.assertEqual(rules("src/core/x.h", "// log\n#pragma once\n"), ["header"])
        self.assertEqual(rules("src/core/x.h", "// Log: JSON lines.\n"), ["header"])


class Text(unittest.TestCase):
    def test_notes_to_self_are_found(self):
        for note in ("// TO" "DO: later", "# FIX" "ME", "// good enough for" " now"):
            self.assertEqual(rules("src/core/x.cc", note + "\n"), ["leftover"])

    def test_ordinary_words_pass(self):
        self.assertEqual(rules("src/core/x.cc", "// mktemp -t x.XXXXXX; for nowhere\n"), [])

    def test_machine_paths_are_found(self):
        self.assertEqual(rules("docs/x.md", "see /ho" "me/me/larder\n"), ["path"])

    def test_paths_of_a_url_pass(self):
        self.assertEqual(rules("docs/x.md", "http://host/wo" "rk/x and ./wo" "rk/x\n"), [])


class Links(unittest.TestCase):
    def missing(self, path, text, there):
        return [f.text for f in structure.check_links(path, text, lambda target: target in there)]

    def test_links_of_a_document_are_relative_to_it(self):
        text = "[a](b.md) [c](../d.md#e) [f](https://example.com/) [g](#h)"
        self.assertEqual(self.missing("docs/x.md", text, {"docs/b.md", "d.md"}), [])
        self.assertEqual(self.missing("docs/x.md", text, set()), ["there is no docs/b.md", "there is no d.md"])

    def test_documents_that_source_names_are_relative_to_the_root(self):
        text = "// Crash      docs/formats/x.md, and more.\n"
        self.assertEqual(self.missing("src/core/x.h", text, {"docs/formats/x.md"}), [])
        self.assertEqual(self.missing("src/core/x.h", text, set()), ["there is no docs/formats/x.md"])


class Sleep(unittest.TestCase):
    def test_tests_do_not_sleep(self):
        text = "TEST(A, B) { std::this_thread::sleep_for(1s); }\n"
        self.assertEqual(rules("tests/unit/core/x_test.cc", text), ["sleep"])
        self.assertEqual(rules("tests/integration/x_test.cc", "TEST(A, B) { sleep(1); }\n"), ["sleep"])

    def test_a_double_of_something_slow_may(self):
        self.assertEqual(rules("tests/support/slow_disk.cc", "void f() { sleep_for(1s); }\n"), [])


class Sizes(unittest.TestCase):
    def test_long_functions_and_files_are_advice(self):
        body = "  g();\n" * 80
        self.assertEqual(advice("src/core/x.cc", f"namespace larder {{\nvoid f() {{\n{body}}}\n}}\n"),
                         ["a function of 82 lines"])
        self.assertEqual(advice("src/core/x.cc", "int x;\n" * 401), ["401 lines: is a noun missing?"])

    def test_a_long_class_of_short_functions_passes(self):
        body = "  void f() { g(); }\n" * 80
        self.assertEqual(advice("src/core/x.cc", f"namespace larder {{\nclass A {{\n{body}}};\n}}\n"), [])


class Includes(unittest.TestCase):
    def missing(self, code, includes=(), **headers):
        """What is said about a source with this code and these includes, beside headers of the folder core."""
        files = {f"src/core/{name}.h": text for name, text in headers.items()}
        files["src/net/x.cc"] = "".join(f"#include {name}\n" for name in includes) + code
        return [text for _, text in missing_includes("src/net/x.cc", IncludeGraph(files.get))]

    def test_a_name_needs_its_header(self):
        for code, header in (
            ("std::vector<int> v;", "<vector>"),
            ("auto p = std::make_unique<int>(1);", "<memory>"),
            ("std::chrono::seconds s;", "<chrono>"),
            ("std::from_chars(a, b, c);", "<charconv>"),
            ("std::ranges::sort(v);", "<algorithm>"),
            ('auto s = fmt::format("{}", 1);', "<fmt/format.h>"),
            ("boost::json::array a;", "<boost/json/array.hpp>"),
            ("asio::ip::tcp::endpoint e;", "<boost/asio/ip/tcp.hpp>"),
            ("boost::asio::co_spawn(a, b, c);", "<boost/asio/co_spawn.hpp>"),
            ("TEST(A, B) {}", "<gtest/gtest.h>"),
            ("void f() { EXPECT_EQ(1, 1); }", "<gtest/gtest.h>"),
            ("int f(int fd) { return ::close(fd); }", "<unistd.h>"),
            ("int f() { return errno; }", "<cerrno>"),
        ):
            with self.subTest(code):
                said, = self.missing(code)
                self.assertTrue(said.startswith(f"{header} is not included, for "), said)
                self.assertEqual(self.missing(code, [header]), [])

    def test_one_finding_a_header_at_the_first_use(self):
        code = "// std::max\n\nint a = std::max(1, 2);\nint b = std::min(1, 2) + std::max(3, 4);\n"
        found = list(missing_includes("src/net/x.cc", IncludeGraph({"src/net/x.cc": code}.get)))
        self.assertEqual(found, [(3, "<algorithm> is not included, for std::max, std::min")])

    def test_headers_of_the_project_may_bring_it(self):
        headers = {"a": '#include "core/b.h"\n', "b": "#include <vector>\n"}
        self.assertEqual(self.missing("std::vector<int> v;", ['"core/a.h"'], **headers), [])
        self.assertEqual(len(self.missing("std::list<int> v;", ['"core/a.h"'], **headers)), 1)

    def test_headers_that_are_sure_to_bring_a_name_count(self):
        for code, header in (("std::size_t n;", "<vector>"), ("std::pair<int, int> p;", "<map>"),
                             ("std::errc e;", "<charconv>"), ("auto n = std::size(v);", "<string>"),
                             ("boost::json::value v;", "<boost/json.hpp>"), ("std::ios::openmode m;", "<fstream>"),
                             ("EXPECT_EQ(1, 1);", "<gmock/gmock.h>")):
            with self.subTest(code):
                self.assertEqual(self.missing(code, [header]), [])
        self.assertEqual(len(self.missing("std::vector<int> v;", ["<string>", "<gtest/gtest.h>", "<fmt/format.h>"])), 1)

    def test_text_and_names_of_others_do_not_count(self):
        self.assertEqual(self.missing("""
            // std::vector, fmt::format
            const char* a = "std::vector EXPECT_EQ(";
            int b = mine::std_vector() + net::close(1) + x.errno_of() + Contest(1);
            """), [])

    def test_a_name_that_is_in_no_table_is_said(self):
        self.assertEqual(self.missing("std::brand_new x;"),
                         ["std::brand_new: scripts/lib/library_names.py does not say which header it is in"])

    def test_of_two_headers_the_usual_one_is_asked_for(self):
        self.assertEqual(self.missing("auto a = std::move(b);"), ["<utility> is not included, for std::move"])


class Together(unittest.TestCase):
    ONE = "namespace larder {\nnamespace {\nconstexpr int kTurn = 1;\n}\n}\n"

    def found(self, texts, apart=()):
        return [(f.path, f.rule) for f in structure.check_together(texts, apart)]

    def test_a_name_that_two_files_of_a_folder_keep_to_themselves_is_found(self):
        self.assertEqual(self.found({"src/net/a.cc": self.ONE, "src/net/b.cc": self.ONE}), [("src/net/b.cc", "together")])

    def test_a_file_that_is_compiled_apart_may_use_any_name(self):
        self.assertEqual(self.found({"src/net/a.cc": self.ONE, "src/net/b.cc": self.ONE}, ["src/net/*b.cc"]), [])

    def test_other_names_members_and_macros_pass(self):
        self.assertEqual(self.found({"a.cc": self.ONE, "b.cc": self.ONE.replace("kTurn", "kOther"),
                                     "c.cc": "namespace {\nTEST(A, B) {\n  int kTurn = 1;\n}\n}\n",
                                     "d.cc": "namespace {\nTEST(C, D) {\n  int kTurn = 1;\n}\n}\n"}), [])


class Project(unittest.TestCase):
    def test_a_whole_tree_is_checked(self):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for name in ("core", "net", "http"):
                (root / "src" / name).mkdir(parents=True)
            (root / "src/README.md").write_text(README)
            (root / "src/core/a.cc").write_text('#include "net/b.h"\n')
            (root / "src/net/b.h").write_text("// B: a thing.\n#pragma once\n")
            self.assertEqual([str(f) for f in structure.check_project(root)],
                             ["src/core/a.cc:1: [layers] `core` may not use `net` "
                              "(src/README.md: it may use no other folder)"])


if __name__ == "__main__":
    unittest.main()
