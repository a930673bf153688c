// OriginLoad: what clients asked of each URL, in slices, against what the origin had to send for it.
//
// Threads    one at a time (Auditor locks).
// Cost       memory for the runs of slices that were asked for and for the ends of ranges, not for requests.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "support/audit_terms.h"
#include "support/client_request.h"
#include "support/origin_script.h"

namespace larder::support {

class OriginLoad {
 public:
  struct Options {
    std::uint64_t slice_size = 1 << 20;
    /// Asked for at the beginning of an object to learn of it, when a client's request does not say where.
    std::uint64_t learning = 8 << 20;
    /// Asked for behind a range that begins where an earlier one ended.
    std::uint64_t read_ahead = 8 << 20;
  };
  /// The URLs whose contents a request for this one may be answered with.
  using Places = std::function<std::vector<Url>(const Url&)>;

  explicit OriginLoad(Options options) : options_(options) {}

  void asked(const ClientRequest& request);
  void sent(const Url& url, const OriginObject& object, std::uint64_t begin, std::uint64_t end);
  void allow_refetch(const Url& url, std::uint64_t bytes) { refetch_[url] = bytes; }

  /// A sentence for each version of which the origin sent more than was needed.
  std::vector<std::string> complaints(const Places& places) const;

 private:
  // Runs of bytes, [key, value), that do not touch each other.
  using Runs = std::map<std::uint64_t, std::uint64_t>;
  struct Demand {
    Runs runs;
    std::set<std::uint64_t> ends;  // of ranges
    std::uint64_t longest_suffix = 0;
    std::uint64_t requests = 0;
  };
  struct Supply {
    OriginObject object;
    std::uint64_t bytes = 0;
  };

  static void add(Runs& runs, std::uint64_t begin, std::uint64_t end);
  /// Bytes of an object of `size` bytes that lie in slices which were asked for.
  std::uint64_t needed(const std::vector<const Demand*>& demands, std::uint64_t size) const;
  std::uint64_t refetch_of(const Url& url) const;

  const Options options_;
  std::map<Url, Demand> demands_;                // by host and path
  std::map<Url, std::vector<Supply>> supplies_;  // by where the content was told
  std::map<Url, std::uint64_t> refetch_;
};

}  // namespace larder::support
