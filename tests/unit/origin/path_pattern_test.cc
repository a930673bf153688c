#include "origin/path_pattern.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

#include "support/seed.h"

namespace larder::origin {
namespace {

PathPattern pattern(std::string_view text) {
  auto parsed = parse_path_pattern(text);
  EXPECT_TRUE(parsed) << parsed.error().text;
  return *std::move(parsed);
}

/// What a pattern means, word for word; it may take exponential time.
bool matches_slowly(std::string_view text, std::string_view path) {
  if (text.empty()) return path.empty();
  if (text.front() == '*') {
    return matches_slowly(text.substr(1), path) || (!path.empty() && matches_slowly(text, path.substr(1)));
  }
  return !path.empty() && text.front() == path.front() && matches_slowly(text.substr(1), path.substr(1));
}

TEST(PathPattern, StarIsAnyRunOfCharactersAndTheRestIsItself) {
  struct Case {
    std::string_view text;
    std::string_view path;
    bool matches;
  };
  const Case cases[] = {
      {"*", "/", true},
      {"*", "/a/b.cab", true},
      {"/", "/", true},
      {"/", "/a", false},
      {"/a.cab", "/a.cab", true},
      {"/a.cab", "/aXcab", false},
      {"/a.cab", "/a.cab.part", false},
      {"/a.cab", "/x/a.cab", false},
      {"/files/*", "/files/", true},
      {"/files/*", "/files/a/b", true},
      {"/files/*", "/files", false},
      {"/files/*", "/old/files/a", false},
      {"*.psf", "/d/x.psf", true},
      {"*.psf", "/d/.psf", true},
      {"*.psf", "/d/x.psf.txt", false},
      {"*/wsusscn2.cab", "/microsoftupdate/v6/wsusscan/wsusscn2.cab", true},
      {"*/wsusscn2.cab", "/wsusscn2.cab", true},
      {"*/wsusscn2.cab", "/old-wsusscn2.cab", false},
      {"*/upgr/*", "/c/upgr/2022/07/x.cab", true},
      {"*/upgr/*", "/c/Upgr/2022/07/x.cab", false},
      {"*/upgr/*", "/upgr", false},
      {"/a*b*c", "/abc", true},
      {"/a*b*c", "/a-b-b-c", true},
      {"/a*b*c", "/a-c-b", false},
      {"/ab*ba", "/aba", false},
      {"/ab*ba", "/abba", true},
      {"**", "/x", true},
      {"/a**b", "/ab", true},
      {"*a*a*", "/xa", false},
      {"/100%25", "/100%25", true},
      {"/[a-c]+", "/a", false},
      {"/[a-c]+", "/[a-c]+", true},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(pattern(c.text).matches(c.path), c.matches) << c.text << " with " << c.path;
    EXPECT_EQ(matches_slowly(c.text, c.path), c.matches) << c.text << " with " << c.path;
  }
}

TEST(PathPattern, SaysTheSameAsItsMeaning) {
  SCOPED_TRACE(support::seed_trace());
  std::mt19937 random(support::test_seed());
  const auto text_of = [&](std::string_view letters, std::size_t longest) {
    std::string text;
    for (std::size_t left = random() % (longest + 1); left > 0; --left) text += letters[random() % letters.size()];
    return text;
  };
  int matched = 0;
  for (int i = 0; i < 50'000; ++i) {
    const std::string text = "/" + text_of("ab**/", 8);
    const std::string path = "/" + text_of("aab/", 10);
    ASSERT_EQ(pattern(text).matches(path), matches_slowly(text, path)) << text << " with " << path;
    if (pattern(text).matches(path)) ++matched;
  }
  EXPECT_GT(matched, 1000);
}

// A matcher that tries every place for every "*" would not end within the life of the universe here.
TEST(PathPattern, HostilePatternsAndPathsDoNotMakeItSlow) {
  std::string text;
  while (text.size() + 3 < PathPattern::kLongest) text += "*a";
  const std::string path = "/" + std::string(256 * 1024, 'a');

  EXPECT_TRUE(pattern(text + "*").matches(path));
  EXPECT_FALSE(pattern(text + "*b").matches(path));
  EXPECT_FALSE(pattern("*" + std::string(PathPattern::kLongest - 3, 'a') + "b*").matches(path));
}

TEST(PathPattern, WhatNoPathCanMatchIsRefusedWithWhatWouldBeRight) {
  struct Case {
    std::string text;
    std::string_view problem;  // a part of it
  };
  const Case cases[] = {
      {"", "a path pattern is empty; it should be such as \"/files/*\""},
      {"/" + std::string(PathPattern::kLongest, 'a'), "a path pattern has 257 characters; it may have 256"},
      {"files/*", "\"files/*\" should begin with \"/\", as every path does, or with \"*\""},
      {"http://dl.example.com/*", "should begin with \"/\""},
      {"/a?x=*", "\"/a?x=*\" has a \"?\"; only the path is compared"},
      {"/a b", "has a character that no URL has; it should be escaped as in URLs, such as \"%20\""},
      {"/a#b", "has a character that no URL has"},
      {"/\xC3\xA4", "has a character that no URL has"},
      {std::string("/a\0b", 4), "has a character that no URL has"},
      {"/a\n", "has a character that no URL has"},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_path_pattern(c.text);
    ASSERT_FALSE(parsed) << c.text;
    EXPECT_EQ(parsed.error().code, Errc::kInvalid);
    EXPECT_NE(parsed.error().text.find(c.problem), std::string::npos) << c.text << "\n--> " << parsed.error().text;
  }
  EXPECT_TRUE(parse_path_pattern("/" + std::string(PathPattern::kLongest - 1, 'a')));
}

}  // namespace
}  // namespace larder::origin
