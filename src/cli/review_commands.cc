// ip-space reviews and review: the queue of address blocks that an admin has to look at; rejections and lift: what they
// rejected.
#include "cli/block_view.h"
#include "cli/commands.h"
#include "cli/list_view.h"
#include "cli/lookup.h"
#include "cli/node_view.h"
#include "command_line/quantity.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

struct ListOptions {
  std::string state;
  std::string organisation;
};

struct ReviewOptions {
  std::string id;
  bool approve = false;
  bool reject = false;
  Words approved_part;
  std::string feedback;
  bool despite_overlaps = false;
};

Result<> list_reviews(Context& context, const ListOptions& options) {
  TRY(Portal & portal, context.portal());
  Fields filters = {{"state", options.state}};
  TRY_VOID(filter_by_organisation(context, options.organisation, filters));
  TRY(const auto items, portal.list("/reviews", filters));
  show_list(context, items,
            with_look_alikes({{"ID", "/id"},
                              text_column("NODE", "/node/name", Fit::kCut),
                              text_column("ORGANISATION", "/organisation/name", Fit::kCut),
                              number_column("IPV4", "/ipv4_addresses"),
                              number_column("IPV6 /56", "/ipv6_networks", Fit::kSpare),
                              state_column("STATE", "/state", Fit::kSpare),
                              time_column("SINCE", "/requested_at", Fit::kSpare),
                              text_column("BY", "/requested_by/name", Fit::kSpare)},
                             items),
            "There is nothing to review.");
  return {};
}

void show_part(Context& context, std::string_view title, const boost::json::array& items,
               const std::vector<Column>& columns) {
  if (items.empty()) return;
  context.print_line("");
  context.print_line(title);
  show_list(context, items, columns, "");
}

void show_review(Context& context, const boost::json::value& review) {
  if (context.globals().json) return context.print_json(review);
  Record record;
  record.add("Review", text_at(review, "/id"));
  record.add("State", state_cell(text_at(review, "/state")));
  record.add("Organisation", text_at(review, "/organisation/name"));
  record.add("Node", text_at(review, "/node/name"));
  add_look_alikes(record, review);
  record.add("Asked for", amount_text(review));
  record.add("By", text_at(review, "/requested_by/name"));
  record.add("At", short_time(text_at(review, "/requested_at")));
  record.add("Decided by", text_at(review, "/decided_by/name"));
  record.add("Decided at", short_time(text_at(review, "/decided_at")));
  record.add("Feedback", text_at(review, "/feedback"));
  context.print(record.table());
  context.print_line("");
  context.print(block_table(list_at(review, "/blocks"), true));
  show_part(context, "Overlaps:", list_at(review, "/overlaps"),
            {{"BLOCK", "/prefix"},
             {"WITH", "/other_prefix"},
             {"NODE", "/node/name"},
             {"OF", "/organisation/name"},
             state_column("STATE", "/state")});
  show_part(context, "Rejected before:", list_at(review, "/rejections"),
            {{"BLOCK", "/prefix"},
             {"WITH", "/range"},
             {"OF", "/organisation/name"},
             {"OWNER OF BOTH", "/owner/name"},
             text_column("FEEDBACK", "/feedback", Fit::kCut)});
}

Result<RequestBody> make_decision(const ReviewOptions& options) {
  const int decisions = int{options.approve} + int{options.reject} + int{!options.approved_part.empty()};
  if (decisions > 1) {
    return give_up(ExitCode::kUsage, "--approve, --reject and --approve-part are three decisions: take one.");
  }
  RequestBody body;
  if (options.approve) body.set("decision", "approve", "--approve");
  if (options.reject) body.set("decision", "reject", "--reject");
  if (!options.approved_part.empty()) {
    body.set("decision", "approve_part", "--approve-part");
    boost::json::array blocks;
    for (const std::string& list : options.approved_part) {
      for (const command_line::ListedPart& part : command_line::split_list(list)) blocks.emplace_back(part.text);
    }
    body.set("blocks", std::move(blocks), "--approve-part");
  }
  if (!options.feedback.empty()) {
    if (decisions == 0) return give_up(ExitCode::kUsage, "--feedback goes with a decision: --reject, for example.");
    body.set("feedback", options.feedback, "--feedback");
  }
  if (options.despite_overlaps) {
    if (!options.approve && options.approved_part.empty()) {
      return give_up(ExitCode::kUsage, "--despite-overlaps goes with --approve or --approve-part.");
    }
    body.set("despite_overlaps", true, "--despite-overlaps");
  }
  body.note("/feedback", "--feedback");
  body.note("/despite_overlaps", "--despite-overlaps");
  return body;
}

Result<> review(Context& context, const ReviewOptions& options) {
  TRY(const RequestBody body, make_decision(options));
  TRY(Portal & portal, context.portal());
  TRY(const Reply reply, body.empty() ? portal.get(path_of("/reviews", options.id))
                                      : portal.post(path_of("/reviews", options.id, "/decision"), body));
  show_review(context, reply.body);
  return {};
}

Result<> list_rejections(Context& context, const std::string& organisation) {
  TRY(Portal & portal, context.portal());
  Fields filters;
  TRY_VOID(filter_by_organisation(context, organisation, filters));
  TRY(const auto items, portal.list("/rejections", filters));
  show_list(context, items,
            with_look_alikes({{"ID", "/id"},
                              {"ADDRESSES", "/range"},
                              text_column("ORGANISATION", "/organisation/name", Fit::kCut),
                              time_column("SINCE", "/rejected_at", Fit::kSpare),
                              text_column("BY", "/rejected_by/name", Fit::kSpare),
                              text_column("FEEDBACK", "/feedback", Fit::kCut)},
                             items),
            "Nothing is rejected.");
  return {};
}

Result<> lift(Context& context, const std::string& id) {
  TRY(Portal & portal, context.portal());
  TRY(const Reply rejection, portal.get(path_of("/rejections", id)));
  TRY_VOID(portal.remove(path_of("/rejections", id)));
  const std::string range = text_at(rejection.body, "/range");
  context.tell({{"deleted", {{"id", id}, {"name", range}}}},
               fmt::format("{} is rejected no more. What it held back is looked at again.", range));
  return {};
}

void add_rejection_commands(Command& ip_space) {
  auto organisation = std::make_shared<std::string>();
  Command rejections = ip_space.add("rejections", "Lists addresses that were rejected (admins)");
  rejections.option("--org", *organisation, "ORGANISATION", "Only of this one");
  rejections.runs([organisation](Context& context) { return list_rejections(context, *organisation); });

  auto id = std::make_shared<std::string>();
  Command command = ip_space.add("lift", "Lifts a rejection (admins)");
  command.argument("ID", *id, "Its id, from `larder ip-space rejections`").required();
  command.runs([id](Context& context) { return lift(context, *id); });
}

}  // namespace

void add_review_commands(Command ip_space) {
  auto listed = std::make_shared<ListOptions>();
  Command reviews = ip_space.add("reviews", "Lists what is to be reviewed (admins)");
  reviews.option("--state", listed->state, "STATE", "open (default), or how they were decided")
      .one_of({"open", "approved", "rejected", "partly_approved", "withdrawn"});
  reviews.option("--org", listed->organisation, "ORGANISATION", "Only of this one");
  reviews.runs([listed](Context& context) { return list_reviews(context, *listed); });

  auto options = std::make_shared<ReviewOptions>();
  Command command = ip_space.add("review", "Shows a review, or decides it (admins)");
  command.argument("ID", options->id, "Its id, from `larder ip-space reviews`").required();
  command.flag("--approve", options->approve, "All its blocks are routed");
  command.flag("--reject", options->reject, "None of its blocks is routed; say why with --feedback");
  command.option("--approve-part", options->approved_part, "PREFIX",
                 "Only these blocks are; repeatable, or with commas");
  command.flag("--despite-overlaps", options->despite_overlaps,
               "Approves them though some are routed to other organisations: both are meant to have them");
  command.option("--feedback", options->feedback, "TEXT", "What the operator reads about it");
  command.runs([options](Context& context) { return review(context, *options); });
  add_rejection_commands(ip_space);
}

}  // namespace larder::cli
