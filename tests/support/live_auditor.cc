#include "support/live_auditor.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <span>

#include "support/message_head.h"

namespace larder::support {
namespace {

Url content_at(std::string_view path) {
  return {.host = "", .path = std::string(path.substr(0, path.find('?'))), .query = ""};
}

// Where a Location leads, as far as a FakeOrigin's objects tell apart: its path.
std::string_view path_of(std::string_view location) {
  const std::size_t scheme = location.find("//");
  if (scheme != std::string_view::npos) {
    location.remove_prefix(scheme + 2);
    location.remove_prefix(std::min(location.find('/'), location.size()));
  }
  return location;
}

}  // namespace

void LiveAuditor::exchanged(std::string_view request, std::string_view response) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  ResponseAudit audit = open(request.substr(0, request.find(kEnd)));
  const std::size_t end = std::min(response.find(kEnd), response.size());
  const auto head = parse_message_head(response.substr(0, end));
  int status = 0;
  if (head && head->first_line.size() > 12) {
    std::from_chars(head->first_line.data() + 9, head->first_line.data() + 12, status);
  }
  if (status == 0) return;
  const auto body = std::as_bytes(std::span(response.substr(std::min(end + kEnd.size(), response.size()))));
  audit.head(status, head->fields);
  audit.bytes(body);
  audit.end(head->field("Content-Length") == std::to_string(body.size()), now());
}

void LiveAuditor::published(const std::string& path, const OriginObject& object) {
  auditor_.published(content_at(path), object, now());
}

void LiveAuditor::removed(const std::string& path) { auditor_.removed(content_at(path), now()); }

void LiveAuditor::given(const OriginRequest& request, const OriginObject& object) {
  auditor_.given(content_at(request.path), object, now());
}

void LiveAuditor::answered(const OriginRequest& request, int status, std::string_view location) {
  auditor_.answered({origin_of(request.head.field("Host")), request.path, request.query}, status, now());
  if (!location.empty()) auditor_.redirected(content_at(request.path), content_at(path_of(location)));
  if (status >= 500) failed(request);
}

void LiveAuditor::sent(const OriginRequest& request, const OriginObject& object, const OriginRange& bytes) {
  // Of what was asked for: an origin that sends everything whatever it is asked is not the cache's fault.
  OriginRange asked = bytes;
  if (request.range) asked = {std::max(bytes.begin, request.range->begin), std::min(bytes.end, request.range->end)};
  if (asked.begin < asked.end) auditor_.sent(content_at(request.path), object, asked.begin, asked.end);
}

void LiveAuditor::failed(const OriginRequest& request) { auditor_.out(content_at(request.path), now(), now()); }

}  // namespace larder::support
