#include "cache/fill_worth.h"

#include <gtest/gtest.h>

#include "cache/object_info.h"
#include "core/bytes.h"

namespace larder::cache {
namespace {

constexpr auto kLong = std::chrono::hours(1);

TEST(FillWorth, NobodyIsNobody) {
  EXPECT_TRUE(is_for_somebody({.awaited = true, .unread_for = kLong}));
  EXPECT_FALSE(is_for_somebody({.read = true})) << "who reads what is stored has the missing slices fetched anew";
  EXPECT_TRUE(is_for_somebody({.only_now = true, .read = true, .unread_for = kLong}));
  EXPECT_TRUE(is_for_somebody({.only_now = true, .unread_for = kComesBack - std::chrono::milliseconds(1)}));
  EXPECT_FALSE(is_for_somebody({.only_now = true, .unread_for = kComesBack}));
}

TEST(FillWorth, WhatNobodyWaitsForIsFinishedIfLittleIsLeft) {
  struct Case {
    const char* what = "";
    FillStanding fill;
    bool on = false;
  };
  const Case cases[] = {
      {"parts can be had again", {.unread_for = kLong, .left = 1, .received = 100}, false},
      {"asked for ahead", {.unread_for = kLong, .asked_ahead = true, .left = kGiB}, true},
      {"nearly there", {.only_now = true, .unread_for = kLong, .left = kWorthFinishing}, true},
      {"not there", {.only_now = true, .unread_for = kLong, .left = kWorthFinishing + 1}, false},
      {"half of it", {.only_now = true, .unread_for = kLong, .left = kGiB, .received = kGiB}, true},
      {"less than half", {.only_now = true, .unread_for = kLong, .left = kGiB + 1, .received = kGiB}, false},
      {"no end", {.only_now = true, .unread_for = kLong, .left = kUnknownTotal, .received = kGiB}, false},
      {"no end, but a reader", {.only_now = true, .read = true, .left = kUnknownTotal}, true},
  };
  for (const Case& each : cases) EXPECT_EQ(goes_on(each.fill), each.on) << each.what;
}

}  // namespace
}  // namespace larder::cache
