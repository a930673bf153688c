#include "database/postgres_url.h"
#include "database_test.h"

namespace larder::database {
namespace {

TEST(DatabaseUrl, WhatIsNoneIsRefusedWithoutShowingIt) {
  for (const char* url : {"", "portal.db", "mysql://root:hunter2@host/db", "sqlite:", "sqlite:portal.db",
                          "sqlite://host/x", "sqlite:/var/lib/larder/", "postgresql:larder", "/var/lib/portal.db"}) {
    const auto result = Database::open(url, {}, test_log());
    ASSERT_FALSE(result) << url;
    EXPECT_EQ(result.error().code, Errc::kInvalid) << url;
    EXPECT_EQ(result.error().text.find("hunter2"), std::string::npos) << result.error().text;
  }
}

TEST(DatabaseUrl, NoPasswordIsInWhatMayBeSaid) {
  for (const char* url :
       {"postgresql://larder:hunter2@127.0.0.1:1/portal", "postgresql://larder@127.0.0.1:1/portal?password=hunter2",
        "postgresql://larder:hunter2%zz@127.0.0.1/portal", "postgresql://larder:hunter2@127.0.0.1:port/portal",
        "postgresql://larder:hunter2@127.0.0.1/portal?speed=hunter2", "postgres://la:rd:er:hunter2@127.0.0.1:1/"}) {
    const auto result = Database::open(url, {.connections = 1, .patience = std::chrono::seconds(1)}, test_log());
    ASSERT_FALSE(result) << url;
    EXPECT_EQ(result.error().text.find("hunter2"), std::string::npos) << result.error().text;
    EXPECT_NE(result.error().text.find("postgres"), std::string::npos) << result.error().text;
  }
}

TEST(DatabaseUrl, AServerThatIsNotThereIsUnavailable) {
  const auto result = Database::open("postgresql://larder@127.0.0.1:1/portal", {}, test_log());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kUnavailable);
}

TEST(DatabaseUrl, APostgresqlDatabaseHasANameForPeople) {
  const auto url = must(parse_postgres_url("postgresql://larder:hunter2@db.example.net:5433/portal?sslmode=require"));
  EXPECT_EQ(url.name, "postgresql://larder@db.example.net:5433/portal");
  EXPECT_EQ(url.clean("password hunter2 is wrong\nand more"), "password *** is wrong");
}

}  // namespace
}  // namespace larder::database
