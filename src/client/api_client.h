// ApiClient: the portal's API: one method for each kind of thing that is done with it, with its retries.
//
// Threads    one.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "client/failure.h"
#include "client/http.h"
#include "client/portal_url.h"

namespace larder::client {

struct Reply {
  int status = 0;
  boost::json::value body;  // null if there is none
  std::string etag;
};

class ApiClient {
 public:
  struct Options {
    PortalUrl portal;
    std::string token;  // "": nobody is signed in
    std::string ca_certificate;
    std::function<void(std::chrono::milliseconds)> pause;
    std::chrono::milliseconds time_out = std::chrono::seconds(60);  // of each request
    bool retries = true;                                            // false: nothing is sent again
  };
  explicit ApiClient(Options options);

  const PortalUrl& portal() const { return options_.portal; }
  /// From the answer of POST /session: sent with everything that changes something.
  void use_csrf_token(std::string token) { csrf_token_ = std::move(token); }

  // `path` is below /api/v1 and encoded already (path_of); `query` are its decoded parameters, empty ones are left out.

  Result<Reply> get(const std::string& path, const Fields& query = {});
  /// Waits up to `patience` for another version than `etag`. status 304: there was none.
  Result<Reply> wait_for_change(const std::string& path, const std::string& etag, std::chrono::seconds patience);
  /// All pages, up to `most` items (0: all).
  Result<boost::json::array> list(const std::string& path, Fields query = {}, std::size_t most = 0);
  /// POST with an Idempotency-Key.
  Result<Reply> create(const std::string& path, const boost::json::object& body);
  /// POST of a decision or a question: sent once.
  Result<Reply> post(const std::string& path, const boost::json::object& body);
  Result<Reply> put(const std::string& path, const boost::json::object& body);
  Result<Reply> patch(const std::string& path, const boost::json::object& body, const std::string& etag);
  /// `etag`: only this version; "": whichever there is.
  Result<Reply> remove(const std::string& path, const boost::json::object& body = {}, const std::string& etag = "");
  /// Hands the body of an answer to `sink` as it comes; false from it stops.
  Result<> download(const std::string& path, const Fields& query, std::function<bool(std::string_view)> sink);
  /// A form instead of JSON; the answer whatever its status. Errors: kUnreachable.
  Result<HttpResponse> post_form(const std::string& path, const Fields& form);

 private:
  HttpRequest request(std::string method, const std::string& path, const boost::json::object* body = nullptr) const;
  Result<HttpResponse> send(const HttpRequest& request, bool is_repeatable);
  Result<Reply> ask(const HttpRequest& request, bool is_repeatable);
  Failure no_portal() const;
  Failure unreachable(const HttpError& error, bool changes) const;

  Options options_;
  Http http_;
  std::string csrf_token_;
};

/// "/nodes/" and the encoded `id`, and whatever follows.
std::string path_of(std::string_view collection, std::string_view id, std::string_view rest = "");

}  // namespace larder::client
