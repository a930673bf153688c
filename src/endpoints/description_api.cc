// GET /openapi.json: the description of the API, as docs/api/openapi.json has it.
#include "api/route.h"
#include "endpoints/all_routes.h"
#include "endpoints/embedded.h"
#include "http/etag.h"
#include "ledger/secret.h"

namespace larder::endpoints {
namespace {

using api::Call;
using api::Response;
using api::RouteTable;

constexpr std::size_t kTagDigits = 32;

const std::string& description_tag() {
  static const std::string tag = '"' + ledger::hash_secret(embedded::openapi_json).substr(0, kTagDigits) + '"';
  return tag;
}

ledger::Result<Response> get_description(Call& call) {
  Response response;
  response.with("ETag", description_tag());
  const std::string* known = call.request.field("If-None-Match");
  if (known != nullptr && http::list_has(*known, {.weak = false, .opaque = description_tag()}, true)) {
    response.status = 304;
    return response;
  }
  response.content_type = "application/json";
  response.text = embedded::openapi_json;
  return response;
}

}  // namespace

void add_description_routes(RouteTable& table) {
  table.add({.method = "GET",
             .path = "/openapi.json",
             .needs = api::Needs::kNothing,
             .scope = std::nullopt,
             .mode = api::Mode::kNone,
             .handler = get_description});
}

}  // namespace larder::endpoints
