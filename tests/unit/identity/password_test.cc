#include "identity/password.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace larder::identity {
namespace {

using ledger::FieldProblems;

SignInConfig cheap() {
  SignInConfig config;
  config.hash_memory = 8192;
  config.hash_passes = 1;
  return config;
}

TEST(Password, IsRightOnlyAsItWasGiven) {
  const auto hash = hash_password(cheap(), "six tame weasels");
  ASSERT_TRUE(hash.has_value());
  EXPECT_TRUE(hash->starts_with("$argon2id$"));
  EXPECT_TRUE(check_password(cheap(), *hash, "six tame weasels")->right);
  EXPECT_FALSE(check_password(cheap(), *hash, "six tame weasel")->right);
  EXPECT_FALSE(check_password(cheap(), *hash, "")->right);
}

TEST(Password, NobodysIsNeverRight) {
  const auto verdict = check_password(cheap(), std::nullopt, "anything at all");
  ASSERT_TRUE(verdict.has_value());
  EXPECT_FALSE(verdict->right);
}

TEST(Password, HashOfOtherParametersIsOutdated) {
  const auto hash = hash_password(cheap(), "six tame weasels");
  SignInConfig dearer = cheap();
  dearer.hash_passes = 2;
  EXPECT_FALSE(check_password(cheap(), *hash, "six tame weasels")->outdated);
  EXPECT_TRUE(check_password(dearer, *hash, "six tame weasels")->outdated);
  EXPECT_TRUE(check_password(dearer, *hash, "six tame weasels")->right);
}

TEST(Password, ManyAtOnceAreAllChecked) {
  const auto hash = hash_password(cheap(), "six tame weasels");
  std::atomic<int> right = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto verdict = check_password(cheap(), *hash, "six tame weasels");
      if (verdict && verdict->right) ++right;
    });
  }
  threads.clear();
  EXPECT_EQ(right, 8);
}

TEST(Password, WhatAnybodyWouldGuessIsRefused) {
  struct Case {
    const char* password;
    bool good;
  };
  const Case cases[] = {
      {"six tame weasels", true},
      {"short", false},
      {"elevenchars", false},
      {"twelve chars", true},
      {"\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc", false},  // six characters, twelve bytes
      {"Ann@Example.net", false},
      {"password1234", false},
      {"PASSWORD1234", false},
      {"aaaaaaaaaaaaaaaa", false},
      {"abababababababab", false},
      {"correcthorsebatterystaple", false},
  };
  for (const Case& one : cases) {
    FieldProblems problems;
    judge_password(cheap(), "ann@example.net", one.password, "/password", problems);
    EXPECT_EQ(problems.empty(), one.good) << one.password;
    if (!one.good) {
      EXPECT_EQ(problems.list()[0].pointer, "/password");
    }
  }
}

TEST(Password, LongNameOfTheMailboxIsRefused) {
  FieldProblems problems;
  judge_password(cheap(), "wilhelmina.tell@example.net", "Wilhelmina.Tell", "/password", problems);
  EXPECT_FALSE(problems.empty());
}

TEST(Password, GeneratedOnesAreGoodAndDiffer) {
  const std::string password = new_password();
  FieldProblems problems;
  judge_password(cheap(), "ann@example.net", password, "/password", problems);
  EXPECT_TRUE(problems.empty()) << password;
  EXPECT_NE(password, new_password());
}

}  // namespace
}  // namespace larder::identity
