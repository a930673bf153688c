// The pages for people with a browser: what this is, approving a device, accepting an invitation.
#include "endpoints/all_routes.h"
#include "endpoints/embedded.h"

namespace larder::endpoints {
namespace {

using api::Call;
using api::Mode;
using api::Needs;
using api::Response;
using api::RouteTable;
using ledger::Result;

constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kScript = "text/javascript; charset=utf-8";

api::Handler serve(std::string_view content_type, std::string_view body) {
  return [content_type, body](Call&) -> Result<Response> {
    Response response;
    response.content_type = content_type;
    response.text = body;
    response.with("Content-Security-Policy",
                  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
                  "form-action 'self'; frame-ancestors 'none'");
    response.with("Referrer-Policy", "no-referrer");
    response.with("Cache-Control", "no-cache");
    return response;
  };
}

void add_page(RouteTable& table, std::string_view path, std::string_view content_type, std::string_view body) {
  table.add({.method = "GET",
             .path = path,
             .needs = Needs::kNothing,
             .scope = std::nullopt,
             .mode = Mode::kNone,
             .handler = serve(content_type, body)});
}

}  // namespace

void add_page_routes(RouteTable& table) {
  add_page(table, "//", kHtml, embedded::front_html);
  add_page(table, "//device", kHtml, embedded::device_html);
  add_page(table, "//device.js", kScript, embedded::device_js);
  add_page(table, "//invitation", kHtml, embedded::invitation_html);
  add_page(table, "//invitation.js", kScript, embedded::invitation_js);
  add_page(table, "//pages.js", kScript, embedded::pages_js);
  add_page(table, "//pages.css", "text/css; charset=utf-8", embedded::pages_css);
}

}  // namespace larder::endpoints
