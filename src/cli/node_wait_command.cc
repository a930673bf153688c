// node wait: until a node is in a state. The portal holds the request back until the node changes.
#include <algorithm>

#include "cli/commands.h"
#include "cli/node_place.h"
#include "cli/node_view.h"
#include "cli/version_tag.h"
#include "command_line/quantity.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

constexpr std::chrono::seconds kMostPatience{20};
// Between two questions, should the portal not hold them back.
constexpr std::chrono::milliseconds kLeastRound{1000};

struct WaitOptions {
  NodePlace place;
  std::string state;
  std::string time_out = "60s";
};

bool is_in_state(const boost::json::value& node, const std::string& state) {
  if (state == "configured") return text_at(node, "/configuration/state") == state;
  if (state == "valid" || state == "in_review" || state == "attention_required") {
    return text_at(node, "/ip_space/state") == state;
  }
  return text_at(node, "/intent/effective") == state;
}

class Waiting {
 public:
  Waiting(Context& context, Portal& portal, const Found& node, const WaitOptions& options)
      : context_(context), portal_(portal), path_(path_of("/nodes", node.id)), options_(options) {}

  Result<> run(std::chrono::seconds time_out) {
    const Clock& clock = context_.environment().clock;
    const auto end = clock.now() + time_out;
    for (;;) {
      TRY(const bool reached, look());
      if (reached) return {};
      const auto left = std::chrono::ceil<std::chrono::seconds>(end - clock.now());
      if (left.count() <= 0) break;
      const auto before = clock.now();
      TRY_VOID(wait_for_change(std::min(left, kMostPatience)));
      const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - before);
      if (took < kLeastRound) context_.environment().pause(kLeastRound - took);
    }
    return give_up(ExitCode::kWaitedInVain, "After {} {} is not {}: intent {}, configuration {}, IP space {}.",
                   options_.time_out, text_at(node_, "/name"), options_.state, text_at(node_, "/intent/effective"),
                   text_at(node_, "/configuration/state"), text_at(node_, "/ip_space/state"));
  }

  const boost::json::value& node() const { return node_; }
  const std::string& etag() const { return etag_; }

 private:
  // Without a condition: the end of a drain is a change that no version tells of.
  Result<bool> look() {
    auto reply = portal_.get(path_);
    if (!reply) {
      if (options_.state == "deleted" && reply.error().code == ExitCode::kNotFound) {
        node_ = nullptr;
        return true;
      }
      return std::unexpected(std::move(reply).error());
    }
    node_ = std::move(reply->body);
    etag_ = std::move(reply->etag);
    return is_in_state(node_, options_.state);
  }

  Result<> wait_for_change(std::chrono::seconds patience) {
    const auto reply = portal_.wait_for_change(path_, etag_, patience);
    if (!reply && reply.error().code != ExitCode::kNotFound) return std::unexpected(reply.error());
    return {};  // what it is now is looked at next
  }

  Context& context_;
  Portal& portal_;
  std::string path_;
  const WaitOptions& options_;
  boost::json::value node_;
  std::string etag_;
};

Result<> wait_for_node(Context& context, const WaitOptions& options) {
  TRY(const auto time_out, command_line::parse_duration(options.time_out));
  auto found = options.place.find(context);
  if (!found) {
    if (options.state != "deleted" || found.error().code != ExitCode::kNotFound) {
      return std::unexpected(std::move(found).error());
    }
    context.tell(nullptr, fmt::format("There is no node {}.", options.place.name));
    return {};
  }
  TRY(Portal & portal, context.portal());
  Waiting waiting(context, portal, *found, options);
  TRY_VOID(waiting.run(time_out));
  context.tell(with_version(waiting.node(), waiting.etag()), fmt::format("Node {} is {}.", found->name, options.state));
  return {};
}

}  // namespace

void add_node_wait_command(Command node) {
  auto options = std::make_shared<WaitOptions>();
  Command command = node.add("wait", "Waits until a cache node is in a state");
  options->place.add_to(command);
  command
      .option("--until", options->state, "STATE",
              "configured, valid, in_review, attention_required, enabled, disabled, draining or deleted")
      .required()
      .one_of({"configured", "valid", "in_review", "attention_required", "enabled", "disabled", "draining", "deleted"});
  command.option("--timeout", options->time_out, "DURATION", "Give up after so long (default 60s)");
  command.runs([options](Context& context) { return wait_for_node(context, *options); });
}

}  // namespace larder::cli
