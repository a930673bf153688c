#include "origin/authority.h"

#include <gtest/gtest.h>

namespace larder::origin {
namespace {

TEST(Authority, BringsNamesIntoOneForm) {
  struct Case {
    std::string_view text;
    std::string_view host;
    int port;  // 0: none
    bool is_address;
  };
  const Case cases[] = {
      {"example.com", "example.com", 0, false},
      {"DL.Example.COM", "dl.example.com", 0, false},
      {"example.com.", "example.com", 0, false},
      {"example.com:8080", "example.com", 8080, false},
      {"example.com.:80", "example.com", 80, false},
      {"example.com:", "example.com", 0, false},
      {"my_host", "my_host", 0, false},
      {"1st.example", "1st.example", 0, false},
      {"192.0.2.1", "192.0.2.1", 0, true},
      {"192.0.2.1:81", "192.0.2.1", 81, true},
      {"[2001:DB8::1]", "2001:db8::1", 0, true},
      {"[2001:db8:0:0::1]:443", "2001:db8::1", 443, true},
      {"2001:db8::1", "2001:db8::1", 0, true},
      {"[::ffff:127.0.0.1]", "127.0.0.1", 0, true},
  };
  for (const Case& c : cases) {
    const auto authority = parse_authority(c.text);
    ASSERT_TRUE(authority) << c.text << ": " << authority.error().text;
    EXPECT_EQ(authority->host, c.host) << c.text;
    EXPECT_EQ(authority->port.value_or(0), c.port) << c.text;
    EXPECT_EQ(authority->is_address, c.is_address) << c.text;
  }
}

TEST(Authority, RefusesWhatIsNoHost) {
  const std::string long_label(64, 'a');
  const std::string_view cases[] = {
      "",           ".",
      "..",         "a..b",
      ".a",         "a b",
      "a/b",        "user@example.com",
      "a:b@c",      "exa%6dple",
      "a\nb",       "a\\b",
      "http://a/",  "a:0",
      "a:65536",    "a:80x",
      "a:+80",      "127.1",
      "0x7f.1",     "2130706433",
      "1.2.3.256",  "a.0x7f",
      "1.2.3.4.5",  "[::1",
      "[::1]x",     "[fe80::1%1]",
      "[1.2.3.4:",  "::g",
      "ex\xC3\xA4", "*.example.com",
      long_label,
  };
  for (const std::string_view text : cases) EXPECT_FALSE(parse_authority(text)) << text;
  EXPECT_FALSE(parse_authority(std::string_view("a\0b", 3)));
  EXPECT_FALSE(parse_authority(std::string(254, 'a')));
}

TEST(Authority, MessagesHoldOnlyShortPrintableText) {
  const std::string text = parse_authority(std::string("\x1b[31m\r\n") + std::string(5000, 'x')).error().text;
  EXPECT_LT(text.size(), 300U);
  EXPECT_EQ(text.find_first_of("\x1b\r\n"), std::string::npos);
}

TEST(Authority, HostLineLeavesOutTheDefaultPort) {
  EXPECT_EQ(host_line("example.com", 80, false), "example.com");
  EXPECT_EQ(host_line("example.com", 443, true), "example.com");
  EXPECT_EQ(host_line("example.com", 443, false), "example.com:443");
  EXPECT_EQ(host_line("2001:db8::1", 80, false), "[2001:db8::1]");
  EXPECT_EQ(host_line("2001:db8::1", 8080, false), "[2001:db8::1]:8080");
}

TEST(HostPattern, StarsOnlyInFront) {
  EXPECT_TRUE(parse_host_pattern("*.example.com")->below);
  EXPECT_EQ(parse_host_pattern("*.Example.com")->host, "example.com");
  EXPECT_FALSE(parse_host_pattern("dl.example.com")->below);
  for (const std::string_view text : {"", "*", "*.", "*.*", "a.*.com", "a*.com", "**.com", "*.*.example.com", "a b",
                                      "http://example.com", "example.com:80", "10.0.0.1", "[::1]", "*.1"}) {
    EXPECT_FALSE(parse_host_pattern(text)) << text;
  }
}

}  // namespace
}  // namespace larder::origin
