#include "unit/endpoints/api_test.h"

#include <algorithm>

#include "api/page.h"
#include "identity/jwt.h"

namespace larder::endpoints {
namespace {

using api::Request;
using api::Response;

std::string base64(const std::string& text) { return identity::encode_base64url(text); }

TEST_F(ApiTest, StrangersAreAskedToSignIn) {
  caller.reset();
  const Response response = get("/nodes");
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(type(response), "unauthenticated");
  EXPECT_EQ(field(response, "WWW-Authenticate"), "Bearer realm=\"larder\"");
}

TEST_F(ApiTest, WhatIsNotThereAndWhatIsNotOnesOwnLookTheSame) {
  const std::string organisation = make_organisation("Example");
  caller = somebody(false);
  EXPECT_EQ(get("/organisations/" + organisation).status, 404);
  EXPECT_EQ(get("/organisations/" + ledger::new_id(now())).status, 404);
  EXPECT_EQ(get("/organisations/x").status, 404);
  EXPECT_EQ(json(get("/organisations")).at("items").as_array().size(), 0U);
  caller->roles[organisation] = identity::Role::kViewer;
  EXPECT_EQ(get("/organisations/" + organisation).status, 200);
}

TEST_F(ApiTest, ARoleThatIsTooLowIsNamed) {
  const std::string organisation = make_organisation("Example");
  caller = somebody(false);
  caller->roles[organisation] = identity::Role::kViewer;
  const Response response = post("/organisations/" + organisation + "/resources", R"({"name": "a"})");
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(json(response).at("detail").as_string(),
            "this takes the role operator; yours in this organisation is viewer");
}

TEST_F(ApiTest, ATokenDoesWhatItsScopesSay) {
  caller->scopes = {identity::Scope::kRead};
  EXPECT_EQ(get("/organisations").status, 200);
  const Response response = post("/organisations", R"({"name": "a", "kind": "isp"})");
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(json(response).at("detail").as_string(), "this token lacks the scope 'admin'");
}

TEST_F(ApiTest, AWrongMethodIsToldTheRightOnes) {
  const Response response = send("PUT", "/organisations");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(field(response, "Allow"), "GET, POST");
}

TEST_F(ApiTest, HeadIsGetWithoutItsBody) { EXPECT_EQ(send("HEAD", "/organisations").status, 200); }

TEST_F(ApiTest, BodiesMustBeJsonObjects) {
  EXPECT_EQ(post("/organisations", "{").status, 400);
  EXPECT_EQ(post("/organisations", "[]").status, 400);
  EXPECT_EQ(post("/organisations", "{} {}").status, 400);
  EXPECT_EQ(post("/organisations", "{\"name\": \"\xff\"}").status, 400);
  std::string deep = "1";
  for (int i = 0; i < 40; ++i) deep.insert(0, "{\"a\": ").append("}");
  EXPECT_EQ(post("/organisations", deep).status, 400);
  EXPECT_EQ(send("POST", "/organisations", "", {{"Content-Type", "text/plain"}}).status, 422);
  Request request;
  request.method = "POST";
  request.path = "/api/v1/organisations";
  request.body = "{}";
  request.fields = {{"Content-Type", "text/plain"}};
  EXPECT_EQ(api.answer(request, caller).status, 415);
}

TEST_F(ApiTest, EveryMistakeIsToldAtOnceAndNothingIsDone) {
  const Response response = post("/organisations", R"({"kind": "school", "asn": -1, "nmae": "x"})");
  EXPECT_EQ(response.status, 422);
  std::string pointers;
  const auto document = json(response);
  for (const auto& error : document.at("errors").as_array()) {
    pointers += std::string(error.at("pointer").as_string()) + " ";
  }
  EXPECT_EQ(pointers, "/name /kind /asn /nmae ");
  EXPECT_EQ(count("organisation"), 0);
  EXPECT_EQ(count("audit"), 0);
}

TEST_F(ApiTest, AnIdempotencyKeyMakesOneOfTwo) {
  const Fields key = {{"Idempotency-Key", "abc"}};
  const Response first = post("/organisations", R"({"name": "a", "kind": "isp"})", key);
  const Response again = post("/organisations", R"({"name": "a", "kind": "isp"})", key);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(field(again, "ETag"), field(first, "ETag"));
  EXPECT_EQ(field(again, "Idempotency-Replayed"), "true");
  EXPECT_EQ(count("organisation"), 1);

  const Response other = post("/organisations", R"({"name": "b", "kind": "isp"})", key);
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(type(other), "idempotency-mismatch");
}

TEST_F(ApiTest, AnIdempotencyKeyIsFreeAgainAfterAProblem) {
  const Fields key = {{"Idempotency-Key", "abc"}};
  EXPECT_EQ(post("/organisations", R"({"name": "a"})", key).status, 422);
  EXPECT_EQ(post("/organisations", R"({"name": "a", "kind": "isp"})", key).status, 201);
}

TEST_F(ApiTest, AnIdempotencyKeyIsItsCallersOwn) {
  const Fields key = {{"Idempotency-Key", "abc"}};
  EXPECT_EQ(post("/organisations", R"({"name": "a", "kind": "isp"})", key).status, 201);
  caller = somebody(true);
  EXPECT_EQ(post("/organisations", R"({"name": "b", "kind": "isp"})", key).status, 201);
}

TEST_F(ApiTest, AnAnswerIsReplayedOnlyToWhoMayStillAsk) {
  const std::string organisation = make_organisation("Example");
  const std::string path = "/organisations/" + organisation + "/resources";
  const Fields key = {{"Idempotency-Key", "abc"}};
  caller = somebody(false);
  caller->roles[organisation] = identity::Role::kOperator;
  EXPECT_EQ(post(path, R"({"name": "a"})", key).status, 201);
  caller->roles[organisation] = identity::Role::kViewer;
  EXPECT_EQ(post(path, R"({"name": "a"})", key).status, 403);
  caller->roles.clear();
  EXPECT_EQ(post(path, R"({"name": "a"})", key).status, 404);
}

TEST_F(ApiTest, ASecretIsNotShownTwice) {
  const std::string resource = make_resource(make_organisation("Example"));
  const std::string node = id(post("/resources/" + resource + "/nodes", R"({"name": "a"})"));
  const Fields key = {{"Idempotency-Key", "abc"}};
  const Response first = post("/nodes/" + node + "/keys/registration", "{}", key);
  ASSERT_EQ(first.status, 201);
  const std::string secret(json(first).at("registration_key").as_string());
  const Response again = post("/nodes/" + node + "/keys/registration", "{}", key);
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(type(again), "already-done");
  EXPECT_EQ(count("idempotency", "body LIKE '%" + secret + "%'"), 0);
  EXPECT_EQ(count("registration_key", "secret_hash LIKE '%" + secret + "%'"), 0);
}

TEST_F(ApiTest, AnEditSaysWhichVersionItWasMadeFrom) {
  const std::string path = "/organisations/" + make_organisation("Example");
  const std::string edit = R"({"asn": 3356})";
  EXPECT_EQ(send("PATCH", path, edit).status, 428);
  EXPECT_EQ(send("PATCH", path, edit, {{"If-Match", "\"1\""}}).status, 200);
  const Response late = send("PATCH", path, R"({"name": "Other"})", {{"If-Match", "\"1\""}});
  ASSERT_EQ(late.status, 412);
  const auto document = json(late);
  bool found = false;
  for (const auto& change : document.at("changed").as_array()) {
    if (change.at("pointer").as_string() != "/asn") continue;
    found = true;
    EXPECT_TRUE(change.at("from").is_null());
    EXPECT_EQ(change.at("to").as_int64(), 3356);
    EXPECT_EQ(change.at("by").as_string(), "admin@example.net");
  }
  EXPECT_TRUE(found);
  EXPECT_EQ(document.at("current").at("asn").as_int64(), 3356);
  EXPECT_EQ(send("PATCH", path, R"({"name": "Other"})", {{"If-Match", "*"}}).status, 200);
}

TEST_F(ApiTest, PagesShowEachItemOnce) {
  for (const char* name : {"d", "b", "a", "c", "e"}) make_organisation(name);
  std::string names;
  std::string path = "/organisations?limit=2";
  for (int pages = 0; pages < 5; ++pages) {
    const auto page = json(get(path));
    for (const auto& item : page.at("items").as_array()) names += item.at("name").as_string();
    if (page.at("next").is_null()) break;
    path = "/organisations?limit=2&cursor=" + std::string(page.at("next").as_string());
  }
  EXPECT_EQ(names, "abcde");
  EXPECT_EQ(json(get("/organisations?sort=-name&limit=1")).at("items").at(0).at("name").as_string(), "e");
}

TEST_F(ApiTest, ACursorIsOfOneListAndOneOrder) {
  make_organisation("a");
  make_organisation("b");
  const std::string next(json(get("/organisations?limit=1")).at("next").as_string());
  EXPECT_EQ(get("/organisations?limit=1&cursor=" + next).status, 200);
  EXPECT_EQ(get("/organisations?limit=1&sort=-name&cursor=" + next).status, 400);
  EXPECT_EQ(get("/organisations?cursor=abc").status, 400);
  EXPECT_EQ(get("/organisations?limit=0").status, 422);
  EXPECT_EQ(get("/organisations?limit=501").status, 422);
  EXPECT_EQ(get("/organisations?sort=age").status, 422);
  EXPECT_EQ(get("/organisations?colour=red").status, 422);
}

TEST_F(ApiTest, ACursorThatSomebodyWroteIsRefusedWithWhatIsWrong) {
  const std::string id = ledger::new_id(now());
  const auto by_name = [&](const std::string& key) {
    return get("/nodes?cursor=" + base64(R"(["name",)" + key + ",\"" + id + "\"]"));
  };
  const auto by_time = [&](const std::string& key) {
    return get("/nodes?sort=created_at&cursor=" + base64(R"(["created_at",)" + key + ",\"" + id + "\"]"));
  };
  EXPECT_EQ(by_name("\"a\"").status, 200);
  for (const char* key : {"1", "null", "true", "1.5", "[]", "{}", R"("a\u0000b")", R"("\u009b")"}) {
    const Response answer = by_name(key);
    EXPECT_EQ(answer.status, 400) << key;
    EXPECT_EQ(json(answer).at("errors").at(0).at("pointer").as_string(), "?cursor");
  }
  EXPECT_EQ(by_time("1767323045000").status, 200);
  for (const char* key : {"\"1\"", "-1", "9223372036854775807", "18446744073709551615", "1e3", "null"}) {
    EXPECT_EQ(by_time(key).status, 400) << key;
  }
  EXPECT_EQ(get("/nodes?cursor=" + base64(R"(["name","a","no id"])")).status, 400);
  EXPECT_EQ(get("/nodes?cursor=" + base64(R"(["name","a",7])")).status, 400);
  EXPECT_EQ(get("/nodes?cursor=" + base64(R"(["name","a"])")).status, 400);
}

TEST_F(ApiTest, TextOfEveryFormComesThroughTheGate) {
  const std::string organisation = make_organisation("Example");
  const std::string resource = make_resource(organisation);
  const auto refused = [&](const Response& response) {
    EXPECT_EQ(response.status, 422) << response.body;
    return response.status == 422 ? std::string(json(response).at("errors").at(0).at("pointer").as_string()) : "";
  };
  for (const char* bad : {"a\\u0000b", "a\\u202eb", "a\\u200bb", "a\\u009bb"}) {
    const std::string text = '"' + std::string(bad) + '"';
    EXPECT_EQ(refused(post("/organisations", R"({"kind":"isp","name":)" + text + "}")), "/name");
    EXPECT_EQ(refused(post("/organisations/" + organisation + "/resources", R"({"name":"b","notes":)" + text + "}")),
              "/notes");
    const std::string nodes = "/resources/" + resource + "/nodes";
    EXPECT_EQ(refused(post(nodes, R"({"name":"b","labels":{"site":)" + text + "}}")), "/labels/site");
    EXPECT_EQ(refused(post(nodes, R"({"name":"b","labels":{)" + text + R"(:"x"}})")).substr(0, 8), "/labels/");
    EXPECT_EQ(refused(post(nodes, R"({"name":"b","drives":[{"size_gib":1,"path":)" + text + "}]}")), "/drives/0/path");
    EXPECT_EQ(refused(post("/users", R"({"email":"a@b.net","name":)" + text + "}")), "/name");
  }
  const Response blank = post("/organisations", R"({"kind":"isp","name":"Example "})");
  EXPECT_EQ(refused(blank), "/name") << "or there would be two that look the same";
  EXPECT_EQ(json(blank).at("errors").at(0).at("suggestion").as_string(), "Example");
  EXPECT_EQ(get("/nodes?q=a%E2%80%AEb").status, 400);
  EXPECT_EQ(get("/nodes?label=site:%00").status, 400);
  EXPECT_EQ(get("/nodes/%E2%80%AE").status, 404);
}

TEST_F(ApiTest, AdministratorsAreToldOfNamesThatLookLikeOthers) {
  make_organisation("Example");
  const std::string false_one = make_organisation("Ex\u0430mple");
  const auto items = json(get("/organisations")).at("items").as_array();
  ASSERT_EQ(items.size(), 2U);
  EXPECT_TRUE(items[0].at("look_alikes").as_array().empty());
  EXPECT_EQ(items[1].at("look_alikes").at(0).at("pointer").as_string(), "/name");
  EXPECT_EQ(items[1].at("look_alikes").at(0).at("looks_like").as_string(), "Example");
  const std::string resource = make_resource(false_one);
  post("/resources/" + resource + "/nodes", R"({"name": "wide", "cidr_blocks": ["2.16.0.0/13"]})");
  const auto reviews = json(get("/reviews")).at("items").as_array();
  ASSERT_EQ(reviews.size(), 1U);
  const auto looks = [](const boost::json::value& item) {
    return std::string(item.at("look_alikes").at(0).at("looks_like").as_string());
  };
  EXPECT_EQ(looks(reviews[0]), "Example") << "who decides it reads the name";
  const std::string review = "/reviews/" + std::string(reviews[0].at("id").as_string());
  EXPECT_EQ(looks(json(get(review))), "Example");
  post(review + "/decision", R"({"decision": "reject", "feedback": "no"})");
  const auto rejections = json(get("/rejections")).at("items").as_array();
  ASSERT_EQ(rejections.size(), 1U);
  EXPECT_EQ(looks(rejections[0]), "Example");
  caller = somebody(false);
  caller->roles[false_one] = identity::Role::kViewer;
  EXPECT_FALSE(json(get("/organisations/" + false_one)).contains("look_alikes"));
}

TEST_F(ApiTest, AReviewGivesAddressesToTwoOrganisationsOnlyIfTheDecisionSaysSo) {
  const std::string wide = make_resource(make_organisation("Wide"));
  const std::string quick = make_resource(make_organisation("Quick"));
  post("/resources/" + wide + "/nodes", R"({"name": "wide", "cidr_blocks": ["2.16.0.0/13"]})");
  const auto review = json(get("/reviews")).at("items").at(0);
  EXPECT_TRUE(review.at("overlaps").as_array().empty());
  post("/resources/" + quick + "/nodes", R"({"name": "quick", "cidr_blocks": ["2.17.0.0/18"]})");
  const std::string path = "/reviews/" + std::string(review.at("id").as_string());
  const Response conflict = post(path + "/decision", R"({"decision": "approve"})");
  EXPECT_EQ(conflict.status, 409);
  EXPECT_EQ(json(conflict).at("overlaps").at(0).at("organisation").at("name").as_string(), "Quick");
  EXPECT_EQ(post(path + "/decision", R"({"decision": "reject", "feedback": "no", "despite_overlaps": true})").status,
            422);
  EXPECT_EQ(post(path + "/decision", R"({"decision": "approve", "despite_overlaps": true})").status, 200);
  EXPECT_EQ(json(get(path)).at("overlaps").at(0).at("other_prefix").as_string(), "2.17.0.0/18");
}

TEST_F(ApiTest, ANodeThatHasNotChangedIsWaitedFor) {
  const std::string resource = make_resource(make_organisation("Example"));
  const std::string node = id(post("/resources/" + resource + "/nodes", R"({"name": "a"})"));
  const std::string tag = field(get("/nodes/" + node), "ETag");
  const Response unchanged = send("GET", "/nodes/" + node, "", {{"If-None-Match", tag}, {"Prefer", "wait=7"}});
  EXPECT_EQ(unchanged.status, 304);
  ASSERT_TRUE(unchanged.wait.has_value());
  EXPECT_EQ(unchanged.wait->kind, "node");
  EXPECT_EQ(unchanged.wait->id, node);
  EXPECT_EQ(unchanged.wait->patience, std::chrono::seconds(7));
  EXPECT_EQ(send("GET", "/nodes/" + node, "", {{"If-None-Match", "\"2\""}, {"Prefer", "wait=7"}}).status, 200);
}

TEST_F(ApiTest, WhatGoesWithItsOrganisationIsInTheChangeLogToo) {
  const std::string organisation = make_organisation("Example");
  const std::string resource = make_resource(organisation);
  EXPECT_EQ(send("DELETE", "/organisations/" + organisation, R"({"name": "Example"})").status, 204);
  EXPECT_EQ(count("change", "kind = 'organisation' AND object_id = '" + organisation + "'"), 2);
  EXPECT_EQ(count("change", "kind = 'resource' AND object_id = '" + resource + "'"), 2);
}

TEST_F(ApiTest, EveryChangeIsInTheAuditLogWithoutWhatStayedTheSame) {
  const std::string organisation = make_organisation("Example");
  send("PATCH", "/organisations/" + organisation, R"({"asn": 3356})", {{"If-Match", "*"}});
  const auto entries = json(get("/audit")).at("items").as_array();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].at("action").as_string(), "organisation.edit");
  EXPECT_EQ(entries[0].at("actor").at("name").as_string(), "admin@example.net");
  EXPECT_EQ(entries[0].at("address").as_string(), "127.0.0.1");
  EXPECT_TRUE(entries[0].at("before").at("asn").is_null());
  EXPECT_EQ(entries[0].at("after").at("asn").as_int64(), 3356);
  EXPECT_FALSE(entries[0].at("after").as_object().contains("name"));
  EXPECT_TRUE(entries[1].at("before").is_null());
}

std::string members(int count) {
  std::string body = "{";
  for (int i = 0; i < count; ++i) body += fmt::format("{}\"m{}\": 1", i == 0 ? "" : ",", i);
  return body + "}";
}

TEST_F(ApiTest, HoweverMuchIsWrongAHundredMistakesAreListed) {
  const Response response = post("/organisations", members(1000));
  EXPECT_EQ(type(response), "invalid");
  EXPECT_EQ(json(response).at("errors").as_array().size(), 100U);
  EXPECT_TRUE(json(response).at("more_errors").as_bool());
  EXPECT_LT(response.body.size(), 20'000U);
}

TEST_F(ApiTest, ABodyOfManyMembersOrValuesIsNotEvenParsed) {
  EXPECT_EQ(type(post("/organisations", members(300'000))), "too-large");
  std::string values = R"({"name": [1)";
  for (int i = 0; i < 200'000; ++i) values += ",1";
  EXPECT_EQ(type(post("/organisations", values + "]}")), "too-large");
}

TEST_F(ApiTest, AListOfManyWrongBlocksIsAnsweredInAFew) {
  const std::string organisation = make_organisation("Example");
  std::string blocks;
  for (int i = 0; i < 50'000; ++i) blocks += "x,";
  const auto check = "/organisations/" + organisation + "/ip-space/check";
  const Response some = post(check, R"({"cidr_blocks": ")" + blocks + "\"}");
  EXPECT_EQ(json(some).at("errors").as_array().size(), 100U);
  EXPECT_TRUE(json(some).at("more_errors").as_bool());
  const Response too_many = post(check, R"({"cidr_blocks": ")" + blocks + blocks + "x\"}");
  const auto errors = json(too_many).at("errors").as_array();
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].at("detail").as_string(), "100000 entries at most");
  EXPECT_FALSE(json(post(check, R"({"cidr_blocks": "x"})")).at("more_errors").as_bool());
}

TEST_F(ApiTest, AListIsNarrowedByAFewLabelsOnly) {
  std::string query = "/nodes?";
  for (int i = 0; i < 33; ++i) query += fmt::format("label=a{}&", i);
  EXPECT_EQ(json(get(query)).at("errors").as_array().at(0).at("detail").as_string(), "32 labels at most");
}

TEST_F(ApiTest, APageOfLargeItemsEndsEarlyAndTheNextOneGoesOn) {
  const std::string notes(200'000, 'x');
  for (int i = 0; i < 31; ++i) make_organisation(fmt::format("Example {}", i));
  // Entries that are as large as those of nodes with thousands of blocks.
  const auto grown = database->write([&](database::Transaction& transaction) -> ledger::Result<> {
    TRY_VOID(transaction.run("UPDATE audit SET after_json = $1", {R"({"notes":")" + notes + "\"}"}));
    return {};
  });
  ASSERT_TRUE(grown);
  std::size_t count = 0;
  int pages = 0;
  for (std::string cursor;; ++pages) {
    const Response page = get("/audit?limit=500" + (cursor.empty() ? "" : "&cursor=" + cursor));
    EXPECT_LT(page.body.size(), api::PageList::kPageBytes + notes.size() + 2000);
    count += json(page).at("items").as_array().size();
    if (json(page).at("next").is_null()) break;
    cursor = json(page).at("next").as_string();
  }
  EXPECT_EQ(count, 31U);
  EXPECT_EQ(pages, 2);
}

TEST_F(ApiTest, TheExportComesInPiecesThatMakeUpTheWholeLog) {
  for (int i = 0; i < 70; ++i) make_organisation(fmt::format("Example {}", i));
  const auto grown = database->write([&](database::Transaction& transaction) -> ledger::Result<> {
    TRY_VOID(transaction.run("UPDATE audit SET after_json = $1", {R"({"notes":")" + std::string(30'000, 'x') + "\"}"}));
    return {};
  });
  ASSERT_TRUE(grown);
  Request request;
  request.method = "GET";
  request.path = "/api/v1/audit/export";
  std::string whole;
  int pieces = 0;
  do {
    const Response piece = api.answer(request, caller);
    ASSERT_EQ(piece.status, 200) << piece.body;
    EXPECT_LT(piece.body.size(), 600'000U);
    whole += piece.body;
    request.piece = piece.next;
    ++pieces;
  } while (!request.piece.empty());
  EXPECT_EQ(std::ranges::count(whole, '\n'), 70);
  EXPECT_EQ(pieces, 5);
  EXPECT_NE(whole.find("Example 69"), std::string::npos);
  caller->scopes.clear();
  request.piece = "x";
  EXPECT_EQ(api.answer(request, caller).status, 403) << "a piece is not for whoever may not see the log";
}

TEST_F(ApiTest, AnExportBreaksOffWhenItsCallerMaySeeLess) {
  const std::string mine = make_organisation("Mine");
  const std::string other = make_organisation("Other");
  const auto grown = database->write([&](database::Transaction& transaction) -> ledger::Result<> {
    TRY_VOID(transaction.run("UPDATE audit SET after_json = $1", {R"({"n":")" + std::string(300'000, 'x') + "\"}"}));
    return {};
  });
  ASSERT_TRUE(grown);
  Request request;
  request.method = "GET";
  request.path = "/api/v1/audit/export";
  const auto begin = [&](identity::Principal somebody) {
    caller = std::move(somebody);
    request.piece.clear();
    request.piece = api.answer(request, caller).next;
    ASSERT_NE(request.piece, "") << "there is more";
  };
  identity::Principal member = somebody(false);
  member.roles = {{mine, identity::Role::kViewer}, {other, identity::Role::kViewer}};
  begin(member);
  EXPECT_EQ(api.answer(request, caller).status, 200) << "nothing has changed";
  const Response rest = api.answer(request, caller);
  caller->roles["a third"] = identity::Role::kViewer;
  EXPECT_EQ(api.answer(request, caller).body, rest.body)
      << "they have joined another one, and get what they began with";
  caller->admin = true;
  EXPECT_EQ(api.answer(request, caller).body, rest.body);
  caller->admin = false;
  caller->roles.erase(mine);
  EXPECT_EQ(api.answer(request, caller).status, 403) << "an empty rest would look like the end";
  begin(member);
  caller->roles.clear();
  EXPECT_EQ(api.answer(request, caller).status, 403);
  begin(somebody(true));
  caller->admin = false;
  caller->roles = member.roles;
  EXPECT_EQ(api.answer(request, caller).status, 403);
  EXPECT_EQ(api.answer(request, std::nullopt).status, 401) << "the session is gone";
}

TEST_F(ApiTest, AnAddressOfAServerIsKeptFromNobodyAndConflictsAreToldToAdministrators) {
  const std::string squatter = make_organisation("Squatter");
  const std::string isp = make_organisation("Example");
  const std::string theirs = make_resource(squatter);
  const std::string mine = make_resource(isp);
  const std::string body = R"({"name": "NAME", "ipv4_address": "81.2.69.142", "ipv6_address": "2a00:1450::1"})";
  const auto create = [&](const std::string& resource, const std::string& name) {
    std::string named = body;
    return post("/resources/" + resource + "/nodes", named.replace(named.find("NAME"), 4, name));
  };
  const std::string first = id(create(theirs, "squat"));
  const Response made = create(mine, "right");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(create(mine, "twice").status, 422) << "an organisation has a server once";
  post("/resources/" + mine + "/nodes", R"({"name": "alone", "ipv4_address": "81.2.69.143"})");

  const auto conflict = json(made).at("address_conflicts").as_array();
  ASSERT_EQ(conflict.size(), 1U);
  EXPECT_EQ(conflict[0].at("pointer").as_string(), "/ipv4_address");
  EXPECT_EQ(conflict[0].at("address").as_string(), "81.2.69.142");
  EXPECT_EQ(conflict[0].at("node").at("name").as_string(), "squat");
  EXPECT_EQ(conflict[0].at("organisation").at("name").as_string(), "Squatter");
  EXPECT_EQ(json(get("/nodes/" + first)).at("address_conflicts").at(0).at("node").at("name").as_string(), "right");
  EXPECT_EQ(json(get("/nodes?address_conflict=true")).at("items").as_array().size(), 2U);
  EXPECT_EQ(json(get("/nodes")).at("items").as_array().size(), 3U);

  caller = somebody(false);
  caller->roles[isp] = identity::Role::kViewer;
  EXPECT_EQ(get("/nodes/" + id(made)).body.find("quat"), std::string::npos) << "nobody else learns of it";
  EXPECT_FALSE(json(get("/nodes/" + id(made))).contains("address_conflicts"));
  EXPECT_EQ(get("/nodes?address_conflict=true").status, 422);
}

TEST_F(ApiTest, PrivateAddressesOfServersAreInNoConflict) {
  for (const char* name : {"A", "B"}) {
    const std::string resource = make_resource(make_organisation(name, "enterprise"));
    const Response made = post("/resources/" + resource + "/nodes", R"({"name": "n", "ipv4_address": "10.0.0.1"})");
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_TRUE(json(made).at("address_conflicts").as_array().empty());
  }
  EXPECT_TRUE(json(get("/nodes?address_conflict=true")).at("items").as_array().empty());
}

TEST_F(ApiTest, AFormulaInTheExportIsNoFormula) {
  make_organisation("=1+1");
  const Response csv = get("/audit/export?format=csv");
  EXPECT_EQ(csv.status, 200);
  EXPECT_NE(csv.body.find("\"'=1+1\""), std::string::npos);
  EXPECT_EQ(get("/audit/export?format=xml").status, 422);
  make_organisation("\uff1d1+1");
  EXPECT_NE(get("/audit/export?format=csv").body.find("\"'\uff1d1+1\""), std::string::npos) << "full width";
}

TEST_F(ApiTest, APathThatIsTooLongIsAnsweredWithWhy) {
  const Response answer = get("/nodes/" + std::string(15'000, 'x'));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(type(answer), "malformed");
  EXPECT_NE(answer.body.find("an element of the path has 15000 bytes"), std::string::npos) << answer.body;
}

TEST_F(ApiTest, AQueryHasSoManyParametersAndNoMore) {
  std::string query = "/nodes?limit=1";
  for (int i = 0; i < 100; ++i) query += "&a";
  const Response answer = get(query);
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.body.find("the query has 101 parameters"), std::string::npos) << answer.body;
}

TEST_F(ApiTest, TheRouteOfARequestIsLookedForOnce) {
  Request request;
  request.method = "POST";
  request.path = "/api/v1/session";
  EXPECT_EQ(api.route(request), api::Lane::kPasswords);
  ASSERT_TRUE(request.match);
  request.path = "/nowhere";
  EXPECT_NE(api.answer(request, std::nullopt).status, 404) << "what was found is what is answered";
}

TEST_F(ApiTest, ProblemsQuoteNothingThatRearrangesOrHidesWhatTheySay) {
  const Response unknown = post("/organisations", "{\"name\":\"a\",\"kind\":\"isp\",\"\u202Eeman\":1}");
  EXPECT_EQ(unknown.status, 422);
  EXPECT_EQ(unknown.body.find("\u202E"), std::string::npos) << unknown.body;
  EXPECT_EQ(json(unknown).at("errors").at(0).at("pointer").as_string(), "/\\u{202E}eman");
  const Response path = get("/" + std::string(5000, 'a') + "/b");
  EXPECT_LT(path.body.size(), 3000U);
}

TEST_F(ApiTest, ABodyThatSaysOneThingTwiceIsRefused) {
  const Response answer = post("/organisations", R"({"name": "a", "kind": "isp", "name": "b"})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(type(answer), "malformed");
  EXPECT_NE(answer.body.find(R"(an object has the member \"name\" twice)"), std::string::npos) << answer.body;
}

}  // namespace
}  // namespace larder::endpoints
