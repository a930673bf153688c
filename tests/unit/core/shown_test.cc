#include "core/shown.h"

#include <gtest/gtest.h>

#include "core/json_line.h"

namespace larder {
namespace {

TEST(Shown, WhatIsNotSeenIsWrittenAsItsCodePoint) {
  EXPECT_EQ(shown("caf\u00e9 \u4f60", 100), "caf\u00e9 \u4f60");
  EXPECT_EQ(shown("a\u202eb\nc\x7f", 100), "a\\u{202E}b\\u{000A}c\\u{007F}");
  EXPECT_EQ(shown("a\xff", 100), "a\\x{FF}");
}

TEST(Shown, ALongTextIsCutBetweenCharacters) {
  EXPECT_EQ(shown("abcdef", 6), "abcdef");
  EXPECT_EQ(shown("abcdefg", 6), "abcdef...");
  EXPECT_EQ(shown("abcde\u00e9", 6), "abcde...");
}

TEST(JsonLine, NoCharacterRearrangesWhatStandsBesideIt) {
  std::string out;
  append_json_string(out, "\u202eA\u0085\U000E0041\u00e9");
  EXPECT_EQ(out, "\"\\u202eA\\u0085\\udb40\\udc41\u00e9\"");
}

}  // namespace
}  // namespace larder
