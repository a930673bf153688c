#include "cli/plan_runner.h"

#include <string_view>
#include <utility>
#include <vector>

#include "apply/plan_view.h"
#include "cli/request_body.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

using apply::Action;
using apply::Step;

std::string_view done_word(Action action) {
  switch (action) {
    case Action::kCreate: return "created";
    case Action::kChange: return "changed";
    case Action::kDelete: return "deleted";
  }
  return "";
}

std::string collection_of(const Step& step) { return step.is_node ? "/nodes" : "/resources"; }

}  // namespace

Result<> PlanRunner::run(const apply::Plan& plan) {
  for (const Step& step : plan.steps) {
    auto done = carry_out(step);
    if (!done) {
      has_failed_ = true;
      return std::unexpected(stopped(plan, std::move(done).error()));
    }
    ++done_;
    if (!context_.globals().json) context_.say(fmt::format("{}: {}", step.target(), done_word(step.action)));
  }
  return {};
}

boost::json::array PlanRunner::results(const apply::Plan& plan) const {
  boost::json::array results;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    boost::json::object step = apply::to_json(plan.steps[i]);
    const bool failed = has_failed_ && i == done_;
    step["result"] = i < done_ ? "done" : failed ? "failed" : "not done";
    results.push_back(std::move(step));
  }
  return results;
}

Result<> PlanRunner::carry_out(const Step& step) {
  TRY(const Reply reply, ask(step));
  if (step.action == Action::kChange) etags_[step.id] = reply.etag;
  if (step.action == Action::kCreate && !step.is_node) made_[step.resource] = text_at(reply.body, "/id");
  return {};
}

Result<Reply> PlanRunner::ask(const Step& step) {
  const RequestBody body = body_of(step);
  if (step.action == Action::kCreate) return create(step, body);
  const std::string path = path_of(collection_of(step), step.id);
  const auto known = etags_.find(step.id);
  const std::string& etag = known == etags_.end() ? step.etag : known->second;
  return step.action == Action::kChange ? portal_.patch(path, body, etag) : portal_.remove(path, body, etag);
}

Result<Reply> PlanRunner::create(const Step& step, const RequestBody& body) {
  if (!step.is_node) return portal_.create(path_of("/organisations", organisation_.id, "/resources"), body);
  const auto made = made_.find(step.resource);
  const std::string& resource = made == made_.end() ? step.resource_id : made->second;
  return portal_.create(path_of("/resources", resource, "/nodes"), body);
}

RequestBody PlanRunner::body_of(const Step& step) const {
  RequestBody body(step.body);
  body.of_file();
  for (const auto& [pointer, place] : step.places) {
    body.note(pointer, fmt::format("{} line {}: {}", file_, place.line, place.key));
  }
  return body;
}

Failure PlanRunner::stopped(const apply::Plan& plan, Failure failure) const {
  const Step& refused = plan.steps[done_];
  failure.text = fmt::format("{} was not {}: {}", refused.target(), done_word(refused.action), failure.text);
  const auto add = [&](std::string_view title, std::size_t first, std::size_t end) {
    failure.lines.push_back(fmt::format("{}{}", title, first == end ? " nothing" : ""));
    for (std::size_t i = first; i < end; ++i) failure.lines.push_back("  " + apply::headline(plan.steps[i]));
  };
  add("Done before:", 0, done_);
  add("Not done:", done_, plan.steps.size());
  failure.lines.emplace_back("Once that is put right, apply it again: it goes on from there.");
  failure.details["steps"] = results(plan);
  return failure;
}

}  // namespace larder::cli
