#include "service/doorkeeper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "core/descriptor_limit.h"
#include "net/socket.h"

namespace larder::service {
namespace {

constexpr std::string_view kAnswer =
    "HTTP/1.1 503 Service Unavailable\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 53\r\n"
    "Retry-After: 5\r\n"
    "Connection: close\r\n"
    "\r\n"
    "this node is being restarted; ask again in a moment.\n";
constexpr auto kLeavingTime = std::chrono::milliseconds(500);
constexpr auto kRest = std::chrono::milliseconds(50);  // when connections cannot be accepted

}  // namespace

Result<std::unique_ptr<Doorkeeper>> Doorkeeper::begin(const std::vector<InheritedSocket>& sockets, int other) {
  std::vector<Door> doors;
  for (const InheritedSocket& inherited : sockets) {
    TRY(net::ListeningSocket copy, inherited.socket.duplicate());
    doors.push_back({std::move(copy), inherited.name == "https"});
  }
  Descriptor others;
  if (other >= 0) {
    others = Descriptor(::fcntl(other, F_DUPFD_CLOEXEC, 0));
    if (others.number() < 0) return fail_errno(errno, "dup");
  }
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(errno, "pipe");
  std::unique_ptr<Doorkeeper> keeper(
      new Doorkeeper(std::move(doors), std::move(others), Descriptor(ends[1]), Descriptor(ends[0])));
  keeper->thread_ = std::thread([raw = keeper.get()] { raw->run(); });
  return keeper;
}

Doorkeeper::~Doorkeeper() {
  stop();
  for (Waiting& waiting : waiting_) answer(waiting.client, clock_.now());
  // What was said last is read by most within moments; who sends on meanwhile may lose it.
  const SteadyTime until = clock_.now() + kLeavingTime;
  while (!leaving_.empty() && clock_.now() < until) {
    std::vector<pollfd> polled;
    for (const Leaving& leaving : leaving_) polled.push_back({leaving.descriptor.number(), POLLIN, 0});
    if (::poll(polled.data(), polled.size(), static_cast<int>(kRest.count())) > 0) let_leave(clock_.now());
  }
}

std::vector<WaitingClient> Doorkeeper::end() {
  stop();
  std::vector<WaitingClient> clients;
  for (Waiting& waiting : waiting_) clients.push_back(std::move(waiting.client));
  waiting_.clear();
  return clients;
}

void Doorkeeper::stop() {
  if (!thread_.joinable()) return;
  static_cast<void>(::write(wake_.number(), "", 1));
  thread_.join();
  doors_.clear();
}

std::size_t Doorkeeper::most_of_process() { return std::min(kMostWaiting, raise_descriptor_limit() / 4); }

/// False: this ends before the other process does.
bool Doorkeeper::outlives_other() const {
  std::array<pollfd, 2> polled = {{{woken_.number(), POLLIN, 0}, {other_.number(), 0, 0}}};
  while (polled[0].revents == 0 && polled[1].revents == 0) ::poll(polled.data(), polled.size(), -1);
  return polled[0].revents == 0;
}

void Doorkeeper::run() {
  if (other_.number() >= 0 && !outlives_other()) return;
  for (;;) {
    const SteadyTime before = clock_.now();
    const bool may_accept = has_room();
    std::vector<pollfd> polled = {{woken_.number(), POLLIN, 0}};
    if (may_accept) {
      for (const Door& door : doors_) polled.push_back({door.socket.descriptor(), POLLIN, 0});
    }
    for (const Leaving& leaving : leaving_) polled.push_back({leaving.descriptor.number(), POLLIN, 0});
    ::poll(polled.data(), polled.size(), wait_time(before));
    if (polled[0].revents != 0) return;
    const SteadyTime now = clock_.now();
    for (Door& door : doors_) {
      if (may_accept) accept_all(door, now);
    }
    answer_late(now);
    let_leave(now);
  }
}

/// Until the next one has waited, or left, for long enough.
int Doorkeeper::wait_time(SteadyTime now) const {
  SteadyTime next = SteadyTime::max();
  if (!waiting_.empty()) next = waiting_.front().since + kPatience;
  if (!leaving_.empty()) next = std::min(next, leaving_.front().until);
  if (next == SteadyTime::max()) return -1;
  return static_cast<int>(std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(next - now).count()));
}

void Doorkeeper::accept_all(Door& door, SteadyTime now) {
  while (has_room()) {
    net::SocketAddress peer;
    Descriptor client(::accept4(door.socket.descriptor(), peer.get(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (client.number() < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      // Out of descriptors: not at once again.
      if (errno != EAGAIN) ::poll(nullptr, 0, static_cast<int>(kRest.count()));
      return;
    }
    waiting_.push_back({{std::move(client), door.socket.local(), net::to_endpoint(peer), door.tls}, now});
  }
}

void Doorkeeper::answer(WaitingClient& client, SteadyTime now) {
  const int descriptor = client.descriptor.number();
  if (client.tls) return;  // closed with the object
  static_cast<void>(::send(descriptor, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  ::shutdown(descriptor, SHUT_WR);
  leaving_.push_back({std::move(client.descriptor), now + kLeavingTime});
}

void Doorkeeper::answer_late(SteadyTime now) {
  while (!waiting_.empty() && waiting_.front().since + kPatience <= now) {
    answer(waiting_.front().client, now);
    waiting_.pop_front();
  }
}

void Doorkeeper::let_leave(SteadyTime now) {
  std::array<std::byte, 4096> dropped{};
  std::erase_if(leaving_, [&](const Leaving& leaving) {
    if (leaving.until <= now) return true;
    const auto count = ::recv(leaving.descriptor.number(), dropped.data(), dropped.size(), MSG_DONTWAIT);
    return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
  });
}

}  // namespace larder::service
