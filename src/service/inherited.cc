#include "service/inherited.h"

#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <utility>

#include "core/shown.h"

namespace larder::service {
namespace {

// Names: as sd_listen_fds_with_names() gives them, an array that ends with a null, all of it from malloc.
struct FreeNames {
  void operator()(char** names) const {
    for (char** name = names; *name != nullptr; ++name) std::free(*name);
    std::free(static_cast<void*>(names));
  }
};

std::string announcement() {
  constexpr std::size_t kMost = 200;  // bytes of each
  const auto value = [](const char* name) {
    const char* const text = std::getenv(name);
    return shown(text == nullptr ? "" : text, kMost);
  };
  return fmt::format("LISTEN_FDS='{}', LISTEN_FDNAMES='{}'", value("LISTEN_FDS"), value("LISTEN_FDNAMES"));
}

}  // namespace

Result<Inherited> take_inherited() {
  // LISTEN_PID keeps children that know nothing of it from taking the sockets for theirs. Who starts a successor cannot
  // know its id beforehand, and says by a variable of our own that it is meant.
  Inherited inherited;
  inherited.sockets_are_held = true;
  bool was_started_by_own = false;
  if (const char* const how = std::getenv(kSuccessorVariable)) {
    was_started_by_own = true;
    inherited.sockets_are_held = std::string_view(how) != kOwn;
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::unsetenv(kSuccessorVariable);
  }
  const std::string announced = announcement();
  char** raw_names = nullptr;
  const int count = ::sd_listen_fds_with_names(1, &raw_names);
  const std::unique_ptr<char*, FreeNames> names(raw_names);
  if (count < 0) {
    return fail(Errc::kInvalid,
                "{}: the first should be how many descriptors from 3 on are handed on, the second as many names with "
                "colons between them",
                announced);
  }
  for (int i = 0; i < count; ++i) {
    const std::string name = names ? names.get()[i] : "";
    Descriptor descriptor(SD_LISTEN_FDS_START + i);
    if (name == kHandoverName) {
      if (::sd_is_socket_unix(descriptor.number(), SOCK_SEQPACKET, 0, nullptr, 0) <= 0) {
        return fail(Errc::kInvalid,
                    "what was handed on as \"{}\" (LISTEN_FDS): descriptor {} is no end of a handover; a socket of a "
                    "supervisor needs another name",
                    name, descriptor.number());
      }
      inherited.handover = std::move(descriptor);
      continue;
    }
    if (name == kConfigurationName && was_started_by_own) {
      inherited.configuration = std::move(descriptor);
      continue;
    }
    if (name == kReloadedName && was_started_by_own) {
      inherited.reloaded = std::move(descriptor);
      continue;
    }
    auto socket = net::ListeningSocket::adopt(std::move(descriptor));
    if (!socket && was_started_by_own)
      continue;  // one that has been ended since, as its address was for nothing any more
    if (!socket) {
      return fail(Errc::kInvalid,
                  "what was handed on as \"{}\" (LISTEN_FDS): {}; it should be ListenStream=ADDRESS:PORT", name,
                  socket.error().text);
    }
    inherited.sockets.push_back({name, *std::move(socket)});
  }
  inherited.sockets_are_held &= !inherited.sockets.empty();
  return inherited;
}

}  // namespace larder::service
