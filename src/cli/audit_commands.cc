#include <fstream>
#include <ostream>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/list_view.h"
#include "cli/lookup.h"
#include "command_line/quantity.h"
#include "core/json_at.h"
#include "terminal/printable.h"

namespace larder::cli {
namespace {

constexpr std::size_t kUsualCount = 100;

struct AuditOptions {
  std::string organisation;
  std::string action;
  std::string actor;
  std::string object;
  std::string from;
  std::string to;
  std::string limit;
  std::string format = "jsonl";
  std::string output = "-";

  void add_to(Command command) {
    command.option("--org", organisation, "ORGANISATION", "Only of this organisation");
    command.option("--action", action, "ACTION", "Only this action: node.create");
    command.option("--actor", actor, "USER", "Only by this person: id, or e-mail address (admins)");
    command.option("--object", object, "ID", "Only what was done to this object");
    command.option("--from", from, "TIME", "Not before: 2026-12-01, 2026-12-01T03:00Z");
    command.option("--to", to, "TIME", "Not after");
  }
};

Result<Fields> filters_of(Context& context, const AuditOptions& options) {
  Fields filters = {{"action", options.action}, {"object", options.object}, {"actor", options.actor}};
  TRY_VOID(filter_by_organisation(context, options.organisation, filters));
  if (!options.actor.empty() && !is_id(options.actor)) {
    TRY(const Found actor, find_user(context, options.actor));
    filters[2].second = actor.id;
  }
  if (!options.from.empty()) {
    TRY(const std::string time, command_line::parse_time(options.from));
    filters.emplace_back("from", time);
  }
  if (!options.to.empty()) {
    TRY(const std::string time, command_line::parse_time(options.to));
    filters.emplace_back("to", time);
  }
  return filters;
}

// "max_egress_mbps: 100 -> 200": the members that differ.
std::string change_text(const boost::json::value& entry) {
  const auto* before = find_at(entry, "/before");
  const auto* after = find_at(entry, "/after");
  if (before == nullptr || after == nullptr || !before->is_object() || !after->is_object()) return "";
  std::string text;
  for (const auto& member : after->get_object()) {
    const auto* old = before->get_object().if_contains(member.key());
    if (old != nullptr && *old == member.value()) continue;
    const std::string from = old == nullptr ? "" : text_at(*old, "");
    text += fmt::format("{}{}: {} -> {}", text.empty() ? "" : "; ", std::string_view(member.key()), from,
                        text_at(member.value(), ""));
  }
  return text;
}

// Whoever has not proven who they are is told apart from whom they say they are.
std::string who_text(const boost::json::value& entry) {
  const std::string claims = text_at(entry, "/actor/claims");
  return text_at(entry, "/actor/name") + (claims.empty() ? "" : " (says: " + claims + ")");
}

Result<> list_audit(Context& context, const AuditOptions& options) {
  TRY(const std::size_t limit, parse_limit(options.limit, context.globals().json ? 0 : kUsualCount));
  TRY(const Fields filters, filters_of(context, options));
  TRY(Portal & portal, context.portal());
  TRY(const auto items, portal.list("/audit", filters, limit));
  show_list(context, items,
            {time_column("AT", "/at"),
             {"ACTION", "/action"},
             text_column("OBJECT", "/object/name", Fit::kCut),
             {"WHO", "", [](const boost::json::value& entry) -> Cell { return who_text(entry); }, Fit::kCut},
             text_column("ORGANISATION", "/organisation/name", Fit::kSpare),
             text_column("FROM", "/address", Fit::kSpare),
             {"CHANGE", "", [](const boost::json::value& entry) -> Cell { return change_text(entry); }, Fit::kWrap}},
            "Nothing such was done.");
  if (!context.globals().json && options.limit.empty() && items.size() == limit) {
    context.say(fmt::format("The latest {} are shown; --limit shows more, `larder audit export` all.", limit));
  }
  return {};
}

// On a terminal what others wrote is made printable, line by line; to anything else it goes as it is.
class TerminalLines {
 public:
  explicit TerminalLines(std::ostream& out) : out_(out) {}
  void write(std::string_view bytes) {
    text_ += bytes;
    for (std::size_t end = text_.find('\n'); end != std::string::npos; end = text_.find('\n')) {
      out_ << terminal::printable(std::string_view(text_).substr(0, end)) << '\n';
      text_.erase(0, end + 1);
    }
  }

 private:
  std::ostream& out_;
  std::string text_;
};

Result<> export_to(Context& context, const AuditOptions& options, std::ostream& out, bool is_terminal) {
  TRY(Fields filters, filters_of(context, options));
  filters.emplace_back("format", options.format);
  TRY(Portal & portal, context.portal());
  TerminalLines lines(out);
  auto done = portal.download("/audit/export", filters, [&](std::string_view bytes) {
    if (is_terminal) {
      lines.write(bytes);
    } else {
      out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
    return out.good();
  });
  out.flush();
  if (!out) return give_up(ExitCode::kUsage, "Cannot write {}.", options.output == "-" ? "the answer" : options.output);
  return done;
}

Result<> export_audit(Context& context, const AuditOptions& options) {
  if (options.output == "-") {
    return export_to(context, options, context.console().out, context.console().out_is_terminal);
  }
  std::ofstream file(options.output, std::ios::binary | std::ios::trunc);
  if (!file) return give_up(ExitCode::kUsage, "Cannot write {}.", options.output);
  return export_to(context, options, file, false);
}

}  // namespace

void add_audit_commands(Command root) {
  Command noun = root.add("audit", "What was changed, when, by whom");

  auto listed = std::make_shared<AuditOptions>();
  Command list = noun.add("list", "Lists the latest changes");
  listed->add_to(list);
  list.option("--limit", listed->limit, "COUNT", "How many (default 100; with --json all)");
  list.runs([listed](Context& context) { return list_audit(context, *listed); });

  auto exported = std::make_shared<AuditOptions>();
  Command export_command = noun.add("export", "Writes all changes, oldest first");
  exported->add_to(export_command);
  export_command.option("--format", exported->format, "FORMAT", "jsonl (default) or csv").one_of({"jsonl", "csv"});
  export_command.option("--output", exported->output, "FILE", "Where to (default: standard output)");
  export_command.runs([exported](Context& context) { return export_audit(context, *exported); });
}

}  // namespace larder::cli
