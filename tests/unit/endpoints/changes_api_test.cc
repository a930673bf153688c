// /changes: what it says to whom, and when it sends its callers back to the beginning.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "database/change_log.h"
#include "unit/endpoints/api_test.h"

namespace larder::endpoints {
namespace {

using api::Response;

class ChangesApi : public ApiTest {
 protected:
  static std::string position(const Response& response) {
    return std::string(json(response).at("position").as_string());
  }
  std::string now_at() { return position(get("/changes")); }
  Response since(const std::string& at, const std::string& more = "", Fields fields = {}) {
    return send("GET", "/changes?since=" + at + more, "", std::move(fields));
  }
  static std::vector<std::string> items(const Response& response) {
    std::vector<std::string> found;
    const auto document = json(response);
    for (const auto& item : document.at("items").as_array()) {
      found.push_back(std::string(item.at("kind").as_string()) + " " + std::string(item.at("id").as_string()));
    }
    return found;
  }
  /// The caller is from now on a member of these alone.
  void become_member_of(const std::vector<std::string>& organisations) {
    caller = somebody(false);
    for (const std::string& id : organisations) caller->roles[id] = identity::Role::kViewer;
  }
};

TEST_F(ChangesApi, SaysWhatWasChangedAndWhoseItIs) {
  const std::string before = now_at();
  const std::string organisation = make_organisation("Example");
  EXPECT_EQ(since(before).status, 410) << "an empty log knows no position in what comes later";
  const std::string at = now_at();
  const std::string resource = make_resource(organisation);
  const std::string node = id(post("/resources/" + resource + "/nodes", R"({"name": "a"})"));
  send("PATCH", "/nodes/" + node, R"({"notes": "x"})", {{"If-Match", "*"}});

  const Response found = since(at);
  EXPECT_EQ(items(found), (std::vector<std::string>{"resource " + resource, "node " + node, "node " + node}));
  EXPECT_EQ(json(found).at("items").at(0).at("organisation").as_string(), organisation);
  EXPECT_FALSE(json(found).at("more").as_bool());
  EXPECT_TRUE(items(since(position(found))).empty());
  const Response first = since(at, "&limit=2");
  EXPECT_EQ(items(first).size(), 2U);
  EXPECT_TRUE(json(first).at("more").as_bool());
  EXPECT_EQ(items(since(position(first))), std::vector<std::string>{"node " + node});
}

TEST_F(ChangesApi, MembersSeeTheirOwnOrganisations) {
  const std::string mine = make_organisation("Mine");
  const std::string theirs = make_organisation("Theirs");
  const auto admin = caller;
  become_member_of({mine});
  const auto member = caller;
  const std::string at = now_at();
  caller = admin;
  make_resource(theirs);
  const std::string resource = make_resource(mine);
  caller = member;
  EXPECT_EQ(items(since(at)), std::vector<std::string>{"resource " + resource});
}

TEST_F(ChangesApi, WhoMaySeeOthersThanBeforeReadsEverythingAnew) {
  const std::string mine = make_organisation("Mine");
  const std::string another = make_organisation("Another");
  const std::string as_admin = now_at();
  become_member_of({mine});
  const std::string at = now_at();
  EXPECT_EQ(type(since(as_admin)), "gone");
  become_member_of({mine, another});
  EXPECT_EQ(type(since(at)), "gone");
  become_member_of({});
  EXPECT_EQ(type(since(at)), "gone");
  become_member_of({mine});
  EXPECT_EQ(since(at).status, 200);
}

TEST_F(ChangesApi, WhatTheLogDoesNotGoBackToIsGone) {
  const std::string organisation = make_organisation("Example");
  const std::string at = now_at();
  make_resource(organisation);
  EXPECT_TRUE(write([](database::Transaction& transaction) { return database::prune_changes(transaction, 1); }));
  EXPECT_EQ(type(since(at)), "gone");
  EXPECT_EQ(since(now_at()).status, 200);
}

TEST_F(ChangesApi, WhatIsNoPositionIsRefused) {
  for (const char* text : {"", "1", "0000000000000000.", "0000000000000000.X", "0000000000000000.it's"}) {
    EXPECT_EQ(type(since(text)), "invalid") << text;
  }
  EXPECT_EQ(type(get("/changes?limit=0")), "invalid");
  EXPECT_EQ(type(get("/changes?limit=5001")), "invalid");
  EXPECT_EQ(type(get("/changes?cursor=x")), "invalid");
}

TEST_F(ChangesApi, WhoIsUpToDateMayWait) {
  const std::string organisation = make_organisation("Example");
  const std::string at = now_at();
  const Response waits = since(at, "", {{"Prefer", "wait=7"}});
  ASSERT_TRUE(waits.wait.has_value());
  EXPECT_EQ(waits.wait->kind, database::kLogChange);
  EXPECT_EQ(waits.wait->id, "") << "an administrator waits for any";
  EXPECT_EQ(waits.wait->patience, std::chrono::seconds(7));
  EXPECT_FALSE(since(at).wait.has_value());

  make_resource(organisation);
  EXPECT_FALSE(since(at, "", {{"Prefer", "wait=7"}}).wait.has_value()) << "there is something to read";
  become_member_of({organisation});
  EXPECT_EQ(since(now_at(), "", {{"Prefer", "wait=7"}}).wait->id, organisation);
}

}  // namespace
}  // namespace larder::endpoints
