#include "support/response_audit.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <tuple>
#include <utility>

#include "support/auditor.h"
#include "support/content.h"

namespace larder::support {
namespace {

// What a cache may say of its own accord. 403 and 404 are in judge_status().
constexpr std::array kOwnStatuses = {400, 405, 408, 413, 417, 431, 501, 502, 503, 504, 505, 508};

std::optional<std::uint64_t> exact_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The object offset of the first byte that is not this object's.
std::optional<std::uint64_t> first_foreign(std::span<const std::byte> bytes, const OriginObject& object,
                                           std::uint64_t offset) {
  if (bytes.empty()) return std::nullopt;
  if (offset >= object.size) return offset;
  const std::size_t inside = std::min<std::uint64_t>(bytes.size(), object.size - offset);
  std::size_t at = 0;
  for (; at < inside && offset + at < object.prefix.size(); ++at) {
    if (bytes[at] != static_cast<std::byte>(object.prefix[offset + at])) return offset + at;
  }
  if (const auto wrong = verify(bytes.subspan(at, inside - at), object.seed, offset + at)) return wrong;
  return inside < bytes.size() ? std::optional(object.size) : std::nullopt;
}

// What decides over the bytes of a version.
auto content_of(const OriginObject& object) { return std::tie(object.seed, object.prefix, object.size); }

std::string to_string(const OriginRange& range) {
  if (range.size() == 0) return "no bytes";
  return "bytes " + std::to_string(range.begin) + "-" + std::to_string(range.end - 1);
}

std::string list_of(const Versions& versions) {
  constexpr std::size_t kMost = 4;
  std::string text;
  for (std::size_t i = versions.size() - std::min(versions.size(), kMost); i < versions.size(); ++i) {
    text += (text.empty() ? "" : ", ") + to_string(versions[i]->object);
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace

ResponseAudit::ResponseAudit(Auditor& auditor, ClientRequest request, Elapsed begin)
    : auditor_(&auditor), request_(std::move(request)), begin_(begin) {}

std::optional<ResponseAudit::ContentRange> ResponseAudit::parse_content_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  const std::size_t slash = text.find('/');
  if (!text.starts_with(kUnit) || slash == std::string_view::npos) return std::nullopt;
  const bool is_told = text.substr(slash + 1) != "*";
  const auto total = is_told ? exact_number(text.substr(slash + 1)) : std::nullopt;
  if (is_told && !total) return std::nullopt;
  const std::string_view range = text.substr(kUnit.size(), slash - kUnit.size());
  if (range == "*") return total ? std::optional(ContentRange{std::nullopt, total}) : std::nullopt;
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = exact_number(range.substr(0, dash));
  const auto last = exact_number(range.substr(dash + 1));
  if (!first || !last || *last < *first || (total && *last >= *total)) return std::nullopt;
  return ContentRange{OriginRange{*first, *last + 1}, total};
}

void ResponseAudit::head(int status, std::vector<Field> fields) {
  status_ = status;
  head_.fields = std::move(fields);
  content_range_ = parse_content_range(head_.field("Content-Range"));
  auditor_->count_response();
  known_ = auditor_->versions_of(request_.url);
  if (!has_content()) return;
  if (status == 206 && (!content_range_ || !content_range_->range)) {
    report("a 206 came whose Content-Range is \"" + std::string(head_.field("Content-Range")) +
           "\"; it must name one range of the object and the object's length");
    return;
  }
  if (status == 206) position_ = content_range_->range->begin;
  for (const auto& version : known_) candidates_.push_back({version, problem_of_head(version->object)});
  std::ranges::sort(candidates_, [](const Candidate& a, const Candidate& b) {
    return content_of(a.version->object) < content_of(b.version->object);
  });
  if (candidates_.empty()) report("a " + std::to_string(status) + " came, and the origin never had anything there");
}

void ResponseAudit::bytes(std::span<const std::byte> bytes) {
  received_ += bytes.size();
  if (!has_content() || is_reported_) return;
  std::optional<Candidate> last;  // the one that was right for longest
  std::uint64_t wrong_at = 0;
  const OriginObject* compared = nullptr;  // known_ keeps it
  std::optional<std::uint64_t> foreign;
  for (auto it = candidates_.begin(); it != candidates_.end();) {
    const OriginObject& object = it->version->object;
    const bool again = compared != nullptr && content_of(*compared) == content_of(object);
    if (!again) foreign = first_foreign(bytes, object, position_);
    compared = &object;
    if (!foreign) {
      ++it;
      continue;
    }
    if (!last || *foreign > wrong_at) {
      last = std::move(*it);
      wrong_at = *foreign;
    }
    it = candidates_.erase(it);
  }
  if (candidates_.empty() && last) report_wrong_byte(*last, wrong_at, bytes.subspan(wrong_at - position_));
  position_ += bytes.size();
}

void ResponseAudit::report_wrong_byte(const Candidate& last, std::uint64_t at, std::span<const std::byte> bytes) {
  std::string what = "the byte at " + std::to_string(at) + " is not that of " + to_string(last.version->object) +
                     ", which the " + std::to_string(received_ - bytes.size()) + " bytes before it are of";
  constexpr std::size_t kSample = 16;
  const auto sample = bytes.first(std::min(bytes.size(), kSample));
  const auto other =
      std::ranges::find_if(known_, [&](const auto& version) { return !first_foreign(sample, version->object, at); });
  what += other == known_.end() ? "; no version has it there" : "; it is that of " + to_string((*other)->object);
  report(what + ": all bytes of a response must be of one version");
}

bool ResponseAudit::is_of(std::uint64_t seed, std::uint64_t offset) const {
  return has_content() && !is_reported_ && position_ == offset &&
         std::ranges::any_of(candidates_, [&](const Candidate& candidate) {
           return candidate.version->object.seed == seed && candidate.version->object.prefix.empty();
         });
}

std::string ResponseAudit::problem_of_validators(const OriginObject& object) const {
  for (const auto& [name, value] :
       {std::pair("ETag", &object.etag), std::pair("Last-Modified", &object.last_modified)}) {
    const std::string_view field = head_.field(name);
    if (!field.empty() && field != *value) {
      return std::string(name) + " is " + std::string(field) + " over the bytes of " + to_string(object) +
             ", whose is " + (value->empty() ? "none" : *value);
    }
  }
  return "";
}

std::string ResponseAudit::problem_of_head(const OriginObject& object) const {
  if (auto problem = problem_of_validators(object); !problem.empty()) return problem;
  if (status_ == 206) return problem_of_range(object);
  const std::string_view length = head_.field("Content-Length");
  if (!length.empty() && exact_number(length) != object.size) {
    return "Content-Length is " + std::string(length) + " over " + to_string(object);
  }
  return "";
}

std::string ResponseAudit::problem_of_range(const OriginObject& object) const {
  const OriginRange& range = *content_range_->range;
  if (content_range_->total && *content_range_->total != object.size) {
    return "Content-Range tells of " + std::to_string(*content_range_->total) + " bytes in all over " +
           to_string(object);
  }
  const auto asked = request_.range();
  if (!asked)
    return "a 206 came with " + to_string(range) + ", and no range was asked for: 200 with all would be right";
  // What is the origin's own answer may be less than was asked for, from the same beginning on (RFC 9110 15.3.7).
  const OriginRange wanted = asked->of(object.size);
  const bool is_forwarded = head_.field("X-Cache") == "BYPASS";
  const bool is_beginning = range.begin == wanted.begin && range.end <= wanted.end;
  if (wanted != range && !(is_forwarded && is_beginning)) {
    return "Content-Range tells of " + to_string(range) + "; of " + to_string(object) + " that request means " +
           to_string(wanted);
  }
  if (!request_.range_is_for(object)) {
    return "a 206 came of " + to_string(object) +
           ", which is not the version that If-Range names: 200 with all of it "
           "would be right";
  }
  const std::string_view length = head_.field("Content-Length");
  if (!length.empty() && exact_number(length) != range.size()) {
    return "Content-Length is " + std::string(length) + " over " + to_string(range);
  }
  return "";
}

std::string ResponseAudit::problem_of_length(const OriginObject& object, bool complete) const {
  if (!complete || request_.is_head()) return "";
  const std::uint64_t whole = status_ == 206 ? content_range_->range->size() : object.size;
  if (received_ == whole) return "";
  return "it ended as if it were complete after " + std::to_string(received_) + " bytes; of " + to_string(object) +
         " " + std::to_string(whole) + " would be right, or a connection that is visibly cut";
}

void ResponseAudit::end(bool complete, Elapsed at) {
  if (status_ == 0 || is_reported_) return;
  if (has_content()) return judge_content(complete, at);
  if (status_ == 304) return judge_not_modified(at);
  if (status_ == 416) return judge_unsatisfied(at);
  judge_status();
}

void ResponseAudit::judge_content(bool complete, Elapsed at) {
  Versions right;
  std::string problem;
  for (const Candidate& candidate : candidates_) {
    const OriginObject& object = candidate.version->object;
    const std::string why = candidate.problem.empty() ? problem_of_length(object, complete) : candidate.problem;
    if (why.empty()) right.push_back(candidate.version);
    // The head's word is the better one to tell of than a length that follows from it.
    if (problem.empty() || candidate.problem.empty()) problem = why;
  }
  if (right.empty()) return report(problem);
  require_fresh(std::move(right), at, "a " + std::to_string(status_));
}

void ResponseAudit::judge_not_modified(Elapsed at) {
  if (!request_.is_conditional()) {
    return report("a 304 came, and the client has nothing: it sent no If-None-Match and no If-Modified-Since");
  }
  Versions right;
  std::string problem = "a 304 came, and no version fits the condition: the origin had " + list_of(known_);
  for (const auto& version : known_) {
    if (!request_.has(version->object)) continue;
    const std::string why = problem_of_validators(version->object);
    if (why.empty()) right.push_back(version);
    if (!why.empty()) problem = "a 304 came whose " + why;
  }
  if (right.empty()) return report(problem);
  require_fresh(std::move(right), at, "a 304");
}

void ResponseAudit::judge_unsatisfied(Elapsed at) {
  const auto asked = request_.range();
  if (!asked) return report("a 416 came, and no range was asked for");
  // The origin's own word to this request, which nobody has put in its mouth.
  const bool is_forwarded = head_.field("X-Cache") == "BYPASS";
  if (is_forwarded && auditor_->has_answered(request_.url, status_, begin_)) return;
  Versions right;
  std::string problem = "a 416 came, and the origin never had anything there";
  for (const auto& version : known_) {
    const OriginObject& object = version->object;
    if (asked->of(object.size).size() > 0) {
      problem = "a 416 came, and the range lies in " + to_string(object);
    } else if (!content_range_ || content_range_->range || content_range_->total != object.size) {
      problem = "a 416 came with the Content-Range \"" + std::string(head_.field("Content-Range")) + "\"; for " +
                to_string(object) + " \"bytes */" + std::to_string(object.size) + "\" would be right";
    } else {
      right.push_back(version);
    }
  }
  if (right.empty()) return report(problem);
  require_fresh(std::move(right), at, "a 416");
}

void ResponseAudit::judge_status() {
  const std::string& host = request_.url.host;
  const bool is_own = std::ranges::find(kOwnStatuses, status_) != kOwnStatuses.end();
  if (is_own) return;
  if (status_ == 403 && !auditor_->is_served(host)) return;
  if (status_ == 404 && host.empty()) return;
  if (request_.readable && auditor_->has_answered(request_.url, status_, begin_)) return;
  report("the status " + std::to_string(status_) + " came, which the origin did not give to this request (host, path " +
         "and query) and which is not the cache's own to give");
}

void ResponseAudit::report(const std::string& what) {
  is_reported_ = true;
  auditor_->report(to_string(request_) + ", begun at " + to_string(begin_) + ": " + what);
}

void ResponseAudit::require_fresh(Versions versions, Elapsed at, const std::string& what) {
  auditor_->require_fresh({to_string(request_) + ", begun at " + to_string(begin_) + ": " + what + " came of ",
                           request_.url, begin_, at, std::move(versions)});
}

}  // namespace larder::support
