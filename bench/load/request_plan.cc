#include "bench/load/request_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace larder::bench {

void RequestPlan::next(PlannedRequest& request) {
  const auto offset = workload_.in_order ? issued_ % workload_.objects : pick(workload_.objects);
  ++issued_;

  request.text = "GET ";
  const auto hole = workload_.target.find("{}");
  if (hole == std::string::npos) {
    request.text += workload_.target;
  } else {
    request.text.append(workload_.target, 0, hole);
    fmt::format_to(std::back_inserter(request.text), "{}", workload_.first + offset);
    request.text.append(workload_.target, hole + 2);
  }
  fmt::format_to(std::back_inserter(request.text), " HTTP/1.1\r\nHost: {}\r\n", workload_.host);

  request.status = 200;
  request.body_bytes = workload_.size;
  request.range_start.reset();
  if (workload_.range_size > 0) {
    const auto ranges = (workload_.size + workload_.range_size - 1) / workload_.range_size;
    const auto start = pick(ranges) * workload_.range_size;
    const auto end = std::min(start + workload_.range_size, workload_.size);
    fmt::format_to(std::back_inserter(request.text), "Range: bytes={}-{}\r\n", start, end - 1);
    request.status = 206;
    request.body_bytes = end - start;
    request.range_start = start;
  }
  request.text += "\r\n";
}

}  // namespace larder::bench
