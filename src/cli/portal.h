// Portal: the portal as commands ask it: client::ApiClient, with bodies that remember which options they came from, and
// with failures that are told by them.
//
// Threads    one.
#pragma once

#include <boost/json/array.hpp>
#include <chrono>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "cli/failure.h"
#include "cli/refusal.h"
#include "cli/request_body.h"
#include "client/api_client.h"

namespace larder::cli {

using client::Fields;
using client::path_of;
using client::Reply;

class Portal {
 public:
  /// `if_refused`: said if the token is not taken; "": to sign in.
  explicit Portal(client::ApiClient::Options options, std::string if_refused = "")
      : api_(std::move(options)), if_refused_(std::move(if_refused)) {}

  const client::PortalUrl& url() const { return api_.portal(); }
  /// For what client/ does with more than one request: tell() tells what comes of it.
  client::ApiClient& api() { return api_; }

  // As in client::ApiClient.

  Result<Reply> get(const std::string& path, const Fields& query = {}) { return tell(api_.get(path, query)); }
  Result<Reply> wait_for_change(const std::string& path, const std::string& etag, std::chrono::seconds patience) {
    return tell(api_.wait_for_change(path, etag, patience));
  }
  Result<boost::json::array> list(const std::string& path, Fields query = {}, std::size_t most = 0) {
    return tell(api_.list(path, std::move(query), most));
  }
  Result<Reply> create(const std::string& path, const RequestBody& body) {
    return tell(api_.create(path, body.object()), body);
  }
  Result<Reply> post(const std::string& path, const RequestBody& body) {
    return tell(api_.post(path, body.object()), body);
  }
  Result<Reply> put(const std::string& path, const RequestBody& body) {
    return tell(api_.put(path, body.object()), body);
  }
  Result<Reply> patch(const std::string& path, const RequestBody& body, const std::string& etag) {
    return tell(api_.patch(path, body.object(), etag), body);
  }
  Result<Reply> remove(const std::string& path, const RequestBody& body = {}, const std::string& etag = "") {
    return tell(api_.remove(path, body.object(), etag), body);
  }
  Result<> download(const std::string& path, const Fields& query, std::function<bool(std::string_view)> sink) {
    return tell(api_.download(path, query, std::move(sink)));
  }

  /// `result`, its failure told as if `body` had been sent.
  template <class T>
  Result<T> tell(client::Result<T> result, const RequestBody& body = {}) const {
    if (!result) return std::unexpected(refusal(result.error(), body, url().text, if_refused_));
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      return *std::move(result);
    }
  }

 private:
  client::ApiClient api_;
  std::string if_refused_;
};

}  // namespace larder::cli
