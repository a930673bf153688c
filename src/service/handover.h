// Handover: what a process and its successor say to each other while the second takes the first one's place.
//
// One packet a message, text; docs/formats/handover.md has them and their order. Versions may differ, so what is not
// understood is passed over.
//
// Owns       its end of the way.
// Threads    say() and say_outdated() from any; the rest from one.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/descriptor.h"
#include "core/result.h"

namespace larder::service {

/// Of an object's URL: storage::ObjectId.
using UrlId = std::array<std::uint64_t, 2>;

struct Message {
  enum class Kind {
    // From the process before to its successor:
    kDrivesFree,    // nothing more is written to the drives
    kOutdated,      // `url` has changed since
    kAllOutdated,   // more URLs have changed than could be told
    kAnswersEnded,  // it begins no response any more
    kAllTold,       // it ends, and has told of all that has changed
    // From the successor to the process before:
    kDrivesWanted,  // it can start, but for the drives
    kServing,       // it accepts connections
    kFailed,        // it does not start, for the reason that `text` has
    kEnd,           // end now
    kAnswersEnd,    // begin no response any more
    kReopenLogs,    // log files were moved
    kOther,         // a later version's
  };
  Kind kind = Kind::kOther;
  UrlId url{};       // kOutdated
  std::string text;  // kFailed: as much of it as a packet takes
};

std::string to_text(const Message& message);
/// Of any bytes.
Message parse_message(std::string_view text);

class Handover {
 public:
  /// Both ends. Errors: kUnavailable (no descriptor is left).
  static Result<std::pair<Descriptor, Descriptor>> make_way();
  /// How many URLs are put off, or kept, one by one. Beyond it all count as changed: a million of them in the minutes
  /// that it takes.
  static constexpr std::size_t kMostUnsent = 1'000'000;
  /// How long say() waits for another process that takes nothing.
  static constexpr auto kPatience = std::chrono::seconds(5);

  explicit Handover(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  /// To be polled for reading, and for writing as long as has_unsent().
  int descriptor() const { return descriptor_.number(); }

  /// The process at the other end, of a process that was given this one; 0: it cannot be told.
  pid_t process_before() const;

  /// False: it is not said, as the other has ended or has taken nothing for kPatience. REQUIRES: no kOther.
  bool say(const Message& message);
  /// The same, and never blocks. False: the other has ended, or has not taken yet what came before.
  bool say_at_once(const Message& message) { return send(message, false) == Sent::kAll; }
  /// Sends the process that made the way a signal, unless it has ended: its number may be another's by then.
  void signal_process_before(int number) const;
  /// Never blocks: what the other does not take at once is sent by send_rest().
  void say_outdated(const UrlId& url);
  bool has_unsent() const;
  void send_rest();
  /// That this is all, after what is unsent; or nothing, if the other does not take that within kPatience.
  void say_all_told();

  /// The next message, if there is one now. Errors: kNotFound (none yet), kUnavailable (the other has ended).
  Result<Message> read();
  /// Waits for a message of this kind. What it is told of outdated URLs meanwhile read() gives afterwards; others are
  /// passed over. Errors: kTimeout, kUnavailable.
  Result<Message> wait_for(Message::Kind kind, SteadyTime deadline);

 private:
  struct Hash {
    std::size_t operator()(const UrlId& url) const { return url[0]; }
  };
  enum class Sent { kAll, kWouldBlock, kGone };
  Sent send(const Message& message, bool wait);
  Result<Message> receive();
  void keep(const Message& message);

  Descriptor descriptor_;
  std::deque<Message> kept_;  // came while something else was waited for
  mutable std::mutex mutex_;
  std::unordered_set<UrlId, Hash> unsent_;
  bool all_outdated_ = false;  // and not said yet
};

}  // namespace larder::service
