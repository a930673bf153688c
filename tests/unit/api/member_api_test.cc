#include "unit/api/browser_test.h"

namespace larder::api {
namespace {

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

TEST_F(MemberApiTest, GuessingInvitationsIsLimited) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(ask({}, "POST", "/invitations/lookup", R"({"token":"ldi_x"})").status, 404);
  }
  EXPECT_EQ(ask({}, "POST", "/invitations/lookup", R"({"token":"ldi_x"})").status, 429);
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
}  // namespace larder::api
