#include "identity/sign_in.h"

#include "identity/first_admin.h"
#include "identity/second_factor.h"
#include "identity/totp.h"
#include "identity/user_changes.h"
#include "ledger/secret.h"
#include "ledger/text.h"
#include "tenancy/members.h"
#include "tenancy/organisations.h"
#include "unit/identity/identity_test.h"

namespace larder::identity {
namespace {

using ledger::Actor;
using ledger::ProblemKind;
using ledger::Result;
using ledger::to_ms;

class SignInTest : public IdentityTest {
 protected:
  Result<NewSession> try_to_sign_in(const std::string& email, const std::string& password,
                                    std::optional<std::string> code = std::nullopt,
                                    std::string_view address = "192.0.2.7", const std::string& browser = "") {
    return sign_in(*database, sign_in_config, now(), {.email = email, .password = password, .code = std::move(code)},
                   {.address = *net::parse_address(address), .user_agent = "test", .browser = browser});
  }

  /// Wrong passwords for `email` until no more are looked at; returns how many were.
  int guess(const std::string& email, std::string_view address, const std::string& browser = "") {
    int guesses = 0;
    while (guesses < 100 &&
           kind_of(try_to_sign_in(email, "wrong", {}, address, browser)) == ProblemKind::kUnauthenticated) {
      ++guesses;
    }
    return guesses;
  }

  std::string add_organisation(const std::string& name) {
    return write([&](database::Transaction& transaction) {
             return tenancy::create_organisation(transaction, now(), Actor(), {.name = name, .contact = {}});
           })
        ->ref.id;
  }

  /// An account of `organisation`, whose address nobody has verified, with the usual password.
  User add_user_of(const std::string& organisation, const std::string& email) {
    const std::string hash = *hash_password(sign_in_config, kPassword);
    return *write([&](database::Transaction& transaction) {
      return create_user(
          transaction, now(), Actor(),
          {.email = email, .name = email, .password_hash = hash, .sso_subject = {}, .organisation_id = organisation});
    });
  }

  Result<NewSession> sign_in_to(const std::string& organisation, const std::string& email,
                                std::string_view address = "192.0.2.7") {
    return sign_in(*database, sign_in_config, now(),
                   {.email = email, .organisation = organisation, .password = kPassword, .code = {}},
                   {.address = *net::parse_address(address), .user_agent = "test"});
  }

  ProblemKind kind_of(const Result<NewSession>& outcome) {
    EXPECT_FALSE(outcome.has_value());
    return outcome ? ProblemKind::kInternal : outcome.error().kind;
  }

  /// Puts one-time codes in force; returns the secret. Recovery codes are in `recovery_codes`.
  std::string turn_totp_on(const User& user) {
    return *write([&](database::Transaction& transaction) -> Result<std::string> {
      TRY(const auto setup, begin_totp(transaction, user.id));
      TRY(const auto code, totp_code(setup.secret, totp_step(now())));
      TRY(recovery_codes, confirm_totp(transaction, now(), Actor(), user.id, code));
      return setup.secret;
    });
  }

  std::vector<std::string> recovery_codes;
};

TEST_F(SignInTest, RightPasswordMakesASession) {
  const User ann = add_user("Ann@example.net");
  const auto made = try_to_sign_in("ann@EXAMPLE.net", kPassword);
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->session.user_id, ann.id);
  EXPECT_EQ(made->session.expires_at, to_ms(now() + sign_in_config.session));
  EXPECT_EQ(count("sign_in_failure"), 0);
  EXPECT_EQ(count("account", "last_sign_in_at IS NOT NULL"), 1);
  EXPECT_EQ(count("audit", "action = 'session.create'"), 1);
}

TEST_F(SignInTest, WrongPasswordAndUnknownAccountGetTheSameAnswer) {
  add_user("ann@example.net");
  const auto wrong = try_to_sign_in("ann@example.net", "not this one");
  const auto unknown = try_to_sign_in("bob@example.net", kPassword);
  EXPECT_EQ(kind_of(wrong), ProblemKind::kUnauthenticated);
  EXPECT_EQ(kind_of(unknown), ProblemKind::kUnauthenticated);
  EXPECT_EQ(wrong.error().detail, unknown.error().detail);
  EXPECT_EQ(count("audit", "action = 'sign-in.fail'"), 2);
}

TEST_F(SignInTest, DisabledUserStaysOutside) {
  const User ann = add_user("ann@example.net");
  add_user("root@example.net", true);
  ASSERT_TRUE(write([&](database::Transaction& transaction) {
                return change_user(transaction, now(), Actor(), ann.id, {.name = {}, .admin = {}, .disabled = true});
              }).has_value());
  EXPECT_EQ(kind_of(try_to_sign_in("ann@example.net", kPassword)), ProblemKind::kUnauthenticated);
}

TEST_F(SignInTest, AccountIsClosedAfterTooManyFailuresAndOpensAgain) {
  add_user("ann@example.net");
  for (int i = 0; i < sign_in_config.attempts; ++i) {
    const auto from = fmt::format("198.51.100.{}", i + 1);
    EXPECT_EQ(kind_of(try_to_sign_in("ann@example.net", "wrong", {}, from)), ProblemKind::kUnauthenticated);
  }
  const auto refused = try_to_sign_in("ann@example.net", kPassword);
  ASSERT_EQ(kind_of(refused), ProblemKind::kTooManyAttempts);
  EXPECT_EQ(refused.error().retry_after_s, 15 * 60);

  clock.advance(sign_in_config.attempt_window - std::chrono::seconds(1));
  const auto still_refused = try_to_sign_in("ann@example.net", kPassword);
  ASSERT_EQ(kind_of(still_refused), ProblemKind::kTooManyAttempts);
  EXPECT_EQ(still_refused.error().retry_after_s, 1);

  clock.advance(std::chrono::seconds(1));
  EXPECT_TRUE(try_to_sign_in("ann@example.net", kPassword).has_value());
}

TEST_F(SignInTest, UnknownAccountIsClosedLikeAnyOther) {
  for (int i = 0; i < sign_in_config.attempts; ++i) {
    EXPECT_EQ(kind_of(try_to_sign_in("no@example.net", "x", {}, fmt::format("198.51.100.{}", i + 1))),
              ProblemKind::kUnauthenticated);
  }
  EXPECT_EQ(kind_of(try_to_sign_in("no@example.net", "x")), ProblemKind::kTooManyAttempts);
}

TEST_F(SignInTest, NetworkIsClosedWhateverAccountsItTries) {
  add_user("ann@example.net");
  for (int i = 0; i < sign_in_config.attempts; ++i) {
    const auto email = fmt::format("user{}@example.net", i);
    EXPECT_EQ(kind_of(try_to_sign_in(email, "x", {}, fmt::format("2001:db8:1:2::{}", i + 1))),
              ProblemKind::kUnauthenticated);
  }
  EXPECT_EQ(kind_of(try_to_sign_in("ann@example.net", kPassword, {}, "2001:db8:1:2:ffff::9")),
            ProblemKind::kTooManyAttempts);
  EXPECT_TRUE(try_to_sign_in("ann@example.net", kPassword, {}, "2001:db8:1:3::1").has_value());
}

TEST_F(SignInTest, StrangersCannotCloseAnAccountWhereItsUserIsKnown) {
  add_user("ann@example.net");
  ASSERT_TRUE(try_to_sign_in("ann@example.net", kPassword, {}, "203.0.113.5").has_value());
  for (int i = 0; i < sign_in_config.attempts; ++i) {
    EXPECT_FALSE(try_to_sign_in("ann@example.net", "x", {}, fmt::format("198.51.100.{}", i + 1)).has_value());
  }
  EXPECT_EQ(kind_of(try_to_sign_in("ann@example.net", kPassword, {}, "198.51.100.99")), ProblemKind::kTooManyAttempts);
  EXPECT_TRUE(try_to_sign_in("ann@example.net", kPassword, {}, "203.0.113.5").has_value());
}

TEST_F(SignInTest, NeighboursCannotCloseANetworkForWhoIsKnownInIt) {
  const std::string_view office = "203.0.113.5";
  for (const char* email : {"ann@example.net", "bob@example.net"}) {
    add_user(email);
    ASSERT_TRUE(try_to_sign_in(email, kPassword, {}, office).has_value());
  }
  EXPECT_EQ(guess("nobody@example.net", office), sign_in_config.attempts);
  EXPECT_EQ(kind_of(try_to_sign_in("new@example.net", kPassword, {}, office)), ProblemKind::kTooManyAttempts);
  EXPECT_EQ(guess("bob@example.net", office), sign_in_config.attempts);
  EXPECT_TRUE(try_to_sign_in("ann@example.net", kPassword, {}, office).has_value());
}

TEST_F(SignInTest, GuessesFromAKnownNetworkAreBoundedAndCountNowhereElse) {
  add_user("ann@example.net");
  for (const char* known : {"203.0.113.5", "203.0.113.6"}) {
    ASSERT_TRUE(try_to_sign_in("ann@example.net", kPassword, {}, known).has_value());
  }
  EXPECT_EQ(guess("ann@example.net", "203.0.113.5"), sign_in_config.attempts);
  EXPECT_EQ(kind_of(try_to_sign_in("ann@example.net", kPassword, {}, "203.0.113.5")), ProblemKind::kTooManyAttempts);
  EXPECT_TRUE(try_to_sign_in("ann@example.net", kPassword, {}, "203.0.113.6").has_value());
  EXPECT_TRUE(try_to_sign_in("ann@example.net", kPassword, {}, "198.51.100.1").has_value()) << "strangers";
}

TEST_F(SignInTest, GuessesFromOneNetworkAtAllAccountsThatKnowItAreBounded) {
  const std::string_view office = "203.0.113.5";
  std::string browser;
  for (int i = 0; i < 6; ++i) {
    const auto email = fmt::format("user{}@example.net", i);
    add_user(email);
    browser = try_to_sign_in(email, kPassword, {}, office)->browser;
  }
  int guesses = 0;
  for (int i = 0; i < 6; ++i) guesses += guess(fmt::format("user{}@example.net", i), office);
  EXPECT_EQ(guesses, 3 * sign_in_config.attempts);
  EXPECT_EQ(kind_of(try_to_sign_in("user5@example.net", kPassword, {}, office)), ProblemKind::kTooManyAttempts);
  EXPECT_TRUE(try_to_sign_in("user5@example.net", kPassword, {}, office, browser).has_value()) << "a known browser";
}

TEST_F(SignInTest, NeighboursCannotCloseABrowserThatTheAccountKnows) {
  add_user("ann@example.net");
  add_user("eve@example.net");
  const std::string_view office = "203.0.113.5";
  const auto first = try_to_sign_in("ann@example.net", kPassword, {}, office);
  ASSERT_TRUE(first.has_value());
  const auto eve = try_to_sign_in("eve@example.net", kPassword, {}, office);
  ASSERT_TRUE(eve.has_value());
  EXPECT_EQ(guess("ann@example.net", office, eve->browser), sign_in_config.attempts) << "a browser of Eve's only";
  EXPECT_EQ(guess("ann@example.net", "198.51.100.1"), sign_in_config.attempts);

  const auto again = try_to_sign_in("ann@example.net", kPassword, {}, office, first->browser);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->browser, first->browser);
  EXPECT_TRUE(try_to_sign_in("ann@example.net", kPassword, {}, "198.51.100.1", first->browser).has_value());
  EXPECT_EQ(guess("ann@example.net", office, first->browser), sign_in_config.attempts) << "whoever has it guesses too";
}

TEST_F(SignInTest, ABrowserIsKnownToTheAccountThatWasSignedInToLast) {
  add_user("ann@example.net");
  add_user("eve@example.net");
  const auto eve = try_to_sign_in("eve@example.net", kPassword);
  const auto ann = try_to_sign_in("ann@example.net", kPassword, {}, "192.0.2.7", eve->browser);
  EXPECT_NE(ann->browser, eve->browser) << "or Eve, who has read hers, would have Ann's";
}

TEST_F(SignInTest, BrowsersAndNetworksAreForgottenAfterNinetyDays) {
  add_user("ann@example.net");
  const auto first = try_to_sign_in("ann@example.net", kPassword);
  clock.advance(std::chrono::hours(24 * 90));
  EXPECT_EQ(guess("ann@example.net", "198.51.100.1"), sign_in_config.attempts);
  EXPECT_EQ(kind_of(try_to_sign_in("ann@example.net", kPassword, {}, "192.0.2.7", first->browser)),
            ProblemKind::kTooManyAttempts);
}

TEST_F(SignInTest, AnOrganisationNamedLikeAnotherOnesIdDoesNotTakeItsSignIn) {
  const std::string honest = add_organisation("Honest");
  const std::string thief = add_organisation("Thief");
  const User ann = add_user_of(honest, "ann@example.net");
  add_user_of(thief, "ann@example.net");
  ASSERT_TRUE(write([&](database::Transaction& transaction) {
                return transaction.run("UPDATE organisation SET name = $1, name_key = $1 WHERE id = $2",
                                       {honest, thief});
              }).has_value())
      << "one that was named so before that was refused";
  std::string shouted = honest;
  for (char& c : shouted) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  for (const std::string& typed : {honest, shouted, std::string("HONEST")}) {
    const auto made = sign_in_to(typed, "ann@example.net");
    ASSERT_TRUE(made.has_value()) << typed;
    EXPECT_EQ(made->session.user_id, ann.id) << typed;
  }
}

TEST_F(SignInTest, AttemptsDoNotTellWhichOrganisationsAreThere) {
  add_organisation("Example");
  int address = 0;
  const auto guesses_at = [&](const std::string& organisation) {
    int guesses = 0;
    while (guesses < 100 &&
           kind_of(sign_in_to(organisation, "no@example.net", fmt::format("198.51.100.{}", ++address))) ==
               ProblemKind::kUnauthenticated) {
      ++guesses;
    }
    return guesses;
  };
  for (const char* organisation : {"Nobody", "Example", "Nothing", "Nowhere"}) {
    EXPECT_EQ(guesses_at(organisation), sign_in_config.attempts) << organisation;
  }
  for (const char* again : {"NOBODY", "EXAMPLE"}) EXPECT_EQ(guesses_at(again), 0) << again;
}

TEST_F(SignInTest, NobodyCanWorkOutWhichUnknownOrganisationsShareTheirAttempts) {
  std::string name;  // another than this one, and alike in what anybody can work out
  const std::string known = "organisation that is not there";
  for (int i = 0; name.empty(); ++i) {
    const std::string tried = fmt::format("{} {}", known, i);
    if (ledger::hash_secret(tried).starts_with(ledger::hash_secret(known).substr(0, 4))) name = tried;
  }
  for (int i = 1; i <= sign_in_config.attempts; ++i) {
    EXPECT_EQ(kind_of(sign_in_to(known, "no@example.net", fmt::format("198.51.100.{}", i))),
              ProblemKind::kUnauthenticated);
  }
  EXPECT_EQ(kind_of(sign_in_to(known, "no@example.net")), ProblemKind::kTooManyAttempts);
  EXPECT_EQ(kind_of(sign_in_to(name, "no@example.net")), ProblemKind::kUnauthenticated);
}

TEST_F(SignInTest, AnAddressWithABlankIsNobodys) {
  const std::string organisation = add_organisation("Example");
  const User vic = add_user_of(organisation, "vic@example.net");
  EXPECT_EQ(vic.email_key, "vic@example.net " + organisation);
  EXPECT_EQ(kind_of(try_to_sign_in("vic@example.net " + organisation, kPassword)), ProblemKind::kUnauthenticated);
  EXPECT_TRUE(sign_in_to(organisation, "vic@example.net").has_value());
  const std::string another = add_organisation("Another");
  EXPECT_FALSE(write([&](database::Transaction& transaction) {
                 return tenancy::add_first_owner(transaction, now(), Actor(), {.id = another, .name = "Another"},
                                                 vic.email_key);
               }).has_value());
}

TEST_F(SignInTest, SuccessClearsWhatTheAccountFailedBefore) {
  add_user("ann@example.net");
  for (int round = 0; round < 3; ++round) {
    for (int i = 1; i < sign_in_config.attempts; ++i) {
      EXPECT_EQ(kind_of(try_to_sign_in("ann@example.net", "wrong")), ProblemKind::kUnauthenticated);
    }
    EXPECT_TRUE(try_to_sign_in("ann@example.net", kPassword).has_value());
  }
}

TEST_F(SignInTest, NewPasswordOpensTheAccountAndEndsSessions) {
  const User ann = add_user("ann@example.net");
  ASSERT_TRUE(try_to_sign_in("ann@example.net", kPassword, {}, "203.0.113.5").has_value());
  for (int i = 0; i < sign_in_config.attempts; ++i) {
    EXPECT_FALSE(try_to_sign_in("ann@example.net", "x", {}, fmt::format("198.51.100.{}", i + 1)).has_value());
  }
  const auto password = reset_password(*database, sign_in_config, now(), "ANN@example.net");
  ASSERT_TRUE(password.has_value());
  EXPECT_EQ(count("sign_in_session"), 0);
  EXPECT_TRUE(try_to_sign_in("ann@example.net", *password).has_value());
  EXPECT_EQ(kind_of(try_to_sign_in("ann@example.net", kPassword)), ProblemKind::kUnauthenticated);
}

TEST_F(SignInTest, WhoWasGivenAPasswordAtTheMachineGetsInThereWhateverStrangersTry) {
  const auto first = make_first_admin(*database, sign_in_config, now());
  ASSERT_TRUE(first.has_value() && first->has_value());
  EXPECT_EQ(guess((*first)->email, "198.51.100.1"), sign_in_config.attempts);
  EXPECT_EQ(kind_of(try_to_sign_in((*first)->email, (*first)->password)), ProblemKind::kTooManyAttempts);
  for (const char* here : {"127.0.0.1", "::1"}) {
    EXPECT_TRUE(try_to_sign_in((*first)->email, (*first)->password, {}, here).has_value()) << here;
  }
  add_user("ann@example.net");
  const auto password = reset_password(*database, sign_in_config, now(), "ann@example.net");
  ASSERT_TRUE(password.has_value());
  EXPECT_EQ(guess("ann@example.net", "198.51.100.2"), sign_in_config.attempts);
  EXPECT_TRUE(try_to_sign_in("ann@example.net", *password, {}, "127.0.0.1").has_value());
}

TEST_F(SignInTest, SecondFactorIsAskedForAndItsCodesWorkOnce) {
  const User ann = add_user("ann@example.net");
  const std::string secret = turn_totp_on(ann);
  EXPECT_EQ(kind_of(try_to_sign_in("ann@example.net", kPassword)), ProblemKind::kSecondFactorRequired);
  EXPECT_EQ(kind_of(try_to_sign_in("ann@example.net", "wrong")), ProblemKind::kUnauthenticated);

  const auto confirmed = *totp_code(secret, totp_step(now()));
  EXPECT_EQ(kind_of(try_to_sign_in("ann@example.net", kPassword, confirmed)), ProblemKind::kUnauthenticated);
  clock.advance(std::chrono::seconds(30));
  const auto code = *totp_code(secret, totp_step(now()));
  EXPECT_TRUE(try_to_sign_in("ann@example.net", kPassword, code).has_value());
  EXPECT_EQ(kind_of(try_to_sign_in("ann@example.net", kPassword, code)), ProblemKind::kUnauthenticated);
}

TEST_F(SignInTest, RecoveryCodesWorkOnceHoweverTheyAreWritten) {
  const User ann = add_user("ann@example.net");
  turn_totp_on(ann);
  ASSERT_EQ(recovery_codes.size(), 10U);
  EXPECT_TRUE(try_to_sign_in("ann@example.net", kPassword, ledger::to_lower(recovery_codes[0])).has_value());
  EXPECT_EQ(kind_of(try_to_sign_in("ann@example.net", kPassword, recovery_codes[0])), ProblemKind::kUnauthenticated);
  EXPECT_TRUE(try_to_sign_in("ann@example.net", kPassword, recovery_codes[1]).has_value());
  EXPECT_EQ(count("recovery_code"), 8);
}

TEST_F(SignInTest, GuessingCodesIsLimitedThoughThePasswordIsRight) {
  const User ann = add_user("ann@example.net");
  turn_totp_on(ann);
  for (int i = 0; i < sign_in_config.attempts; ++i) {
    EXPECT_EQ(kind_of(try_to_sign_in("ann@example.net", kPassword, "000000")), ProblemKind::kUnauthenticated);
    EXPECT_NE(kind_of(try_to_sign_in("ann@example.net", kPassword)), ProblemKind::kUnauthenticated);
  }
  EXPECT_EQ(kind_of(try_to_sign_in("ann@example.net", kPassword, "000000")), ProblemKind::kTooManyAttempts);
}

TEST_F(SignInTest, OutdatedHashIsRenewed) {
  add_user("ann@example.net");
  sign_in_config.hash_passes = 2;
  ASSERT_TRUE(try_to_sign_in("ann@example.net", kPassword).has_value());
  EXPECT_EQ(count("account", "password_hash LIKE '%t=2%'"), 1);
  EXPECT_TRUE(try_to_sign_in("ann@example.net", kPassword).has_value());
}

TEST_F(SignInTest, PasswordsAreNowhereInTheDatabase) {
  add_user("ann@example.net");
  EXPECT_FALSE(try_to_sign_in("ann@example.net", "a-wrong-password").has_value());
  EXPECT_EQ(count("audit", "before_json LIKE '%wrong%' OR after_json LIKE '%wrong%' OR object_name LIKE '%wrong%'"), 0);
}

TEST_F(SignInTest, ConfirmingThePasswordIsLimitedToo) {
  const User ann = add_user("ann@example.net");
  Actor actor;
  actor.user_id = ann.id;
  const auto confirm = [&](std::string_view password) {
    return confirm_password(*database, sign_in_config, now(), actor, password, "/current");
  };
  EXPECT_TRUE(confirm(kPassword).has_value());
  for (int i = 0; i < sign_in_config.attempts; ++i) {
    const auto wrong = confirm("wrong");
    ASSERT_FALSE(wrong.has_value());
    EXPECT_EQ(wrong.error().kind, ProblemKind::kInvalid);
    EXPECT_EQ(wrong.error().fields[0].pointer, "/current");
  }
  EXPECT_EQ(confirm(kPassword).error().kind, ProblemKind::kTooManyAttempts);
}

TEST_F(SignInTest, SiteWithManyNetworksHasNoAttemptForEach) {
  int refused = 0;
  for (int i = 0; i < 16 * sign_in_config.attempts + 5; ++i) {
    const std::string address = fmt::format("2001:db8:1:{:x}::1", i);
    const auto outcome = try_to_sign_in(fmt::format("nobody-{}@example.net", i), "wrong", std::nullopt, address);
    refused += kind_of(outcome) == ProblemKind::kTooManyAttempts ? 1 : 0;
  }
  EXPECT_EQ(refused, 5);
  EXPECT_EQ(kind_of(try_to_sign_in("x@example.net", "wrong", std::nullopt, "2001:db8:2::1")),
            ProblemKind::kUnauthenticated)
      << "another site";
}

TEST_F(SignInTest, PasswordInTheWrongFieldIsNotInTheAuditLog) {
  EXPECT_EQ(kind_of(try_to_sign_in(kPassword, "x")), ProblemKind::kUnauthenticated);
  EXPECT_EQ(count("audit", "action = 'sign-in.fail' AND object_name = '(no e-mail address)'"), 1);
}

// The hash of a subject is a quick one: whoever has a backup could try passwords against it.
TEST_F(SignInTest, PasswordInTheWrongFieldIsNotAmongTheAttemptsEither) {
  EXPECT_EQ(kind_of(try_to_sign_in(kPassword, "x")), ProblemKind::kUnauthenticated);
  EXPECT_EQ(count("sign_in_failure"), 1);
  EXPECT_EQ(count("sign_in_failure", "subject LIKE 'sign-in from %'"), 1);
}

TEST_F(SignInTest, ResetAtTheMachineEndsOneTimeCodesToo) {
  const User ann = add_user("ann@example.net");
  turn_totp_on(ann);
  const auto password = reset_password(*database, sign_in_config, now(), "ann@example.net");
  ASSERT_TRUE(password);
  EXPECT_TRUE(try_to_sign_in("ann@example.net", *password));
}

}  // namespace
}  // namespace larder::identity
