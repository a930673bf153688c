#include "origin/content_rule.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

namespace larder::origin {
namespace {

using std::chrono::hours;

TEST(ContentRule, ChangesUnlessItSaysOtherwise) {
  const ContentRule rule;

  EXPECT_FALSE(rule.never_changes("/"));
  EXPECT_FALSE(rule.never_changes("/a.cab"));
  EXPECT_EQ(rule.fresh_for("/a.cab"), std::nullopt);
}

TEST(ContentRule, ImmutableHoldsForThePathsThatOneOfItsPatternsMatches) {
  ContentRule rule;
  rule.immutable = {*parse_path_pattern("/files/*"), *parse_path_pattern("*.psf")};

  EXPECT_TRUE(rule.never_changes("/files/a"));
  EXPECT_TRUE(rule.never_changes("/other/a.psf"));
  EXPECT_FALSE(rule.never_changes("/other/a"));
}

TEST(ContentRule, WhatChangesIsNeitherImmutableNorFreshByTheRule) {
  ContentRule rule;
  rule.immutable = {*parse_path_pattern("*")};
  rule.changing = {*parse_path_pattern("*/wsusscn2.cab")};
  rule.fresh = hours(24);

  EXPECT_TRUE(rule.never_changes("/microsoftupdate/a.cab"));
  EXPECT_EQ(rule.fresh_for("/microsoftupdate/a.cab"), hours(24));
  EXPECT_FALSE(rule.never_changes("/microsoftupdate/wsusscn2.cab"));
  EXPECT_EQ(rule.fresh_for("/microsoftupdate/wsusscn2.cab"), std::nullopt);
}

}  // namespace
}  // namespace larder::origin
