#include "unit/endpoints/browser_test.h"

namespace larder::endpoints {
namespace {

using api::Response;

class MemberApiTest : public BrowserTest {
 protected:
  MemberApiTest() { add_user("root@example.net", true); }

  Response invite(const Browser& by, const std::string& email, const std::string& role) {
    return ask(by, "POST", "/organisations/" + organisation + "/invitations",
               R"({"email":")" + email + R"(","role":")" + role + R"("})");
  }
  Response accept(const Browser& by, const std::string& token, const std::string& more = "") {
    return ask(by, "POST", "/invitations/accept", R"({"token":")" + token + '"' + more + "}");
  }
  int put(const std::string& user, const std::string& role) {
    return send("PUT", "/organisations/" + organisation + "/members/" + user, R"({"role":")" + role + R"("})").status;
  }

  std::string organisation = make_organisation("Example");
  /// Of a token.
  std::string id_of(const Browser& owner, const Browser& token) {
    const auto all = json(ask(owner, "GET", "/account/tokens")).at("items").as_array();
    for (const auto& one : all) {
      if (token.bearer.starts_with(std::string_view(one.at("prefix").as_string())))
        return std::string(one.at("id").as_string());
    }
    ADD_FAILURE() << "no such token";
    return "";
  }
  static constexpr const char* kNewcomer = R"(,"name":"New","password":"seven quiet lamps")";
};

TEST_F(MemberApiTest, NewcomerAcceptsAnInvitationAndIsAMember) {
  const Browser root = sign_in("root@example.net");
  const Response made = invite(root, "new@example.net", "operator");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string token = text(made, "token");
  EXPECT_EQ(text(made, "url"), "http://portal.example.net/invitation#" + token);

  const Response found = ask({}, "POST", "/invitations/lookup", R"({"token":")" + token + R"("})");
  EXPECT_EQ(json(found).at("organisation").at("name").as_string(), "Example");
  EXPECT_EQ(text(found, "accept_by"), "new-account");

  const Response bare = accept({}, token);
  EXPECT_EQ(json(bare).at("errors").as_array().size(), 2U) << bare.body;
  const Response taken = accept({}, token, kNewcomer);
  ASSERT_EQ(taken.status, 200) << taken.body;
  EXPECT_EQ(text(taken, "role"), "operator");
  EXPECT_EQ(accept({}, token, kNewcomer).status, 404);
  EXPECT_EQ(try_to_sign_in({}, "new@example.net", "seven quiet lamps").status, 201);
  EXPECT_EQ(count("membership", "role = 'operator'"), 1);
}

TEST_F(MemberApiTest, WhoAcceptedAnInvitationSignsInThereWhateverOthersTry) {
  const std::string token = text(invite(sign_in("root@example.net"), "new@example.net", "viewer"), "token");
  const Browser guest{.address = "192.0.2.9"};
  while (try_to_sign_in(guest, "new@example.net", "wrong").status == 401) continue;
  const Browser here{.address = "192.0.2.8"};
  const Response taken = ask(here, "POST", "/invitations/accept", R"({"token":")" + token + '"' + kNewcomer + "}",
                             {{"Sec-Fetch-Site", "same-origin"}, {"Idempotency-Key", "1"}});
  ASSERT_EQ(taken.status, 200) << taken.body;
  const std::string cookie = field(taken, "Set-Cookie");
  ASSERT_TRUE(cookie.starts_with("larder-browser=")) << cookie;
  EXPECT_EQ(count("idempotency", "fields_json LIKE '%larder-browser%'"), 0) << "a secret";
  const Response again = ask(here, "POST", "/invitations/accept", R"({"token":")" + token + '"' + kNewcomer + "}",
                             {{"Sec-Fetch-Site", "same-origin"}, {"Idempotency-Key", "1"}});
  EXPECT_EQ(again.status, 409) << again.body;
  EXPECT_EQ(try_to_sign_in(here, "new@example.net", "wrong").status, 401) << "known in this network";
  while (try_to_sign_in(here, "new@example.net", "wrong").status == 401) continue;
  const Browser same{.cookie = cookie.substr(0, cookie.find(';')), .address = "192.0.2.8"};
  EXPECT_EQ(try_to_sign_in(same, "new@example.net", "seven quiet lamps").status, 201);
}

TEST_F(MemberApiTest, InvitationIsForItsAddressOnly) {
  add_user("ann@example.net");
  add_user("bob@example.net");
  const std::string token = text(invite(sign_in("root@example.net"), "Ann@example.net", "viewer"), "token");
  EXPECT_EQ(accept({}, token, kNewcomer).status, 401);
  EXPECT_EQ(accept(sign_in("bob@example.net"), token).status, 403);
  const Browser ann = sign_in("ann@example.net");
  EXPECT_EQ(accept(with_token(ann, R"("read")"), token).status, 403);
  EXPECT_EQ(accept(ann, token).status, 200);
}

// Ann is an owner; Vic has an account, Wes has none.
class OwnersInvitation : public MemberApiTest {
 protected:
  OwnersInvitation() {
    EXPECT_EQ(put(add_user("ann@example.net").id, "owner"), 200);
    add_user("vic@example.net");
    owner = sign_in("ann@example.net");
  }
  std::string token_for(const std::string& email) { return text(invite(owner, email, "viewer"), "token"); }
  Response sign_in_to(const std::string& email, const std::string& more) {
    return ask({}, "POST", "/session", R"({"email":")" + email + R"(","password":"seven quiet lamps")" + more + "}");
  }
  static constexpr const char* kOfExample = R"(,"organisation":"EXAMPLE")";

  Browser owner;
};

TEST_F(OwnersInvitation, AnswersTheSameWhetherOrNotTheAddressHasAnAccount) {
  std::vector<std::string> answers;
  for (const char* email : {"vic@example.net", "wes@example.net"}) {
    const std::string token = token_for(email);
    const auto look = ask({}, "POST", "/invitations/lookup", R"({"token":")" + token + R"("})");
    EXPECT_EQ(text(look, "accept_by"), "either");
    auto body = json(accept({}, token, kNewcomer));
    body["user"].as_object().erase("id");
    body["user"].as_object().erase("email");
    answers.push_back(boost::json::serialize(body));
    EXPECT_EQ(sign_in_to(email, kOfExample).status, 201) << "whether one may sign in tells nothing either";
    EXPECT_EQ(sign_in_to(email, "").status, 401);
  }
  EXPECT_EQ(answers[0], answers[1]);
}

TEST_F(OwnersInvitation, TakesNobodysAddress) {
  const auto taken = accept({}, token_for("wes@example.net"), kNewcomer);
  ASSERT_EQ(taken.status, 200) << taken.body;
  EXPECT_FALSE(json(taken).at("user").at("email_verified").as_bool());
  EXPECT_EQ(json(taken).at("user").at("organisation").at("name").as_string(), "Example");
  const auto made = post("/users", R"({"email":"Wes@example.net","name":"Wes","password":"open sesame 12"})");
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(try_to_sign_in({}, "wes@example.net", "open sesame 12").status, 201);
  EXPECT_EQ(try_to_sign_in({}, "wes@example.net", "seven quiet lamps").status, 401);
  EXPECT_EQ(sign_in_to("wes@example.net", kOfExample).status, 201);
}

TEST_F(OwnersInvitation, IsAcceptedByWhoeverHasTheAddressAndSignsIn) {
  const std::string token = token_for("Vic@example.net");
  EXPECT_EQ(accept(sign_in("vic@example.net"), token).status, 200);
  EXPECT_EQ(count("account", "email = 'vic@example.net'"), 1);
  EXPECT_EQ(invite(owner, "vic@example.net", "viewer").status, 409) << "that they are a member, owners see anyway";
}

TEST_F(OwnersInvitation, MakesAnAccountOfThatOrganisationAndNoOther) {
  const std::string user(json(accept({}, token_for("wes@example.net"), kNewcomer)).at("user").at("id").as_string());
  const std::string other = make_organisation("Other");
  EXPECT_EQ(send("PUT", "/organisations/" + other + "/members/" + user, R"({"role":"owner"})").status, 409);
  EXPECT_EQ(send("PATCH", "/users/" + user, R"({"admin":true})", {{"If-Match", "*"}}).status, 409);
  const std::string members = "/organisations/" + organisation + "/members";
  EXPECT_FALSE(json(ask(owner, "GET", members)).at("items").at(1).at("user").at("email_verified").as_bool());
  EXPECT_EQ(ask(owner, "DELETE", members + "/" + user).status, 204);
  EXPECT_EQ(count("account", "email = 'wes@example.net'"), 0);
}

TEST_F(OwnersInvitation, MakesAnAccountWhoseDoingsAreNotTakenForThatPersons) {
  accept({}, token_for("vic@example.net"), kNewcomer);
  const auto entered = sign_in_to("vic@example.net", kOfExample);
  ASSERT_EQ(entered.status, 201) << entered.body;
  EXPECT_EQ(count("audit", "actor_name = 'vic@example.net'"), 0);
  EXPECT_EQ(count("audit", "actor_name = 'vic@example.net (not verified)' AND action = 'invitation.accept'"), 1);
  for (const char* action : {"member.add", "user.create"}) {
    EXPECT_EQ(count("audit", fmt::format("object_name = 'vic@example.net (not verified)' AND action = '{}'", action)),
              1)
        << action;
  }
  EXPECT_EQ(count("audit", "actor_name = 'anonymous' AND actor_claims = 'vic@example.net' AND action = 'user.create'"),
            1);
}

TEST_F(OwnersInvitation, AnAdministratorVerifiesTheAddressOfOneAccountOnly) {
  const auto id_of = [&](const std::string& email) {
    return std::string(json(accept({}, token_for(email), kNewcomer)).at("user").at("id").as_string());
  };
  const std::string wes = "/users/" + id_of("wes@example.net");
  const std::string vic = "/users/" + id_of("vic@example.net");
  EXPECT_EQ(send("PATCH", vic, R"({"email_verified":true})", {{"If-Match", "*"}}).status, 409);
  EXPECT_EQ(send("PATCH", wes, R"({"email_verified":true})", {{"If-Match", "*"}}).status, 200);
  EXPECT_EQ(send("PATCH", wes, R"({"email_verified":false})", {{"If-Match", "*"}}).status, 422);
  EXPECT_EQ(sign_in_to("wes@example.net", "").status, 201);
  EXPECT_EQ(count("membership m JOIN account a ON a.id = m.account_id", "a.email = 'wes@example.net'"), 1);
}

TEST_F(OwnersInvitation, GuessingAtItsAccountLocksNobodyElseOut) {
  accept({.address = "203.0.113.5"}, token_for("vic@example.net"), kNewcomer);
  for (int i = 0; i < 5; ++i) {
    Browser stranger;
    stranger.address = "198.51." + std::to_string(i) + ".7";
    const std::string body = R"({"email":"vic@example.net","password":"wrong wrong wrong","organisation":"Example"})";
    EXPECT_EQ(ask(stranger, "POST", "/session", body).status, 401);
  }
  EXPECT_EQ(sign_in_to("vic@example.net", kOfExample).status, 429);
  EXPECT_EQ(try_to_sign_in({}, "vic@example.net", kPassword).status, 201);
}

TEST_F(MemberApiTest, ARequestByNobodyIsInNobodysNameInTheLog) {
  add_user("vic@example.net");
  const std::string body = R"({"organisation_name":"N","kind":"isp","contact":{"name":"V","email":"vic@example.net"}})";
  ASSERT_EQ(ask({}, "POST", "/access-requests", body).status, 201);
  EXPECT_EQ(try_to_sign_in({}, "vic@example.net", "wrong wrong wrong").status, 401);
  EXPECT_EQ(count("audit", "actor_name LIKE '%vic%'"), 0);
  const auto entries = json(get("/audit?action=access-request.create")).at("items").as_array();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_TRUE(entries[0].at("actor").at("id").is_null());
  EXPECT_EQ(entries[0].at("actor").at("name").as_string(), "anonymous");
  EXPECT_EQ(entries[0].at("actor").at("claims").as_string(), "vic@example.net");
  EXPECT_EQ(entries[0].at("via").as_string(), "nobody");
  EXPECT_EQ(entries[0].at("address").as_string(), "192.0.2.7");
  const auto failures = json(get("/audit?action=sign-in.fail")).at("items").as_array();
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(failures[0].at("actor").at("claims").as_string(), "vic@example.net");
  EXPECT_NE(get("/audit/export?format=csv").body.find("\"anonymous\",\"nobody\",\"192.0.2.7\""), std::string::npos);
}

TEST_F(MemberApiTest, ATokenRevokesItselfWhateverItsScopes) {
  const Browser root = sign_in("root@example.net");
  for (const char* scope : {R"("read")", R"("keys")", R"("write")", R"("admin")"}) {
    const Browser token = with_token(root, scope);
    const std::string own = id_of(root, token);
    const std::string other = id(ask(root, "POST", "/account/tokens", R"({"name":"o","scopes":["read"]})"));
    EXPECT_EQ(ask(token, "DELETE", "/account/tokens/" + other).status, 403) << scope;
    EXPECT_EQ(ask(token, "DELETE", "/account/tokens/" + own).status, 204) << scope;
    EXPECT_EQ(ask(token, "DELETE", "/session").status, 401) << scope;
    const Browser again = with_token(root, scope);
    EXPECT_EQ(ask(again, "DELETE", "/session").status, 204) << scope;
    EXPECT_EQ(ask(again, "GET", "/account").status, 401) << scope;
  }
}

TEST_F(MemberApiTest, AnAdministratorsTokenWithoutThatScopeIsAMembers) {
  const Browser root = sign_in("root@example.net");
  const Browser token = with_token(root, R"("read","keys","write","manage")");
  const std::string path = "/organisations/" + organisation;
  EXPECT_EQ(ask(token, "GET", path).status, 404);
  EXPECT_EQ(json(ask(token, "GET", "/organisations")).at("items").as_array().size(), 0U);
  EXPECT_EQ(json(ask(token, "GET", "/audit")).at("items").as_array().size(), 0U);
  EXPECT_EQ(ask(token, "GET", "/users").status, 403);
  const std::string root_id(json(ask(root, "GET", "/account")).at("id").as_string());
  ASSERT_EQ(put(root_id, "viewer"), 200);
  EXPECT_EQ(ask(token, "GET", path).status, 200);
  EXPECT_EQ(ask(token, "POST", path + "/resources", R"({"name":"r"})").status, 403);
  EXPECT_EQ(ask(with_token(root, R"("write","admin")"), "POST", path + "/resources", R"({"name":"r"})").status, 201);
}

TEST_F(MemberApiTest, InvitationRunsOutAndIsTakenBack) {
  const Browser root = sign_in("root@example.net");
  const Response old = invite(root, "a@example.net", "viewer");
  const Response back = invite(root, "b@example.net", "viewer");
  EXPECT_EQ(ask(root, "DELETE", "/organisations/" + organisation + "/invitations/" + id(back)).status, 204);
  EXPECT_EQ(accept({}, text(back, "token"), kNewcomer).status, 404);
  const Response again = invite(root, "A@example.net", "viewer");
  EXPECT_EQ(accept({}, text(old, "token"), kNewcomer).status, 404);
  clock.advance(std::chrono::hours(24 * 7));
  EXPECT_EQ(accept({}, text(again, "token"), kNewcomer).status, 404);
}

TEST_F(MemberApiTest, GuessingInvitationsIsLimitedAndHoldsNobodyUpWhoHasOne) {
  const std::string token = text(invite(sign_in("root@example.net"), "a@example.net", "viewer"), "token");
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(ask({}, "POST", "/invitations/lookup", R"({"token":"ldi_x"})").status, 404);
  }
  EXPECT_EQ(ask({}, "POST", "/invitations/lookup", R"({"token":"ldi_x"})").status, 429);
  EXPECT_EQ(ask({}, "POST", "/invitations/lookup", R"({"token":")" + token + R"("})").status, 200);
  EXPECT_EQ(accept({}, token, kNewcomer).status, 200);
}

TEST_F(MemberApiTest, NoOrganisationIsNamedLikeAnId) {
  const auto refused = [](const Response& response) {
    EXPECT_EQ(response.status, 422) << response.body;
    return response.status == 422 ? std::string(json(response).at("errors").at(0).at("pointer").as_string()) : "";
  };
  std::string shouted = organisation;
  for (char& c : shouted) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  for (const std::string& name : {organisation, shouted, ledger::new_id(now())}) {
    EXPECT_EQ(refused(post("/organisations", R"({"kind":"isp","name":")" + name + R"("})")), "/name");
    EXPECT_EQ(
        refused(send("PATCH", "/organisations/" + organisation, R"({"name":")" + name + R"("})", {{"If-Match", "*"}})),
        "/name");
    EXPECT_EQ(refused(ask(
                  {}, "POST", "/access-requests",
                  R"({"organisation_name":")" + name + R"(","kind":"isp","contact":{"name":"N","email":"n@e.org"}})")),
              "/organisation_name");
  }
}

TEST_F(MemberApiTest, LastOwnerStays) {
  const std::string ann = add_user("ann@example.net").id;
  const std::string bob = add_user("bob@example.net").id;
  EXPECT_EQ(put(ann, "owner"), 200);
  EXPECT_EQ(put(ann, "viewer"), 409);
  const std::string path = "/organisations/" + organisation + "/members/";
  EXPECT_EQ(send("DELETE", path + ann).status, 409);
  EXPECT_EQ(put(bob, "owner"), 200);
  EXPECT_EQ(send("PATCH", "/users/" + bob, R"({"disabled":true})", {{"If-Match", "*"}}).status, 200);
  EXPECT_EQ(send("DELETE", path + ann).status, 409);
  EXPECT_EQ(send("PATCH", "/users/" + bob, R"({"disabled":false})", {{"If-Match", "*"}}).status, 200);
  EXPECT_EQ(send("DELETE", path + ann).status, 204);
}

TEST_F(MemberApiTest, WhoWasMadeAnOwnerTakesTheOrganisationOnByWhatTheyDoThere) {
  const std::string ann = add_user("ann@example.net").id;
  const std::string bob = add_user("bob@example.net").id;
  EXPECT_EQ(put(ann, "owner"), 200);
  EXPECT_EQ(put(bob, "owner"), 200);
  const Browser owner = sign_in("bob@example.net");
  const std::string path = "/organisations/" + organisation;
  EXPECT_EQ(ask(owner, "GET", path).status, 200);
  EXPECT_EQ(ask(owner, "POST", path + "/resources", R"({"name":""})").status, 422);
  EXPECT_EQ(ask(sign_in("ann@example.net"), "DELETE", path + "/members/" + ann).status, 204);
  EXPECT_EQ(count("ownership", "by_themselves = 1"), 0) << "to look, to ask wrongly, to leave";
  EXPECT_EQ(ask(owner, "POST", path + "/resources", R"({"name":"Oslo"})").status, 201);
  EXPECT_EQ(count("ownership", "by_themselves = 1 AND account_id = '" + bob + "'"), 1);
}

TEST_F(MemberApiTest, OwnersBringInStrangersByInvitationOnly) {
  const std::string ann = add_user("ann@example.net").id;
  const std::string bob = add_user("bob@example.net").id;
  EXPECT_EQ(put(ann, "owner"), 200);
  const Browser owner = sign_in("ann@example.net");
  const std::string path = "/organisations/" + organisation + "/members/" + bob;
  EXPECT_EQ(ask(owner, "PUT", path, R"({"role":"viewer"})").status, 404);
  EXPECT_EQ(put(bob, "viewer"), 200);
  EXPECT_EQ(ask(owner, "PUT", path, R"({"role":"operator"})").status, 200);
  EXPECT_EQ(ask(sign_in("bob@example.net"), "PUT", path, R"({"role":"owner"})").status, 403);
  EXPECT_EQ(invite(owner, "bob@example.net", "viewer").status, 409);
}

TEST_F(MemberApiTest, ApprovedRequestMakesAnOrganisationAndInvitesItsOwner) {
  const Response asked = ask({}, "POST", "/access-requests", R"({"organisation_name":"Newnet","kind":"isp","asn":64500,
      "contact":{"name":"Nell","email":"nell@example.org"},"message":"Hello.\nWe are new."})");
  ASSERT_EQ(asked.status, 201) << asked.body;
  EXPECT_EQ(text(asked, "state"), "open");
  const Browser root = sign_in("root@example.net");
  EXPECT_EQ(json(ask(root, "GET", "/access-requests?state=open")).at("items").as_array().size(), 1U);
  const std::string path = "/access-requests/" + id(asked) + "/decision";
  EXPECT_EQ(ask(root, "POST", path, R"({"decision":"refuse"})").status, 422);
  const Response decided = ask(root, "POST", path, R"({"decision":"approve"})");
  ASSERT_EQ(decided.status, 200) << decided.body;
  EXPECT_EQ(json(decided).at("request").at("organisation").at("name").as_string(), "Newnet");
  EXPECT_EQ(ask(root, "POST", path, R"({"decision":"approve"})").status, 409);
  const std::string token(json(decided).at("invitation").at("token").as_string());
  EXPECT_EQ(accept({}, token, kNewcomer).status, 200);
  EXPECT_EQ(count("membership", "role = 'owner'"), 1);
  EXPECT_EQ(count("account", "email_vouched = 1 AND email = 'nell@example.org'"), 1);
}

TEST_F(MemberApiTest, RequestForANameThatIsTakenStaysOpen) {
  const Response asked = ask({}, "POST", "/access-requests", R"({"organisation_name":"EXAMPLE","kind":"isp",
      "contact":{"name":"Nell","email":"nell@example.org"}})");
  const Response decided = ask(sign_in("root@example.net"), "POST", "/access-requests/" + id(asked) + "/decision",
                               R"({"decision":"approve"})");
  EXPECT_EQ(decided.status, 409);
  EXPECT_EQ(count("access_request", "state = 'open'"), 1);
  EXPECT_EQ(count("invitation"), 0);
}

TEST_F(MemberApiTest, RequestsAreCheckedAndLimited) {
  const Response wrong = ask({}, "POST", "/access-requests", R"({"organisation_name":"","kind":"x","contact":{}})");
  EXPECT_EQ(json(wrong).at("errors").as_array().size(), 4U) << wrong.body;
  const std::string good = R"({"organisation_name":"N","kind":"isp","contact":{"name":"N","email":"n@example.org"}})";
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask({}, "POST", "/access-requests", good).status, 201);
  EXPECT_EQ(ask({}, "POST", "/access-requests", good).status, 429);
}

TEST_F(MemberApiTest, InvitationsEndWithTheRoleOfWhoeverInvited) {
  const auto ann = add_user("ann@example.net");
  ASSERT_EQ(put(ann.id, "owner"), 200);
  const Browser owner = sign_in("ann@example.net");
  const std::string token = text(invite(owner, "friend@example.net", "owner"), "token");
  ASSERT_EQ(ask({}, "POST", "/invitations/lookup", R"({"token":")" + token + R"("})").status, 200);

  const Browser root = sign_in("root@example.net");
  ASSERT_EQ(invite(root, "second@example.net", "owner").status, 201);
  const auto bob = add_user("bob@example.net");
  ASSERT_EQ(put(bob.id, "owner"), 200);
  ASSERT_EQ(put(ann.id, "operator"), 200);
  EXPECT_EQ(accept({}, token, kNewcomer).status, 404);
  EXPECT_EQ(count("account", "email = 'friend@example.net'"), 0);
}

}  // namespace
}  // namespace larder::endpoints
