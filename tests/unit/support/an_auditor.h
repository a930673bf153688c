// AnAuditor: what one is told of an origin and of its clients, in short words.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "support/auditor.h"
#include "support/content.h"

namespace larder::support {

using namespace std::chrono_literals;

inline constexpr std::uint64_t kLength = 5'000'000;
inline const Url kUrl = {.host = "a.example.com", .path = "/a.bin", .query = ""};

inline OriginObject version(std::uint64_t n, std::uint64_t size = kLength) {
  return {.seed = n,
          .size = size,
          .etag = "\"v" + std::to_string(n) + "\"",
          .last_modified = "Fri, 0" + std::to_string(n) + " Jan 2026 03:04:05 GMT"};
}

inline std::string bytes_of(const OriginObject& object, std::uint64_t begin, std::uint64_t end) {
  std::string bytes(end - begin, '\0');
  fill(std::as_writable_bytes(std::span(bytes)), object.seed, begin);
  for (std::uint64_t at = begin; at < end && at < object.prefix.size(); ++at) bytes[at - begin] = object.prefix[at];
  return bytes;
}

// Response: what a client gets.
struct Response {
  int status = 200;
  std::vector<Field> fields;
  std::string body;
  bool complete = true;
};

// What a good cache sends of `object`.
inline Response whole(const OriginObject& object) {
  return {.status = 200,
          .fields = {{"ETag", object.etag},
                     {"Last-Modified", object.last_modified},
                     {"Content-Length", std::to_string(object.size)}},
          .body = bytes_of(object, 0, object.size)};
}

inline Response part(const OriginObject& object, std::uint64_t begin, std::uint64_t end) {
  const std::string range = std::to_string(begin) + "-" + std::to_string(end - 1) + "/" + std::to_string(object.size);
  return {.status = 206,
          .fields = {{"ETag", object.etag}, {"Content-Range", "bytes " + range}},
          .body = bytes_of(object, begin, end)};
}

inline Response bare(int status, std::vector<Field> fields = {}) {
  return {.status = status, .fields = std::move(fields), .body = ""};
}

inline Response with(Response response, const std::string& name, const std::string& value) {
  std::erase_if(response.fields, [&](const Field& field) { return field.name == name; });
  response.fields.push_back({name, value});
  return response;
}

class AnAuditor : public testing::Test {
 protected:
  AnAuditor() {
    auditor_.serves(kUrl.host);
    auditor_.published(kUrl, version(1), 0s);
  }

  void respond(const ClientRequest& request, const Response& response, Elapsed begin = 10s, Elapsed end = 11s) {
    ResponseAudit audit = auditor_.open(request, begin);
    audit.head(response.status, response.fields);
    // In pieces, as they come.
    auto bytes = std::as_bytes(std::span(response.body));
    while (!bytes.empty()) {
      const auto piece = bytes.first(std::min<std::size_t>(bytes.size(), 100'000));
      audit.bytes(piece);
      bytes = bytes.subspan(piece.size());
    }
    audit.end(response.complete, end);
  }
  static ClientRequest get(std::vector<Field> fields = {}) { return {.url = kUrl, .fields = std::move(fields)}; }
  static ClientRequest range(const std::string& range) { return get({{"Range", "bytes=" + range}}); }

  void expect_none() {
    for (const std::string& verdict : auditor_.verdicts()) ADD_FAILURE() << verdict;
  }
  /// One violation, which says this.
  void expect_found(const std::string& text) {
    const auto verdicts = auditor_.verdicts();
    ASSERT_EQ(verdicts.size(), 1u) << text;
    EXPECT_TRUE(verdicts[0].contains(text)) << verdicts[0];
  }

  Auditor auditor_;
};

}  // namespace larder::support
