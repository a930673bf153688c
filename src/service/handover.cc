#include "service/handover.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "core/check.h"

namespace larder::service {
namespace {

constexpr std::string_view kDrivesWanted = "drives wanted";
constexpr std::string_view kDrivesFree = "drives free";
constexpr std::string_view kServing = "serving";
constexpr std::string_view kOutdated = "outdated ";  // and the URL's id
constexpr std::string_view kAllOutdated = "all outdated";
constexpr std::string_view kFailed = "failed ";  // and the reason
constexpr std::string_view kEnd = "end";
constexpr std::string_view kAnswersEnd = "answers end";
constexpr std::string_view kAnswersEnded = "answers ended";
constexpr std::string_view kAllTold = "all told";
constexpr std::string_view kReopenLogs = "reopen logs";
constexpr std::size_t kIdDigits = 32;
constexpr std::size_t kMostBytes = 4096;  // of a message

std::optional<UrlId> parse_id(std::string_view text) {
  if (text.size() != kIdDigits) return std::nullopt;
  UrlId id{};
  for (std::size_t i = 0; i < id.size(); ++i) {
    const char* const begin = text.data() + i * kIdDigits / 2;
    const auto [end, error] = std::from_chars(begin, begin + kIdDigits / 2, id[i], 16);
    if (error != std::errc() || end != begin + kIdDigits / 2) return std::nullopt;
  }
  return id;
}

}  // namespace

std::string to_text(const Message& message) {
  switch (message.kind) {
    case Message::Kind::kDrivesWanted: return std::string(kDrivesWanted);
    case Message::Kind::kDrivesFree: return std::string(kDrivesFree);
    case Message::Kind::kServing: return std::string(kServing);
    case Message::Kind::kOutdated: return fmt::format("{}{:016x}{:016x}", kOutdated, message.url[0], message.url[1]);
    case Message::Kind::kAllOutdated: return std::string(kAllOutdated);
    case Message::Kind::kFailed: return (std::string(kFailed) + message.text).substr(0, kMostBytes);
    case Message::Kind::kEnd: return std::string(kEnd);
    case Message::Kind::kAnswersEnd: return std::string(kAnswersEnd);
    case Message::Kind::kAnswersEnded: return std::string(kAnswersEnded);
    case Message::Kind::kAllTold: return std::string(kAllTold);
    case Message::Kind::kReopenLogs: return std::string(kReopenLogs);
    case Message::Kind::kOther: break;
  }
  return "";
}

Message parse_message(std::string_view text) {
  if (text == kDrivesWanted) return {Message::Kind::kDrivesWanted, {}, ""};
  if (text == kDrivesFree) return {Message::Kind::kDrivesFree, {}, ""};
  if (text == kServing) return {Message::Kind::kServing, {}, ""};
  if (text == kAllOutdated) return {Message::Kind::kAllOutdated, {}, ""};
  if (text == kEnd) return {Message::Kind::kEnd, {}, ""};
  if (text == kAnswersEnd) return {Message::Kind::kAnswersEnd, {}, ""};
  if (text == kAnswersEnded) return {Message::Kind::kAnswersEnded, {}, ""};
  if (text == kAllTold) return {Message::Kind::kAllTold, {}, ""};
  if (text == kReopenLogs) return {Message::Kind::kReopenLogs, {}, ""};
  if (text.starts_with(kFailed)) return {Message::Kind::kFailed, {}, std::string(text.substr(kFailed.size()))};
  if (text.starts_with(kOutdated)) {
    const auto id = parse_id(text.substr(kOutdated.size()));
    if (id) return {Message::Kind::kOutdated, *id, ""};
  }
  return {};
}

Result<std::pair<Descriptor, Descriptor>> Handover::make_way() {
  int ends[2] = {-1, -1};
  // Packets, so that a message is never read in part; connected, so that each sees the other's end.
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return fail_errno(errno, "socketpair");
  auto way = std::pair(Descriptor(ends[0]), Descriptor(ends[1]));
  const timeval patience{std::chrono::seconds(kPatience).count(), 0};
  for (const int end : ends) {
    if (::setsockopt(end, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0) {
      return fail_errno(errno, "socketpair");
    }
  }
  return way;
}

Handover::Sent Handover::send(const Message& message, bool wait) {
  const std::string text = to_text(message);
  for (;;) {
    const auto sent = ::send(descriptor(), text.data(), text.size(), MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
    if (sent >= 0) return Sent::kAll;
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == EWOULDBLOCK ? Sent::kWouldBlock : Sent::kGone;
  }
}

bool Handover::say(const Message& message) {
  // An empty packet would be read as the end.
  CHECK(message.kind != Message::Kind::kOther, "only what this version knows is said");
  return send(message, true) == Sent::kAll;
}

void Handover::say_outdated(const UrlId& url) {
  const std::lock_guard lock(mutex_);
  if (all_outdated_) return;
  if (unsent_.empty() && send({Message::Kind::kOutdated, url, ""}, false) != Sent::kWouldBlock) return;
  unsent_.insert(url);
  if (unsent_.size() <= kMostUnsent) return;
  unsent_.clear();
  all_outdated_ = true;
}

bool Handover::has_unsent() const {
  const std::lock_guard lock(mutex_);
  return all_outdated_ || !unsent_.empty();
}

void Handover::send_rest() {
  const std::lock_guard lock(mutex_);
  while (!unsent_.empty()) {
    if (send({Message::Kind::kOutdated, *unsent_.begin(), ""}, false) == Sent::kWouldBlock) return;
    unsent_.erase(unsent_.begin());
  }
  if (all_outdated_ && send({Message::Kind::kAllOutdated, {}, ""}, false) != Sent::kWouldBlock) all_outdated_ = false;
}

void Handover::say_all_told() {
  const SystemClock clock;
  const SteadyTime until = clock.now() + kPatience;
  while (has_unsent() && clock.now() < until) {
    pollfd way{descriptor(), POLLOUT, 0};
    ::poll(&way, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(until - clock.now()).count()));
    send_rest();
  }
  // Of who has taken nothing for so long, nothing is known either: it takes all for changed as the other end closes.
  if (!has_unsent()) say({Message::Kind::kAllTold});
}

pid_t Handover::process_before() const {
  ucred other{};
  socklen_t size = sizeof other;
  return ::getsockopt(descriptor(), SOL_SOCKET, SO_PEERCRED, &other, &size) == 0 ? other.pid : 0;
}

void Handover::signal_process_before(int number) const {
  pollfd way{descriptor(), 0, 0};
  const bool has_ended = ::poll(&way, 1, 0) != 0;  // nothing else is asked for
  const pid_t process = process_before();
  if (!has_ended && process > 0) ::kill(process, number);
}

Result<Message> Handover::read() {
  if (kept_.empty()) return receive();
  const Message message = kept_.front();
  kept_.pop_front();
  return message;
}

void Handover::keep(const Message& message) {
  if (message.kind != Message::Kind::kOutdated && message.kind != Message::Kind::kAllOutdated) return;
  if (kept_.size() < kMostUnsent) return kept_.push_back(message);
  kept_.assign(1, {Message::Kind::kAllOutdated});
}

Result<Message> Handover::receive() {
  std::array<char, kMostBytes> text{};
  for (;;) {
    const auto count = ::recv(descriptor(), text.data(), text.size(), MSG_DONTWAIT);
    if (count > 0) return parse_message(std::string_view(text.data(), static_cast<std::size_t>(count)));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return fail(Errc::kNotFound, "no message yet");
    return fail(Errc::kUnavailable, "the other process has ended");
  }
}

Result<Message> Handover::wait_for(Message::Kind kind, SteadyTime deadline) {
  const SystemClock clock;
  for (;;) {
    auto message = receive();
    if (message && message->kind == kind) return message;
    if (!message && message.error().code != Errc::kNotFound) return message;
    if (message) keep(*message);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock.now());
    if (left.count() <= 0) return fail(Errc::kTimeout, "the other process does not say \"{}\"", to_text({kind}));
    if (message) continue;
    pollfd way{descriptor(), POLLIN, 0};
    ::poll(&way, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
  }
}

}  // namespace larder::service
