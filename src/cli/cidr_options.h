// CidrOptions: address blocks as they come from a command line: --cidr, repeated or with commas, and --cidr-file.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/context.h"
#include "cli/request_body.h"

namespace larder::cli {

struct CidrOptions {
  Words blocks;
  Words files;
  bool aggregate = false;  // the fewest blocks of the same addresses are sent

  void add_to(Command command);
  bool given() const { return !blocks.empty() || !files.empty(); }
};

struct CidrBlock {
  std::string prefix;
  std::string origin;  // "--cidr", "blocks.txt line 7"
};

/// All blocks that were named, in order; "none" alone is an empty list. Errors: kUsage (a file cannot be read).
Result<std::vector<CidrBlock>> read_blocks(Context& context, const CidrOptions& options);

/// Sets cidr_blocks, with the origin of each.
void set_blocks(RequestBody& body, const std::vector<CidrBlock>& blocks);

}  // namespace larder::cli
