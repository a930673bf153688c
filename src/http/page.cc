#include "http/page.h"

#include <span>

#include "http/head_writer.h"
#include "http/request_target.h"
#include "net/loop_time.h"

namespace larder::http {
namespace {

// A reader that takes this long for a page of some kilobytes is gone.
constexpr auto kPatience = std::chrono::seconds(20);

}  // namespace

Task<Persistence> send_page(Exchange& exchange, const Page& page) {
  std::string out;
  HeadWriter head(out);
  head.status(page.status).field("Content-Type", page.content_type);
  head.field("Content-Length", page.body.size()).field("Cache-Control", "no-store");
  if (page.status == 405) head.field("Allow", page.allow);
  if (!exchange.stays_open()) head.field("Connection", "close");
  head.finish();
  if (exchange.head.method != Method::kHead) out += page.body;
  exchange.stream.expire_at(net::LoopTime::of(co_await asio::this_coro::executor).now() + kPatience);
  const auto sent = co_await exchange.stream.write_all(std::as_bytes(std::span(out)));
  co_return sent ? Persistence::kKeep : Persistence::kAbort;
}

std::string_view path_of(std::string_view target) { return path_and_query(target).first; }

}  // namespace larder::http
