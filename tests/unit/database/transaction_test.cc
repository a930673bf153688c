#include "database_test.h"

namespace larder::database {
namespace {

TEST_F(DatabaseTest, KeepsWhatAWriteReturnsAValueFor) {
  ASSERT_TRUE(
      database_->write([](Transaction& t) { return t.run("CREATE TABLE word (id BIGINT PRIMARY KEY, text TEXT)"); }));
  ASSERT_TRUE(database_->write([](Transaction& t) { return t.run("INSERT INTO word VALUES ($2, $1)", {"x", 5}); }));

  const auto rows = database_->read([](Transaction& t) { return t.run("SELECT id, text FROM word"); });

  ASSERT_TRUE(rows) << rows.error().text;
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ((*rows)[0].number(0), 5);
  EXPECT_EQ((*rows)[0].text(1), "x");
}

}  // namespace
}  // namespace larder::database
