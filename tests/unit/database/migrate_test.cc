#include "database/migrate.h"

#include <array>
#include <thread>

#include "database_test.h"

namespace larder::database {
namespace {

constexpr std::array<Migration, 3> kSteps = {{
    {1, "words",
     "CREATE TABLE word (  -- said; or written\n  id BIGINT PRIMARY KEY\n);\nCREATE TABLE other (id BIGINT);\n"},
    {2, "texts", "ALTER TABLE word ADD COLUMN text TEXT;\nINSERT INTO word VALUES (1, 'a;b');"},
    {3, "owners", "CREATE TABLE owner (id BIGINT);"},
}};

class MigrateTest : public DatabaseTest {
 protected:
  int version() const { return must(schema_version(*database_)); }
};
LARDER_ON_BOTH(MigrateTest);

TEST_P(MigrateTest, AnEmptyDatabaseGetsAllSteps) {
  EXPECT_EQ(version(), 0);
  EXPECT_EQ(must(migrate(*database_, kSteps)), 0);
  EXPECT_EQ(version(), 3);
  EXPECT_EQ(read("SELECT text FROM word")[0].text(0), "a;b");
  EXPECT_EQ(number("SELECT COUNT(*) FROM schema_migration WHERE done_at > 1700000000000"), 3);
}

TEST_P(MigrateTest, OnlyWhatIsMissingIsRun) {
  EXPECT_EQ(must(migrate(*database_, kSteps, 1)), 0);
  EXPECT_EQ(version(), 1);
  EXPECT_EQ(must(migrate(*database_, kSteps, 2)), 1);
  EXPECT_EQ(must(migrate(*database_, kSteps)), 2);
  EXPECT_EQ(must(migrate(*database_, kSteps)), 3);
  EXPECT_EQ(number("SELECT COUNT(*) FROM word"), 1);
}

TEST_P(MigrateTest, ANewerDatabaseIsRefused) {
  must(migrate(*database_, kSteps));
  const auto result = migrate(*database_, std::span(kSteps).first(2));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kRefused);
  EXPECT_EQ(version(), 3);
}

TEST_P(MigrateTest, StepsThatWeDoNotKnowAreRefused) {
  must(migrate(*database_, kSteps, 2));
  auto others = kSteps;
  others[1].name = "something else";
  const auto result = migrate(*database_, others);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kCorrupt);
  EXPECT_EQ(version(), 2);
}

TEST_P(MigrateTest, AStepThatFailsLeavesTheVersionBeforeIt) {
  auto broken = kSteps;
  broken[1].sql = "CREATE TABLE half (id BIGINT);\nINSERT INTO nothing VALUES (1);\n";
  const auto result = migrate(*database_, broken);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().text.find("step 2 'texts'"), std::string::npos) << result.error().text;
  EXPECT_EQ(version(), 1);
  EXPECT_FALSE(database_->read([](Transaction& t) { return t.run("SELECT * FROM half"); }));

  EXPECT_EQ(must(migrate(*database_, kSteps)), 1);
  EXPECT_EQ(version(), 3);
}

TEST_P(MigrateTest, AStatementWithoutAnEndIsAnError) {
  const std::array<Migration, 1> steps = {{{1, "words", "CREATE TABLE word (id BIGINT)"}}};
  const auto result = migrate(*database_, steps);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kInvalid);
}

TEST_P(MigrateTest, SeveralProgramsMayDoItAtOnce) {
  std::vector<std::thread> programs;
  for (int i = 0; i < 4; ++i) {
    programs.emplace_back([&] {
      const auto result = migrate(*open(), kSteps);
      EXPECT_TRUE(result) << result.error().text;
    });
  }
  for (std::thread& program : programs) program.join();
  EXPECT_EQ(version(), 3);
  EXPECT_EQ(number("SELECT COUNT(*) FROM word"), 1);
}

}  // namespace
}  // namespace larder::database
