// IpSpaceConfig: from how many addresses on blocks are not approved by themselves: [ip_space] of the configuration.
#pragma once

#include <cstddef>
#include <cstdint>

namespace larder::space {

struct IpSpaceConfig {
  std::int64_t review_above = 50'000;      // addresses of an organisation's nodes (of IPv6: /56 networks)
  std::int64_t absurd_above = 16'777'216;  // of them, those that nobody has approved: need attention at once
  std::size_t blocks_per_node = 10'000;
};

}  // namespace larder::space
