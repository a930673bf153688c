// Delivery: sends one range of one object to one client: sendfile for what is stored, memory for what is on its way.
//
// Threads    the loop of its stream.
#pragma once

#include <cstdint>
#include <string_view>

#include "cache/reader.h"
#include "core/task.h"
#include "node/client_pace.h"
#include "node/egress.h"
#include "node/trickle_guard.h"

namespace larder::node {

class Delivery {
 public:
  struct Patience {
    std::chrono::milliseconds fill = std::chrono::seconds(15);  // without a byte from the origin
    ClientPace::Limits client;                                  // what the client has to take
  };

  Delivery(net::ByteStream& stream, cache::Reader& reader, storage::SliceStore& store, EgressLimiter& limiter,
           const Clock& clock, Executor executor, Patience patience);

  /// The first bytes are at hand, and all of them can be expected to come: nothing to prepare. Most responses are, and
  /// need no coroutine for it.
  bool is_prepared(http::ByteRange range);
  /// Waits until the first bytes are at hand, and all of them can be expected to come, so that a failure can still
  /// become a status. Errors: those of Reader::confirm() and at().
  Task<Result<cache::Reader::Start>> prepare(http::ByteRange range, Deadline deadline);
  enum class Framing { kPlain, kChunked };
  /// Sends `head`, then the range, to where it or the object ends. Errors: those of Egress::wait() with client_failed()
  /// true, or of the reader.
  Task<Result<>> send(std::string_view head, http::ByteRange range, Framing framing);

  const Egress& egress() const { return egress_; }
  std::uint64_t hit_bytes() const { return hit_bytes_; }
  std::uint64_t fill_bytes() const { return fill_bytes_; }
  /// True if the first bytes were not fetched for this request.
  bool begins_with_hit() const { return first_is_hit_; }

 private:
  Task<Result<>> begin_chunk(std::uint64_t size);
  Deadline soon() const { return Deadline(clock_.now() + patience_.fill); }
  void count(const cache::Piece& piece, std::size_t bytes);

  Egress egress_;
  cache::Reader& reader_;
  storage::SliceStore& store_;
  const Clock& clock_;
  const Patience patience_;
  std::uint64_t position_ = 0;
  std::uint64_t chunk_left_ = 0;  // of the chunk that was begun
  std::uint64_t hit_bytes_ = 0;
  std::uint64_t fill_bytes_ = 0;
  bool first_is_hit_ = true;
  TrickleGuard trickle_;
};

}  // namespace larder::node
