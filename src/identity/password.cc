#include "identity/password.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <semaphore>
#include <set>

#include "core/check.h"
#include "ledger/secret.h"
#include "ledger/text.h"

namespace larder::identity {
namespace {

using ledger::FieldProblems;
using ledger::new_code;
using ledger::ProblemKind;
using ledger::Result;

constexpr auto kPatience = std::chrono::seconds(10);
constexpr std::size_t kDifferentCharacters = 5;

// What people take when a program asks for a long password, in lower case.
constexpr std::array<std::string_view, 40> kWorst = {"12345678",
                                                     "123456789",
                                                     "1234567890",
                                                     "12345678910",
                                                     "123456789012",
                                                     "1234567890123",
                                                     "11111111",
                                                     "password",
                                                     "password1",
                                                     "password12",
                                                     "password123",
                                                     "password1234",
                                                     "password12345",
                                                     "password123456",
                                                     "passwordpassword",
                                                     "qwertyuiop",
                                                     "qwertyuiop12",
                                                     "qwertyuiop123",
                                                     "qwerty123456",
                                                     "1q2w3e4r5t6y",
                                                     "1qaz2wsx3edc",
                                                     "qazwsxedcrfv",
                                                     "abcdefghijkl",
                                                     "abcd12345678",
                                                     "abc123456789",
                                                     "iloveyou1234",
                                                     "letmeinletmein",
                                                     "welcome12345",
                                                     "welcome123456",
                                                     "changeme1234",
                                                     "changeme12345",
                                                     "changemechangeme",
                                                     "administrator",
                                                     "administrator1",
                                                     "admin1234567",
                                                     "adminadminadmin",
                                                     "correcthorsebatterystaple",
                                                     "larderlarder",
                                                     "larder123456",
                                                     "trustno1trustno1"};

using Slots = std::counting_semaphore<kHashingsAtOnce>;

// The memory that hashing takes is the program's, so the slots are too.
Slots& slots() {
  static Slots all(kHashingsAtOnce);
  return all;
}

class Slot {
 public:
  Slot() : held_(slots().try_acquire_for(kPatience)) {}
  ~Slot() {
    if (held_) slots().release();
  }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  bool held() const { return held_; }

 private:
  bool held_;
};

std::unexpected<ledger::Problem> busy() {
  ledger::Problem problem(ProblemKind::kUnavailable, "too many people are signing in at this moment; try again");
  problem.retry_after_s = 5;
  return std::unexpected(std::move(problem));
}

void start_sodium() {
  static const bool started = ::sodium_init() >= 0;
  CHECK(started, "libsodium does not start");
}

}  // namespace

Result<std::string> hash_password(const SignInConfig& config, std::string_view password) {
  start_sodium();
  const Slot slot;
  if (!slot.held()) return busy();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (::crypto_pwhash_str(hash.data(), password.data(), password.size(),
                          static_cast<unsigned long long>(config.hash_passes), config.hash_memory) != 0) {
    return busy();
  }
  return std::string(hash.data());
}

Result<PasswordVerdict> check_password(const SignInConfig& config, const std::optional<std::string>& hash,
                                       std::string_view password) {
  if (!hash) {
    TRY_VOID(hash_password(config, password));
    return PasswordVerdict{};
  }
  start_sodium();
  const Slot slot;
  if (!slot.held()) return busy();
  PasswordVerdict verdict;
  verdict.right = ::crypto_pwhash_str_verify(hash->c_str(), password.data(), password.size()) == 0;
  verdict.outdated = ::crypto_pwhash_str_needs_rehash(
                         hash->c_str(), static_cast<unsigned long long>(config.hash_passes), config.hash_memory) != 0;
  return verdict;
}

void judge_password(const SignInConfig& config, std::string_view email, std::string_view password,
                    std::string_view pointer, FieldProblems& problems) {
  const auto refuse_with = [&](std::string why) { problems.add(std::string(pointer), std::move(why)); };
  if (ledger::character_count(password) < static_cast<std::size_t>(config.password_least)) {
    return refuse_with(fmt::format("it is too short; it should have at least {} characters", config.password_least));
  }
  const std::string lower = ledger::to_lower(password);
  const std::string address = ledger::to_lower(email);
  if (lower == address || lower == address.substr(0, address.find('@'))) {
    return refuse_with("it is the e-mail address; take something that nobody can guess");
  }
  if (std::ranges::find(kWorst, lower) != kWorst.end() ||
      std::set<char>(lower.begin(), lower.end()).size() < kDifferentCharacters) {
    return refuse_with(
        "it is one of the first that anybody would guess; take several words that do not belong together");
  }
}

std::string new_password() { return fmt::format("{}-{}-{}-{}", new_code(5), new_code(5), new_code(5), new_code(5)); }

}  // namespace larder::identity
