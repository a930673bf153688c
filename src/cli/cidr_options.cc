#include "cli/cidr_options.h"

#include "cli/block_list.h"
#include "cli/input_file.h"
#include "command_line/quantity.h"

namespace larder::cli {
namespace {

constexpr std::size_t kMostMebibytes = 4;

Result<std::string> read_list(Context& context, const std::string& file) {
  TRY(std::string list, read_input(context, "--cidr-file", file, kMostMebibytes));
  if (list.starts_with("\xEF\xBB\xBF")) list.erase(0, 3);  // a byte order mark, from an editor on Windows
  return list;
}

}  // namespace

void CidrOptions::add_to(Command command) {
  command.option("--cidr", blocks, "PREFIX", "Address block that the node serves; repeatable, or with commas");
  command.option(
      "--cidr-file", files, "FILE",
      "Address blocks from a file (- is standard input): a list, or a table with a header; # begins a comment");
  command.flag("--aggregate", aggregate,
               "Send the fewest blocks with the same addresses: joins blocks that touch or lie in others, and ranges");
}

Result<std::vector<CidrBlock>> read_blocks(Context& context, const CidrOptions& options) {
  std::vector<CidrBlock> found;
  for (const std::string& list : options.blocks) {
    for (const command_line::ListedPart& part : split_blocks(list)) found.push_back({part.text, "--cidr"});
  }
  for (const std::string& file : options.files) {
    TRY(const std::string text, read_list(context, file));
    const auto parts = split_blocks(text);
    // A pipe whose other end failed must not take all blocks away.
    if (parts.empty()) return give_up(ExitCode::kUsage, "--cidr-file {}: there is no address block in it", file);
    for (const command_line::ListedPart& part : parts) {
      found.push_back({part.text, fmt::format("{} line {}:", file == "-" ? "standard input" : file, part.line)});
    }
  }
  if (found.size() == 1 && found.front().prefix == "none") found.clear();
  return options.aggregate ? aggregated(found) : found;
}

void set_blocks(RequestBody& body, const std::vector<CidrBlock>& blocks) {
  boost::json::array prefixes;
  for (const CidrBlock& block : blocks) {
    body.note(fmt::format("/cidr_blocks/{}", prefixes.size()), block.origin);
    prefixes.emplace_back(block.prefix);
  }
  body.set("cidr_blocks", std::move(prefixes), "--cidr");
}

}  // namespace larder::cli
