// ResponseAudit: one response, judged while it comes.
//
// Every version that the URL ever had is a candidate until a byte rules it out; at the end one must be left that the
// head tells of, too.
//
// Threads    one at a time.
// Cost       content.h's verify() over the body, once for every content that it can still be of (nearly always one).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "support/audit_terms.h"
#include "support/client_request.h"
#include "support/message_head.h"
#include "support/origin_history.h"

namespace larder::support {

class Auditor;

class ResponseAudit {
 public:
  ResponseAudit(Auditor& auditor, ClientRequest request, Elapsed begin);

  const ClientRequest& request() const { return request_; }

  /// The final head (no 1xx).
  void head(int status, std::vector<Field> fields);
  void bytes(std::span<const std::byte> bytes);
  /// `complete`: the response came to the end that its framing promised. It was broken off if this is never called, or
  /// called without a head: then only what came is judged.
  void end(bool complete, Elapsed at);

  /// Whether the next byte is the one at `offset` of an object, and all that came can be those of `seed`.
  bool is_of(std::uint64_t seed, std::uint64_t offset) const;

 private:
  struct Candidate {
    std::shared_ptr<const Version> version;
    std::string problem;  // why the head is not of this version; empty: it is
  };
  /// What a Content-Range says: "bytes 0-9/100", "bytes */100".
  struct ContentRange {
    std::optional<OriginRange> range;
    std::optional<std::uint64_t> total;  // nothing: "bytes 0-9/*", while the length is not told
  };
  static std::optional<ContentRange> parse_content_range(std::string_view text);

  bool has_content() const { return status_ == 200 || status_ == 206; }
  std::string problem_of_head(const OriginObject& object) const;
  std::string problem_of_validators(const OriginObject& object) const;
  std::string problem_of_range(const OriginObject& object) const;
  std::string problem_of_length(const OriginObject& object, bool complete) const;

  void report_wrong_byte(const Candidate& last, std::uint64_t at, std::span<const std::byte> bytes);
  void judge_content(bool complete, Elapsed at);
  void judge_not_modified(Elapsed at);
  void judge_unsatisfied(Elapsed at);
  void judge_status();
  void report(const std::string& what);
  void require_fresh(Versions versions, Elapsed at, const std::string& what);

  Auditor* auditor_;
  ClientRequest request_;
  Elapsed begin_;
  int status_ = 0;
  MessageHead head_;
  std::optional<ContentRange> content_range_;
  Versions known_;                     // of the URL, when the head came
  std::vector<Candidate> candidates_;  // same contents beside each other
  std::uint64_t position_ = 0;         // of the next byte, in the object
  std::uint64_t received_ = 0;
  bool is_reported_ = false;
};

}  // namespace larder::support
