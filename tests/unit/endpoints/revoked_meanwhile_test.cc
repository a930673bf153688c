// What is revoked while a password is hashed does not take effect.
#include <functional>
#include <string>
#include <utility>

#include "endpoints/all_routes.h"
#include "unit/endpoints/browser_test.h"

namespace larder::endpoints {
namespace {

using api::Response;

// A database at which something happens before one of the next writes.
class InterruptedDatabase : public database::Database {
 public:
  explicit InterruptedDatabase(database::Database& inner) : inner_(inner) {}

  /// Before the `number`-th write from now on (1 is the next), `what` is done.
  void before_write(int number, std::function<void()> what) {
    writes_left_ = number;
    what_ = std::move(what);
  }
  bool has_interrupted() const { return what_ == nullptr; }

  database::ChangeFeed& changes() override { return inner_.changes(); }
  bool is_postgres() const override { return inner_.is_postgres(); }
  larder::Result<> backup(const std::string& to) override { return inner_.backup(to); }

 protected:
  larder::Result<> run_transaction(Mode mode, const std::function<bool(database::Transaction&)>& work) override {
    if (mode == Mode::kWrite && what_ != nullptr && --writes_left_ == 0) std::exchange(what_, nullptr)();
    bool kept = true;
    const auto tried = [&](database::Transaction& transaction) -> larder::Result<> {
      kept = work(transaction);
      if (kept) return {};
      return fail(Errc::kInvalid, "it is not to be kept");
    };
    auto ended = mode == Mode::kWrite ? inner_.write(tried) : inner_.read(tried);
    return kept ? ended : larder::Result<>();
  }

 private:
  database::Database& inner_;
  std::function<void()> what_;
  int writes_left_ = 0;
};

class RevokedMeanwhile : public BrowserTest {
 protected:
  RevokedMeanwhile() { add_user("root@example.net", true); }

  /// As ask(), of a portal at whose database `what` happens before its `number`-th write.
  Response ask_while(const Browser& browser, int number, std::function<void()> what, std::string_view target,
                     std::string body) {
    InterruptedDatabase interrupted(*database);
    api::Api slow{api::Services{interrupted, clock, config, *log}, all_routes()};
    api::Request request;
    request.method = "POST";
    request.path = "/api/v1" + std::string(target);
    request.fields = {{"Host", "portal.example.net"}, {"Content-Type", "application/json"}};
    if (!browser.cookie.empty()) request.fields.emplace_back("Cookie", browser.cookie);
    if (!browser.csrf.empty()) request.fields.emplace_back("X-CSRF-Token", browser.csrf);
    if (!browser.bearer.empty()) request.fields.emplace_back("Authorization", "Bearer " + browser.bearer);
    request.body = std::move(body);
    request.client = *net::parse_address(browser.address);
    interrupted.before_write(number, std::move(what));
    const Response response = slow.answer(request);
    EXPECT_TRUE(interrupted.has_interrupted()) << "fewer writes: " << response.body;
    return response;
  }

  void change(const std::string& user, const std::string& what) {
    EXPECT_EQ(send("PATCH", "/users/" + user, what, {{"If-Match", "*"}}).status, 200);
  }
  void reset_password(const std::string& user) { EXPECT_EQ(post("/users/" + user + "/password", "{}").status, 200); }
  void end_session(const std::string& user) {
    EXPECT_TRUE(write([&](database::Transaction& transaction) {
                  return transaction.run("DELETE FROM sign_in_session WHERE account_id = $1", {user});
                }).has_value());
  }
  std::string hash_of(const std::string& user) {
    return **read([&](database::Transaction& transaction) { return identity::password_hash_of(transaction, user); });
  }

  static constexpr const char* kNewUser = R"({"email":"new@example.net","name":"New","password":"six tame weasels"})";
  static constexpr const char* kChange = R"({"current":"open sesame 12","new":"nine green tables"})";
};

TEST_F(RevokedMeanwhile, AnAdministratorWhoIsNoneAnyMoreMakesNoUser) {
  const identity::User eve = add_user("eve@example.net", true);
  const Browser browser = sign_in("eve@example.net");
  const Response refused = ask_while(browser, 1, [&] { change(eve.id, R"({"admin":false})"); }, "/users", kNewUser);
  EXPECT_EQ(type(refused), "forbidden");
  EXPECT_EQ(count("account", "email = 'new@example.net'"), 0);
}

TEST_F(RevokedMeanwhile, ASessionThatHasEndedMakesNoUserAndResetsNoPassword) {
  const identity::User eve = add_user("eve@example.net", true);
  const identity::User ann = add_user("ann@example.net");
  const std::string before = hash_of(ann.id);
  EXPECT_EQ(type(ask_while(
                sign_in("eve@example.net"), 1, [&] { end_session(eve.id); }, "/users", kNewUser)),
            "unauthenticated");
  EXPECT_EQ(type(ask_while(
                sign_in("eve@example.net"), 1, [&] { change(eve.id, R"({"disabled":true})"); },
                "/users/" + ann.id + "/password", "{}")),
            "unauthenticated");
  EXPECT_EQ(count("account", "email = 'new@example.net'"), 0);
  EXPECT_EQ(hash_of(ann.id), before);
}

TEST_F(RevokedMeanwhile, ATokenThatWasRevokedChangesNoPassword) {
  const identity::User ann = add_user("ann@example.net");
  const Browser program = with_token(sign_in("ann@example.net"), R"("manage")");
  const std::string before = hash_of(ann.id);
  const auto revoke = [&] { EXPECT_EQ(ask(program, "DELETE", "/session").status, 204); };
  EXPECT_EQ(type(ask_while(program, 3, revoke, "/account/password", kChange)), "unauthenticated");
  EXPECT_EQ(hash_of(ann.id), before);
}

// A token outlives a reset: whoever stole both must not set a password of theirs on the new one.
TEST_F(RevokedMeanwhile, APasswordThatIsNoLongerTheOneAllowsNothing) {
  const identity::User ann = add_user("ann@example.net");
  const Browser program = with_token(sign_in("ann@example.net"), R"("manage")");
  std::string reset;
  const auto reset_it = [&] {
    reset_password(ann.id);
    reset = hash_of(ann.id);
  };
  EXPECT_EQ(type(ask_while(program, 3, reset_it, "/account/password", kChange)), "conflict");
  EXPECT_EQ(hash_of(ann.id), reset);
}

TEST_F(RevokedMeanwhile, APasswordThatIsNoLongerTheOneSetsUpNoOneTimeCodes) {
  const identity::User ann = add_user("ann@example.net");
  const Browser program = with_token(sign_in("ann@example.net"), R"("manage")");
  EXPECT_EQ(type(ask_while(
                program, 3, [&] { reset_password(ann.id); }, "/account/totp", R"({"password":"open sesame 12"})")),
            "conflict");
  EXPECT_EQ(count("account", "totp_secret IS NOT NULL"), 0);
}

TEST_F(RevokedMeanwhile, AnInvitationWhoseOwnerLostTheRoleMakesNoAccount) {
  const std::string organisation = make_organisation("Example");
  const identity::User eve = add_user("eve@example.net");
  const std::string member = "/organisations/" + organisation + "/members/" + eve.id;
  ASSERT_EQ(send("PUT", member, R"({"role":"owner"})").status, 200);
  ASSERT_EQ(send("PUT", "/organisations/" + organisation + "/members/" + add_user("ann@example.net").id,
                 R"({"role":"owner"})")
                .status,
            200);
  const std::string token =
      text(ask(sign_in("eve@example.net"), "POST", "/organisations/" + organisation + "/invitations",
               R"({"email":"friend@example.net","role":"owner"})"),
           "token");
  const std::string body = R"({"token":")" + token + R"(","name":"F","password":"six tame weasels"})";
  const auto demote = [&] { EXPECT_EQ(send("PUT", member, R"({"role":"viewer"})").status, 200); };
  EXPECT_EQ(type(ask_while({}, 1, demote, "/invitations/accept", body)), "not-found");
  EXPECT_EQ(count("account", "email = 'friend@example.net'"), 0);
}

TEST_F(RevokedMeanwhile, AnInvitationThatNoAdministratorVouchesForAnyMoreMakesAnAccountOfTheOrganisation) {
  const std::string organisation = make_organisation("Example");
  const identity::User eve = add_user("eve@example.net", true);
  ASSERT_EQ(send("PUT", "/organisations/" + organisation + "/members/" + eve.id, R"({"role":"owner"})").status, 200);
  const std::string token =
      text(ask(sign_in("eve@example.net"), "POST", "/organisations/" + organisation + "/invitations",
               R"({"email":"friend@example.net","role":"viewer"})"),
           "token");
  const std::string body = R"({"token":")" + token + R"(","name":"F","password":"six tame weasels"})";
  EXPECT_EQ(ask_while({}, 1, [&] { change(eve.id, R"({"admin":false})"); }, "/invitations/accept", body).status, 200);
  EXPECT_EQ(count("account", "email = 'friend@example.net' AND email_vouched = 0"), 1);
}

// Whoever waits for the database waits too.
TEST_F(RevokedMeanwhile, ARoleThatIsTakenBeforeTheTransactionMakesNothing) {
  const std::string organisation = make_organisation("Example");
  const identity::User eve = add_user("eve@example.net");
  const std::string member = "/organisations/" + organisation + "/members/" + eve.id;
  ASSERT_EQ(send("PUT", member, R"({"role":"operator"})").status, 200);
  const auto demote = [&] { EXPECT_EQ(send("PUT", member, R"({"role":"viewer"})").status, 200); };
  EXPECT_EQ(type(ask_while(sign_in("eve@example.net"), 1, demote, "/organisations/" + organisation + "/resources",
                           R"({"name":"r"})")),
            "forbidden");
  EXPECT_EQ(count("resource"), 0);
}

TEST_F(RevokedMeanwhile, ASessionThatHasEndedApprovesNoDevice) {
  const identity::User ann = add_user("ann@example.net");
  const Browser browser = sign_in("ann@example.net");
  const Response begun = ask({}, "POST", "/device-authorizations", R"({"client_id":"larder"})");
  EXPECT_EQ(type(ask_while(
                browser, 2, [&] { end_session(ann.id); }, "/device-codes/" + text(begun, "user_code"),
                R"({"decision":"approve"})")),
            "unauthenticated");
  EXPECT_EQ(count("device_authorization", "state = 'pending'"), 1);
}

}  // namespace
}  // namespace larder::endpoints
