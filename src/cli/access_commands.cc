// access: requests of organisations that want to use the portal.
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/list_view.h"
#include "cli/lookup.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

struct AccessOptions {
  std::string state = "open";
  std::string request;
  std::string reason;
};

// The id of a request that is named by it or by the organisation that asks.
Result<std::string> find_request(Context& context, const std::string& name) {
  if (is_id(name)) return name;
  TRY(Portal & portal, context.portal());
  TRY(const auto items, portal.list("/access-requests", {{"state", "open"}}));
  std::vector<std::string> ids;
  for (const auto& item : items) {
    if (text_at(item, "/organisation_name") == name) ids.push_back(text_at(item, "/id"));
  }
  if (ids.size() == 1) return ids.front();
  if (ids.empty()) return give_up(ExitCode::kNotFound, "There is no open request of {}.", name);
  Failure failure(ExitCode::kUsage, fmt::format("There are several requests of {}. Name one by its id.", name));
  failure.lines = std::move(ids);
  return std::unexpected(std::move(failure));
}

void show(Context& context, const boost::json::value& request) {
  Record record;
  record.add("Request", text_at(request, "/id"));
  record.add("State", state_cell(text_at(request, "/state")));
  record.add("Organisation", text_at(request, "/organisation_name"));
  record.add("Kind", text_at(request, "/kind"));
  record.add("AS number", text_at(request, "/asn"));
  record.add("Contact", text_at(request, "/contact/name"));
  record.add("E-mail", text_at(request, "/contact/email"));
  record.add("Phone", text_at(request, "/contact/phone"));
  add_look_alikes(record, request);
  record.add("Message", text_at(request, "/message"));
  record.add("Asked at", short_time(text_at(request, "/created_at")));
  record.add("Decided at", short_time(text_at(request, "/decided_at")));
  record.add("Decided by", text_at(request, "/decided_by/name"));
  record.add("Reason", text_at(request, "/reason"));
  context.print(record.table());
}

Result<> list_requests(Context& context, const AccessOptions& options) {
  TRY(Portal & portal, context.portal());
  TRY(const auto items, portal.list("/access-requests", {{"state", options.state == "all" ? "" : options.state}}));
  show_list(context, items,
            with_look_alikes({{"ID", "/id"},
                              text_column("ORGANISATION", "/organisation_name", Fit::kCut),
                              {"KIND", "/kind"},
                              state_column("STATE", "/state"),
                              text_column("ASN", "/asn", Fit::kSpare),
                              time_column("SINCE", "/created_at", Fit::kSpare),
                              text_column("CONTACT", "/contact/email", Fit::kSpare)},
                             items),
            "There are no such requests.");
  return {};
}

Result<> show_request(Context& context, const AccessOptions& options) {
  TRY(const std::string id, find_request(context, options.request));
  TRY(Portal & portal, context.portal());
  TRY(const Reply reply, portal.get(path_of("/access-requests", id)));
  if (context.globals().json) {
    context.print_json(reply.body);
  } else {
    show(context, reply.body);
  }
  return {};
}

Result<> decide(Context& context, const AccessOptions& options, const std::string& decision) {
  TRY(const std::string id, find_request(context, options.request));
  RequestBody body;
  body.set("decision", decision, decision);
  if (!options.reason.empty()) body.set("reason", options.reason, "--reason");
  body.note("/reason", "--reason");
  TRY(Portal & portal, context.portal());
  TRY(const Reply reply, portal.post(path_of("/access-requests", id, "/decision"), body));
  if (context.globals().json) {
    context.print_json(reply.body);
    return {};
  }
  const auto* request = find_at(reply.body, "/request");
  show(context, request == nullptr ? boost::json::value() : *request);
  const std::string url = text_at(reply.body, "/invitation/url");
  if (url.empty()) return {};
  context.say(fmt::format("Send this link to {}. It is shown only here and is valid until {}.",
                          text_at(reply.body, "/invitation/email"),
                          short_time(text_at(reply.body, "/invitation/expires_at"))));
  context.print_line(url);
  return {};
}

Result<> approve_request(Context& context, const AccessOptions& options) { return decide(context, options, "approve"); }
Result<> refuse_request(Context& context, const AccessOptions& options) { return decide(context, options, "refuse"); }

using Run = Result<> (*)(Context&, const AccessOptions&);

Added<AccessOptions> add_on_one(Command noun, std::string name, std::string description, Run run) {
  auto added = add(noun, std::move(name), std::move(description), run);
  added.command.argument("REQUEST", added.options->request, "Its id, or the organisation's name").required();
  return added;
}

}  // namespace

void add_access_commands(Command root) {
  Command noun = root.add("access", "Requests of organisations that want to use the portal (admins)");

  auto [list, listed] = add(noun, "list", "Lists the requests", list_requests);
  list.option("--state", listed->state, "STATE", "open (default), approved, refused or all")
      .one_of({"open", "approved", "refused", "all"});
  add_on_one(noun, "show", "Shows a request", show_request);
  add_on_one(noun, "approve", "Makes the organisation and invites its contact as owner", approve_request);
  auto [refuse, refused] = add_on_one(noun, "refuse", "Refuses a request", refuse_request);
  refuse.option("--reason", refused->reason, "TEXT", "Why").required();
}

}  // namespace larder::cli
