// names: what completion offers where something is named.
#include <algorithm>
#include <array>
#include <set>

#include "cli/commands.h"
#include "cli/context.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

constexpr std::size_t kMostNames = 500;

struct Named {
  std::string_view kind;
  std::string_view collection;
  std::string_view key;
  bool is_searched;  // takes ?q
};
constexpr std::array<Named, 5> kNamed = {{{"nodes", "/nodes", "/name", true},
                                          {"organisations", "/organisations", "/name", true},
                                          {"resources", "/resources", "/name", true},
                                          {"users", "/users", "/email", true},
                                          {"tokens", "/account/tokens", "/name", false}}};

struct NamesOptions {
  std::string kind;
  std::string query;
};

Result<> list_names(Context& context, const NamesOptions& options) {
  const auto* named = std::ranges::find(kNamed, options.kind, &Named::kind);
  if (named == kNamed.end()) return give_up(ExitCode::kUsage, "There are no names of {}.", options.kind);
  context.hurry();
  TRY(Portal & portal, context.portal());
  Fields filters;
  if (named->is_searched) filters.emplace_back("q", options.query);
  TRY(const auto items, portal.list(std::string(named->collection), filters, kMostNames));
  std::set<std::string> names;
  for (const auto& item : items) names.insert(text_at(item, named->key));
  if (context.globals().json) {
    context.print_json(boost::json::array(names.begin(), names.end()));
  } else {
    for (const std::string& name : names) context.print_line(name);
  }
  return {};
}

}  // namespace

void add_names_command(Command root) {
  auto [command, options] = add(root, "names", "Lists names, one a line: what completion offers", list_names);
  command.argument("KIND", options->kind, "nodes, organisations, resources, users or tokens")
      .required()
      .one_of({"nodes", "organisations", "resources", "users", "tokens"});
  command.option("--query", options->query, "TEXT", "Only those that hold this");
}

}  // namespace larder::cli
