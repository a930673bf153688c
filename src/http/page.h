// Page: a small response that is there as a whole: status pages, metrics.
#pragma once

#include <string>

#include "core/task.h"
#include "http/server_session.h"

namespace larder::http {

struct Page {
  // A constructor, so that no temporary of it is an aggregate (docs/decisions/0003-coroutines.md).
  Page(int page_status, std::string page_content_type, std::string page_body)
      : status(page_status), content_type(std::move(page_content_type)), body(std::move(page_body)) {}
  /// As text/plain.
  static Page text(int status, std::string body) { return {status, "text/plain; charset=utf-8", std::move(body)}; }

  int status;
  std::string content_type;
  std::string body;
  std::string allow = "GET, HEAD";  // of a 405
};

/// Writes the response; for HEAD without its body. A reader that takes it too slowly is cut off.
Task<Persistence> send_page(Exchange& exchange, const Page& page);

/// "/healthz" of "/healthz?x" and of "http://host/healthz".
std::string_view path_of(std::string_view target);

}  // namespace larder::http
