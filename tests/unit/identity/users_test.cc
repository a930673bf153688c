#include "identity/users.h"

#include <atomic>
#include <functional>
#include <thread>

#include "identity/api_tokens.h"
#include "identity/first_admin.h"
#include "identity/sessions.h"
#include "identity/sign_in.h"
#include "identity/user_changes.h"
#include "tenancy/members.h"
#include "tenancy/organisations.h"
#include "tenancy/user_deletion.h"
#include "unit/identity/identity_test.h"

namespace larder::identity {
namespace {

using ledger::Actor;
using ledger::PageQuery;
using ledger::ProblemKind;
using ledger::Result;
using ledger::to_ms;
using tenancy::create_organisation;
using tenancy::put_member;

class UsersTest : public IdentityTest {
 protected:
  Result<User> change(const User& user, const UserChange& wanted) {
    return write(
        [&](database::Transaction& transaction) { return change_user(transaction, now(), Actor(), user.id, wanted); });
  }
  Result<> remove(const User& user) {
    return write(
        [&](database::Transaction& transaction) { return tenancy::delete_user(transaction, now(), Actor(), user.id); });
  }
  NewSession add_session(const User& user) {
    return *write([&](database::Transaction& transaction) {
      return start_session(transaction, now(), sign_in_config, user.id,
                           {.address = net::IpAddress::v4(0xc0000207), .user_agent = "test\n"});
    });
  }
  std::optional<Session> look_up(const std::string& secret) {
    return *read(
        [&](database::Transaction& transaction) { return find_session(transaction, now(), sign_in_config, secret); });
  }
};

TEST_F(UsersTest, OneEmailIsOneAccountWhateverItsCase) {
  add_user("Ann@Example.net");
  const auto twice = write([&](database::Transaction& transaction) {
    return create_user(transaction, now(), Actor(), {.email = "ann@example.NET", .name = "Ann"});
  });
  ASSERT_FALSE(twice.has_value());
  EXPECT_EQ(twice.error().kind, ProblemKind::kConflict);
}

TEST_F(UsersTest, LastEnabledAdministratorStays) {
  const User ann = add_user("ann@example.net", true);
  const User bob = add_user("bob@example.net", true);
  ASSERT_TRUE(change(bob, {.name = {}, .admin = {}, .disabled = true}).has_value());

  EXPECT_EQ(change(ann, {.name = {}, .admin = false, .disabled = {}}).error().kind, ProblemKind::kConflict);
  EXPECT_EQ(change(ann, {.name = {}, .admin = {}, .disabled = true}).error().kind, ProblemKind::kConflict);
  EXPECT_EQ(remove(ann).error().kind, ProblemKind::kConflict);
  EXPECT_TRUE(change(ann, {.name = "Ann", .admin = true, .disabled = false}).has_value());

  ASSERT_TRUE(change(bob, {.name = {}, .admin = {}, .disabled = false}).has_value());
  EXPECT_TRUE(remove(ann).has_value());
}

TEST_F(UsersTest, LastOwnerOfAnOrganisationIsNotDeleted) {
  const User ann = add_user("ann@example.net");
  ASSERT_TRUE(write([&](database::Transaction& transaction) -> Result<> {
                TRY(const auto made, create_organisation(transaction, now(), Actor(), {.name = "Example"}));
                return tenancy::add_first_owner(transaction, now(), Actor(), made.ref, "ann@example.net");
              }).has_value());
  const auto refused = remove(ann);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ProblemKind::kConflict);
  EXPECT_NE(refused.error().detail.find("Example"), std::string::npos);
}

TEST_F(UsersTest, EditsCountVersionsAndNothingChangedIsNoEdit) {
  const User ann = add_user("ann@example.net");
  EXPECT_EQ(change(ann, {.name = "Ann", .admin = {}, .disabled = {}})->version, 2);
  EXPECT_EQ(change(ann, {.name = "Ann", .admin = {}, .disabled = {}})->version, 2);
  EXPECT_EQ(count("audit", "action = 'user.edit' AND version = 2"), 1);
}

TEST_F(UsersTest, DisablingEndsSessionsAndMakesNobody) {
  const User ann = add_user("ann@example.net");
  const NewSession session = add_session(ann);
  ASSERT_TRUE(look_up(session.secret).has_value());
  ASSERT_TRUE(change(ann, {.name = {}, .admin = {}, .disabled = true}).has_value());
  EXPECT_FALSE(look_up(session.secret).has_value());
  const auto principal = read([&](database::Transaction& transaction) { return load_principal(transaction, ann.id); });
  EXPECT_FALSE(principal->has_value());
}

TEST_F(UsersTest, SessionsEndInTimeAndWithoutUse) {
  sign_in_config.session = std::chrono::hours(3);
  sign_in_config.idle = std::chrono::hours(1);
  const User ann = add_user("ann@example.net");
  const NewSession idle = add_session(ann);
  clock.advance(std::chrono::minutes(59));
  EXPECT_TRUE(look_up(idle.secret).has_value());
  clock.advance(std::chrono::minutes(1));
  EXPECT_FALSE(look_up(idle.secret).has_value());

  const NewSession busy = add_session(ann);
  for (int i = 0; i < 5; ++i) {
    clock.advance(std::chrono::minutes(30));
    const auto found = look_up(busy.secret);
    ASSERT_TRUE(found.has_value());
    EXPECT_TRUE(wants_touch(*found, now(), sign_in_config));
    ASSERT_TRUE(write([&](database::Transaction& transaction) {
                  return touch_session(transaction, now(), found->id);
                }).has_value());
    EXPECT_FALSE(wants_touch(*look_up(busy.secret), now(), sign_in_config));
  }
  clock.advance(std::chrono::minutes(30));
  EXPECT_FALSE(look_up(busy.secret).has_value());
}

TEST_F(UsersTest, SecretsOfSessionsAreKeptAsHashes) {
  const User ann = add_user("ann@example.net");
  const NewSession made = add_session(ann);
  EXPECT_EQ(count("sign_in_session", "secret_hash = '" + made.secret + "'"), 0);
  EXPECT_EQ(made.session.user_agent, "test?");
  EXPECT_FALSE(look_up(made.secret + "x").has_value());
}

TEST_F(UsersTest, OneSessionTooManyEndsTheOldest) {
  const User ann = add_user("ann@example.net");
  const NewSession first = add_session(ann);
  for (int i = 0; i < kSessionsPerUser; ++i) {
    clock.advance(std::chrono::seconds(1));
    add_session(ann);
  }
  EXPECT_EQ(count("sign_in_session"), kSessionsPerUser);
  EXPECT_FALSE(look_up(first.secret).has_value());
}

TEST_F(UsersTest, TokensExpireAndAreRevoked) {
  const User ann = add_user("ann@example.net");
  const auto add_token = [&](std::optional<std::int64_t> expires_at) {
    return *write([&](database::Transaction& transaction) {
      return create_token(
          transaction, now(), Actor(),
          {.user_id = ann.id, .name = "t", .scopes = {Scope::kRead, Scope::kWrite}, .expires_at = expires_at});
    });
  };
  const auto find = [&](const std::string& secret) {
    return *read([&](database::Transaction& transaction) { return find_token(transaction, now(), secret); });
  };
  const NewToken lasting = add_token(std::nullopt);
  const NewToken passing = add_token(to_ms(now() + std::chrono::hours(1)));
  EXPECT_TRUE(is_token(lasting.secret)) << lasting.secret;
  EXPECT_EQ(find(lasting.secret)->scopes, (Scopes{Scope::kRead, Scope::kWrite}));
  EXPECT_EQ(lasting.token.prefix, lasting.secret.substr(0, 8));
  clock.advance(std::chrono::hours(1));
  EXPECT_TRUE(find(lasting.secret).has_value());
  EXPECT_FALSE(find(passing.secret).has_value());

  ASSERT_TRUE(write([&](database::Transaction& transaction) {
                return revoke_token(transaction, now(), Actor(), ann.id, lasting.token.id);
              }).has_value());
  EXPECT_FALSE(find(lasting.secret).has_value());
  EXPECT_EQ(count("audit", "before_json LIKE '%" + lasting.secret + "%' OR after_json LIKE '%" + lasting.secret + "%'"),
            0);
}

TEST_F(UsersTest, NobodyRevokesAnothersToken) {
  const User ann = add_user("ann@example.net");
  const User bob = add_user("bob@example.net");
  const auto made = *write([&](database::Transaction& transaction) {
    return create_token(transaction, now(), Actor(),
                        {.user_id = ann.id, .name = "t", .scopes = {Scope::kRead}, .expires_at = {}});
  });
  const auto refused = write([&](database::Transaction& transaction) {
    return revoke_token(transaction, now(), Actor(), bob.id, made.token.id);
  });
  EXPECT_EQ(refused.error().kind, ProblemKind::kNotFound);
}

TEST_F(UsersTest, AnAccountWithoutAnOrganisationIsThatOfTheOneItBecomesAMemberOf) {
  const User ann = add_user("ann@example.net");
  const auto organisation = write([&](database::Transaction& transaction) -> Result<ledger::OrganisationRef> {
    TRY_VOID(transaction.run("UPDATE account SET email_vouched = 0, email_key = email_key || ' ' || id"));  // of old
    TRY(const auto made, create_organisation(transaction, now(), Actor(), {.name = "Example", .contact = {}}));
    TRY_VOID(put_member(transaction, now(), Actor(), made.ref.id, ann.id, Role::kViewer));
    return made.ref;
  });
  ASSERT_TRUE(organisation.has_value());
  const Credentials there = {
      .email = "ann@example.net", .organisation = "example", .password = kPassword, .code = std::nullopt};
  EXPECT_TRUE(sign_in(*database, sign_in_config, now(), there, {}).has_value());
  EXPECT_EQ(count("audit", "action = 'user.edit' AND after_json LIKE '%Example%'"), 1);
  const auto again = write([&](database::Transaction& transaction) {
    return put_member(transaction, now(), Actor(), organisation->id, ann.id, Role::kOwner);
  });
  EXPECT_TRUE(again.has_value());
}

TEST_F(UsersTest, WhoDisablesOrResetsAnAccountMakesItForgetWhereItWasUsed) {
  const User ann = add_user("ann@example.net");
  const auto places_after = [&](const std::function<Result<>(database::Transaction&)>& done) {
    EXPECT_TRUE(sign_in(*database, sign_in_config, now(), {.email = ann.email, .password = kPassword},
                        {.address = net::IpAddress::v4(0xc0000207), .user_agent = "", .browser = ""})
                    .has_value());
    EXPECT_EQ(count("known_network"), 1);
    EXPECT_EQ(count("known_browser"), 1);
    EXPECT_TRUE(write(done).has_value());
    return count("known_network") + count("known_browser");
  };
  const auto disable = [&](bool disabled) {
    return [&, disabled](database::Transaction& transaction) -> Result<> {
      TRY_VOID(change_user(transaction, now(), Actor(), ann.id, {.name = {}, .admin = {}, .disabled = disabled}));
      return {};
    };
  };
  EXPECT_EQ(places_after(disable(true)), 0);
  ASSERT_TRUE(write(disable(false)).has_value());
  const std::string hash = *hash_password(sign_in_config, kPassword);
  const auto set_by = [&](const std::optional<std::string>& whom) {
    return [&, whom](database::Transaction& transaction) {
      Actor actor;
      actor.user_id = whom;
      return set_password_hash(transaction, now(), actor, ann.id, hash);
    };
  };
  EXPECT_EQ(places_after(set_by(ledger::new_id(now()))), 0);
  EXPECT_EQ(places_after(set_by(ann.id)), 2) << "their own change";
}

TEST_F(UsersTest, TheLogTellsOfEachAccountThatGoesWithItsOrganisation) {
  const User root = add_user("root@example.net", true);
  const auto done = write([&](database::Transaction& transaction) -> Result<> {
    TRY(const auto made, create_organisation(transaction, now(), Actor(), {.name = "Example", .contact = {}}));
    for (const char* email : {"ann@example.net", "bob@example.net"}) {
      TRY(const User user,
          create_user(
              transaction, now(), Actor(),
              {.email = email, .name = email, .password_hash = {}, .sso_subject = {}, .organisation_id = made.ref.id}));
      TRY_VOID(put_member(transaction, now(), Actor(), made.ref.id, user.id, Role::kOwner));
    }
    TRY_VOID(put_member(transaction, now(), Actor(), made.ref.id, root.id, Role::kOwner));
    return tenancy::delete_organisation(transaction, now(), Actor(), made, "Example");
  });
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(count("account"), 1);
  EXPECT_EQ(count("audit", "action = 'user.delete' AND object_name LIKE '%@example.net (not verified)'"), 2);
}

TEST_F(UsersTest, FirstAdministratorIsMadeOnce) {
  const auto first = make_first_admin(*database, sign_in_config, now());
  ASSERT_TRUE(first.has_value() && first->has_value());
  EXPECT_EQ((*first)->email, "admin@localhost");
  EXPECT_FALSE(make_first_admin(*database, sign_in_config, now())->has_value());
  EXPECT_TRUE(sign_in(*database, sign_in_config, now(), {.email = (*first)->email, .password = (*first)->password}, {})
                  .has_value());
  EXPECT_EQ(count("account", "admin = 1"), 1);
}

TEST_F(UsersTest, PortalsThatStartAtOnceMakeOneAdministrator) {
  std::atomic<int> made = 0;
  std::vector<std::jthread> portals;
  for (int i = 0; i < 4; ++i) {
    portals.emplace_back([&] {
      const auto first = make_first_admin(*database, sign_in_config, now());
      if (first && *first) ++made;
    });
  }
  portals.clear();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(count("account"), 1);
}

TEST_F(UsersTest, ListIsFilteredAndSorted) {
  add_user("ann@example.net", true);
  add_user("bob@example.net");
  add_user("b_b@example.net");
  PageQuery page;
  page.sort = {"email", "email_key"};
  const auto emails = [&](const UserFilter& filter) {
    std::string text;
    const auto list = read([&](database::Transaction& transaction) { return list_users(transaction, filter, page); });
    for (const auto& [user, key] : *list) text += user.email.substr(0, 3) + " ";
    return text;
  };
  EXPECT_EQ(emails({}), "ann b_b bob ");
  EXPECT_EQ(emails({.text = "B_", .admin = {}, .disabled = {}}), "b_b ");
  EXPECT_EQ(emails({.text = {}, .admin = false, .disabled = false}), "b_b bob ");
  EXPECT_EQ(emails({.text = {}, .admin = {}, .disabled = true}), "");
}

}  // namespace
}  // namespace larder::identity
