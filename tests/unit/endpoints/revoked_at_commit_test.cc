// What is revoked while a request changes something, and before its change is committed, stops it: on PostgreSQL, where
// others write meanwhile. On SQLite they wait for it.
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "api/api.h"
#include "core/check.h"
#include "database/migrate.h"
#include "identity/api_tokens.h"
#include "identity/users.h"
#include "ledger/schema.h"
#include "support/manual_clock.h"
#include "tenancy/members.h"
#include "tenancy/organisations.h"
#include "unit/database/database_test.h"

namespace larder::endpoints {
namespace {

using api::Call;
using api::Mode;
using api::Needs;
using api::Response;
using database::must;
using database::Transaction;

class RevokedAtCommit : public database::DatabaseTest {
 protected:
  RevokedAtCommit() {
    must(database::migrate(*database_, ledger::migrations()));
    write("CREATE TABLE mark (by_whom TEXT NOT NULL)");
    const auto made = database_->write([&](Transaction& transaction) { return make_people(transaction); });
    CHECK(made.has_value(), "the tables are empty");
  }

  /// What the request is answered during which `sql` is run by somebody else, once it is known that the caller may.
  Response mark_while(std::string_view path, const std::string& sql) {
    revoke_ = [this, sql] {
      revoker_ = std::jthread([this, sql] {
        must(other_->write([&](Transaction& transaction) { return transaction.run(sql); }));
        revoked_ = true;
      });
      if (database_->is_postgres()) revoker_.join();
    };
    return mark(path);
  }
  Response mark(std::string_view path) {
    api::Request request;
    request.method = "POST";
    request.path = "/api/v1" + std::string(path);
    request.fields = {{"Authorization", "Bearer " + token_}};
    request.client = net::IpAddress::v4(0x7f000001);
    return api_.answer(request);
  }
  void expect_that_it_stops(std::string_view path, const std::string& sql, int status) {
    ASSERT_EQ(mark(path).status, 204);
    const Response answer = mark_while(path, sql);
    if (database_->is_postgres()) {
      EXPECT_EQ(answer.status, status) << answer.body;
      EXPECT_EQ(number("SELECT COUNT(*) FROM mark"), 1) << "what was revoked counted";
      return;
    }
    EXPECT_EQ(answer.status, 204) << "it came first";
    EXPECT_FALSE(revoked_in_between_);
    revoker_.join();
    EXPECT_EQ(mark(path).status, status);
    EXPECT_EQ(number("SELECT COUNT(*) FROM mark"), 2);
  }

  const std::string organisation_path() const { return "/organisations/" + organisation_ + "/marks"; }

  std::string user_;
  std::string organisation_;

 private:
  ledger::Result<> make_people(Transaction& transaction) {
    const ledger::Actor nobody;
    TRY(const auto user, identity::create_user(transaction, clock_.wall(), nobody,
                                               {.email = "eve@example.net",
                                                .name = "Eve",
                                                .admin = true,
                                                .password_hash = std::nullopt,
                                                .sso_subject = std::nullopt}));
    TRY(const auto organisation, tenancy::create_organisation(transaction, clock_.wall(), nobody,
                                                              {.name = "Example", .asn = std::nullopt, .contact = {}}));
    TRY_VOID(tenancy::put_member(transaction, clock_.wall(), nobody, organisation.ref.id, user.id,
                                 identity::Role::kOperator));
    TRY(const auto token,
        identity::create_token(transaction, clock_.wall(), nobody, {user.id, "t", identity::scopes_of(true), {}}));
    user_ = user.id;
    organisation_ = organisation.ref.id;
    token_ = token.secret;
    return {};
  }

  /// Routes whose handler is all that is between the check and the commit.
  api::RouteTable routes() {
    const auto handler = [this](Call& call) -> ledger::Result<Response> {
      if (revoke_) std::exchange(revoke_, nullptr)();
      TRY_VOID(call.transaction().run("INSERT INTO mark (by_whom) VALUES ($1)", {call.caller().user_id}));
      revoked_in_between_ = revoked_;
      return Response::no_content();
    };
    using identity::Scope;
    api::RouteTable table;
    api::Route in_organisation{
        "POST", "/organisations/{organisation}/marks", Needs::kOperator, Scope::kWrite, Mode::kWrite, handler};
    in_organisation.json_body = false;
    table.add(in_organisation);
    api::Route of_admins{"POST", "/marks", Needs::kAdmin, Scope::kAdmin, Mode::kWrite, handler};
    of_admins.json_body = false;
    table.add(of_admins);
    return table;
  }

  support::ManualClock clock_;
  api::ApiConfig config_;
  const std::unique_ptr<database::Database> other_ = open();
  std::string token_;
  std::function<void()> revoke_;
  std::atomic<bool> revoked_ = false;
  bool revoked_in_between_ = false;
  api::Api api_{api::Services{*database_, clock_, config_, database::test_log()}, routes()};
  std::jthread revoker_;
};
LARDER_ON_BOTH(RevokedAtCommit);

TEST_P(RevokedAtCommit, ARoleThatIsLowered) {
  write("UPDATE account SET admin = 0");
  expect_that_it_stops(organisation_path(), "UPDATE membership SET role = 'viewer'", 403);
}

TEST_P(RevokedAtCommit, ARoleThatIsTaken) {
  write("UPDATE account SET admin = 0");
  expect_that_it_stops(organisation_path(), "DELETE FROM membership", 404);
}

TEST_P(RevokedAtCommit, AnAdministratorWhoIsNoneAnyMore) {
  expect_that_it_stops("/marks", "UPDATE account SET admin = 0", 403);
}

TEST_P(RevokedAtCommit, AnAccountThatIsDisabled) {
  expect_that_it_stops("/marks", "UPDATE account SET disabled = 1", 401);
}

TEST_P(RevokedAtCommit, ATokenThatIsRevoked) { expect_that_it_stops("/marks", "DELETE FROM api_token", 401); }

}  // namespace
}  // namespace larder::endpoints
