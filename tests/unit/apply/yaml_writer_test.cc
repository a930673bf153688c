#include "apply/yaml_writer.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "apply/yaml_parser.h"

namespace larder::apply {
namespace {

namespace json = boost::json;

TEST(YamlWriter, WritesWhatPeopleWouldWrite) {
  const json::value value = {{"organisation", "North ISP"},
                             {"resources", json::array{json::object{{"name", "north"}, {"nodes", json::array{}}}}},
                             {"address", "192.0.2.10"},
                             {"time", "03:00"},
                             {"limit", 10000},
                             {"proxy_url", nullptr},
                             {"share_blocks", false}};
  EXPECT_EQ(yaml_text(value),
            "organisation: North ISP\n"
            "resources:\n"
            "- name: north\n"
            "  nodes: []\n"
            "address: 192.0.2.10\n"
            "time: \"03:00\"\n"
            "limit: 10000\n"
            "proxy_url: null\n"
            "share_blocks: false\n");
}

TEST(YamlWriter, ATextStaysATextWhateverItLooksLike) {
  for (const std::string text :
       {"true",      "null",   "",        "~",      "12",     "1.5", "03:00", "yes",       "on",
        "<<",        "- a",    "a: b",    "#x",     "*a",     "&a",  "!t",    " a ",       "two\nlines",
        "tab\there", "\"q\"",  "'",       "%",      "@",      "`",   "{",     "[",         "2026-12-01",
        "S\u00e3o",  "\u202e", "\x1b[2J", "\u00a0", "\u2028", "---", "...",   "a #b",      "a\n",
        "\n",        "0x1F",   "1_000",   "\\",     "?",      "? a", "-",     "\U0001F600"}) {
    const std::string written = yaml_text(json::value{{"key", text}, {text, "value"}});
    const auto read = parse_yaml(written);
    if (text == "<<" || text == "key") continue;  // no key
    ASSERT_TRUE(read) << written << read.error().text;
    EXPECT_EQ((*read)->members[0].value->text, text) << written;
    EXPECT_EQ((*read)->members[0].value->kind, YamlValue::Kind::kText) << written;
    EXPECT_EQ((*read)->members[1].name, text) << written;
  }
}

TEST(YamlWriter, NothingThatItWritesSteersATerminal) {
  EXPECT_EQ(yaml_text(json::value{{"a", "S\u00e3o"}}), "a: S\u00e3o\n");
  for (const std::string text : {"\u202ex", "\x1b[2J", "\u0085", "\u200b"}) {
    const std::string written = yaml_text(json::value{{"a", text}});
    EXPECT_EQ(written.find(text), std::string::npos) << written;
  }
}

}  // namespace
}  // namespace larder::apply
