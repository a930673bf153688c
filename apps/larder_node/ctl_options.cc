#include "ctl_options.h"

#include <cstdio>

#include "core/config_reader.h"
#include "core/say_failure.h"

namespace larder {

CLI::App* CtlOptions::verb(const char* name, const char* help, node::CtlVerb verb) {
  CLI::App* added = ctl_->add_subcommand(name, help);
  added->callback([this, verb] { command_.verb = verb; });
  added->fallthrough();
  return added;
}

void CtlOptions::add_to(CLI::App& app) {
  ctl_ = app.add_subcommand("ctl", "asks the node that runs, or has it do something (docs/operations/ctl.md)");
  ctl_->fallthrough();
  ctl_->require_subcommand(1);
  ctl_->add_option("--socket", socket_, "its control socket; else listen.control of the configuration");
  ctl_->add_flag("--json", command_.json, "print what the node answers as it came (docs/formats/control-socket.md)");
  verb("status", "what it is, what it has served, how its drives are", node::CtlVerb::kStatus);
  verb("drives", "its drives: state, use, how far they are scrubbed", node::CtlVerb::kDrives);
  verb("inspect", "what it knows of a URL: rule, key, what is stored, why it is fresh or not", node::CtlVerb::kInspect)
      ->add_option("url", command_.url, "as clients send it, or as its origin has it")
      ->required();
  verb("reload", "reads its configuration, log files and certificate again, as SIGHUP does", node::CtlVerb::kReload);
  verb("drain", "has no new clients sent to it; it goes on serving all who come", node::CtlVerb::kDrain);
  verb("undrain", "ends drain", node::CtlVerb::kUndrain);
  add_purge();
  CLI::App* scrub = verb("scrub", "begins to read its drives back, and drops what has rotted", node::CtlVerb::kScrub);
  scrub->add_option("drive", command_.drive, "the path of one drive; else all");
  scrub->add_option("--rate", command_.rate, "of each drive, such as 100MB/s; else as configured");
}

void CtlOptions::add_purge() {
  using What = cache::Purge::What;
  CLI::App* purge =
      verb("purge", "has what is stored asked of its origin again, or fetched anew", node::CtlVerb::kPurge);
  CLI::Option_group* what = purge->add_option_group("what", "what is purged");
  const auto names = [this](What named) {
    return [this, named](const std::string& value) {
      command_.purge.what = named;
      command_.purge.value = value;
    };
  };
  what->add_option_function<std::string>("--url", names(What::kUrl),
                                         "one URL, as its origin has it or as clients send it");
  what->add_option_function<std::string>("--prefix", names(What::kPrefix),
                                         "host and how the path begins: dl.example.com/a/b");
  what->add_option_function<std::string>("--rule", names(What::kRule), "all of a content rule");
  what->add_flag_callback("--everything", [this] { command_.purge.what = What::kEverything; }, "all that is stored");
  what->require_option(1);
  purge->add_flag("--hard", command_.purge.hard, "use nothing of it again, whatever its origin says");
}

Result<int> CtlOptions::run(const std::string& config_file) const {
  std::string socket = socket_;
  if (socket.empty()) {
    auto config = read_text_file(config_file);
    if (!config) return fail(config.error().code, "{}; or give --socket PATH", config.error().text);
    TRY(socket, node::control_socket_of(*config, config_file));
  }
  TRY(const node::CtlOutcome outcome, node::run_ctl(command_, socket));
  std::fputs(outcome.output.c_str(), stdout);
  if (outcome.failure.empty()) return 0;
  say_failure("larder-node", outcome.failure);
  return 1;
}

}  // namespace larder
