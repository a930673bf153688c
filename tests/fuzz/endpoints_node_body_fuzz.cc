// JSON bodies, read as the form of a cache node: nothing crashes, and what is wrong has a pointer and a reason.
#include <cstddef>
#include <cstdint>
#include <string>

#include "api/form.h"
#include "api/json_body.h"
#include "core/check.h"
#include "endpoints/node_form.h"
#include "fleet/node_rules.h"

using namespace larder;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  api::Request request;
  request.method = "POST";
  request.fields = {{"Content-Type", "application/json"}};
  request.body.assign(reinterpret_cast<const char*>(data), size);
  const auto body = api::read_json_body(request);
  if (!body) {
    CHECK(api::to_response(body.error()).status == 400, "what is no JSON is malformed");
    return 0;
  }
  ledger::FieldProblems problems;
  api::Form form(*body, problems);
  fleet::NodeWish wish;
  endpoints::read_node_form(form, problems, wish);
  form.refuse_unknown();
  fleet::check_node_settings(wish.settings, {ledger::OrganisationKind::kIsp, false}, problems);
  for (const auto& problem : problems.list()) {
    CHECK(problem.pointer.starts_with('/') && !problem.detail.empty(), "a problem says where and what");
  }
  const auto verdict = problems.verdict();
  CHECK(verdict.has_value() == problems.empty(), "wrong fields are a problem");
  if (!verdict) CHECK(api::to_response(verdict.error()).status == 422, "and the client is told so");
  return 0;
}
