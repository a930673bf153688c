// PlanRunner: carries a plan out, one request a step, each for the version that the plan was made from. The first step
// that is refused ends it.
#pragma once

#include <boost/json/array.hpp>
#include <cstddef>
#include <map>
#include <string>

#include "apply/plan.h"
#include "cli/context.h"
#include "cli/lookup.h"

namespace larder::cli {

class PlanRunner {
 public:
  /// All must outlive it. `file`: what the file is called.
  PlanRunner(Context& context, Portal& portal, const Found& organisation, std::string file)
      : context_(context), portal_(portal), organisation_(organisation), file_(std::move(file)) {}

  /// Errors: that of the step that was refused, with what was done before it and what was not done.
  Result<> run(const apply::Plan& plan);

  /// The steps as JSON, each with `result`: done, failed, not done.
  boost::json::array results(const apply::Plan& plan) const;

 private:
  Result<> carry_out(const apply::Step& step);
  Result<Reply> ask(const apply::Step& step);
  Result<Reply> create(const apply::Step& step, const RequestBody& body);
  RequestBody body_of(const apply::Step& step) const;
  Failure stopped(const apply::Plan& plan, Failure failure) const;

  Context& context_;
  Portal& portal_;
  const Found& organisation_;
  std::string file_;
  std::map<std::string, std::string> made_;   // ids of new resources, by name
  std::map<std::string, std::string> etags_;  // of what was changed by an earlier step, by id
  std::size_t done_ = 0;                      // steps
  bool has_failed_ = false;
};

}  // namespace larder::cli
