#include "client/credentials.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temp_dir.h"

namespace larder::client {
namespace {

mode_t rights(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777 : 0;
}

TEST(Credentials, NobodyElseMayReadTheFile) {
  const support::TempDir folder;
  Credentials credentials;
  credentials.put({"https://a.example", "ldr_a", "a@example.net", ""});
  ASSERT_TRUE(credentials.save(folder / "config/larder/credentials.json"));
  EXPECT_EQ(rights(folder / "config/larder/credentials.json"), 0600u);
  EXPECT_EQ(rights(folder / "config/larder"), 0700u);
}

TEST(Credentials, WhatIsSavedIsLoaded) {
  const support::TempDir folder;
  const std::string file = folder / "credentials.json";
  Credentials credentials;
  credentials.put({"https://a.example", "ldr_a", "a@example.net", "/etc/ca.pem"});
  credentials.put({"https://b.example", "ldr_b", "b@example.net", ""});
  ASSERT_TRUE(credentials.save(file));

  const auto loaded = Credentials::load(file);
  ASSERT_TRUE(loaded);
  ASSERT_NE(loaded->current(), nullptr);
  EXPECT_EQ(loaded->current()->portal, "https://b.example");
  ASSERT_NE(loaded->find("https://a.example"), nullptr);
  EXPECT_EQ(loaded->find("https://a.example")->ca_certificate, "/etc/ca.pem");
}

TEST(Credentials, ThereIsOneEntryForAPortal) {
  Credentials credentials;
  credentials.put({"https://a.example", "ldr_old", "a@example.net", ""});
  credentials.put({"https://a.example", "ldr_new", "a@example.net", ""});
  ASSERT_EQ(credentials.all().size(), 1u);
  EXPECT_EQ(credentials.current()->token, "ldr_new");
}

TEST(Credentials, AnotherPortalIsTheCurrentOneAfterItIsRemoved) {
  Credentials credentials;
  credentials.put({"https://a.example", "ldr_a", "", ""});
  credentials.put({"https://b.example", "ldr_b", "", ""});
  credentials.remove("https://b.example");
  ASSERT_NE(credentials.current(), nullptr);
  EXPECT_EQ(credentials.current()->portal, "https://a.example");
  credentials.remove("https://a.example");
  EXPECT_EQ(credentials.current(), nullptr);
}

TEST(Credentials, AFileThatOthersCanReadIsRefusedAndTheMendNamed) {
  const support::TempDir folder;
  const std::string file = folder / "credentials.json";
  ASSERT_TRUE(Credentials().save(file));
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  const auto loaded = Credentials::load(file);
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().text.find("chmod 600 " + file), std::string::npos) << loaded.error().text;
}

TEST(Credentials, NoFileIsAnEmptySetAndADamagedOneIsAnError) {
  const support::TempDir folder;
  const auto none = Credentials::load(folder / "none.json");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->all().empty());
  support::write_file(folder / "damaged.json", "{\"portals\": [");
  ASSERT_EQ(::chmod((folder / "damaged.json").c_str(), 0600), 0);
  EXPECT_FALSE(Credentials::load(folder / "damaged.json"));
}

TEST(Credentials, AFileThatWasLeftBehindDoesNotLendItsRights) {
  const support::TempDir folder;
  const std::string file = folder / "credentials.json";
  support::write_file(file + ".new", "");
  ASSERT_EQ(::chmod((file + ".new").c_str(), 0666), 0);
  Credentials credentials;
  credentials.put({"https://a.example", "ldr_a", "", ""});
  ASSERT_TRUE(credentials.save(file));
  EXPECT_EQ(rights(file), 0600u);
}

}  // namespace
}  // namespace larder::client
