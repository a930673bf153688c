// larder-node: the cache node. Reads its configuration, starts a Node, obeys signals.
#include <grp.h>
#include <signal.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <functional>
#include <future>
#include <optional>
#include <thread>

#include "core/config_reader.h"
#include "core/log.h"
#include "core/say_failure.h"
#include "core/signals.h"
#include "core/version.h"
#include "core/whole_file.h"
#include "net/server_certificate.h"
#include "node/configured_drives.h"
#include "node/node.h"
#include "storage/drive_id.h"
#include "storage/slice_store.h"
#include "storage/system_disk.h"

namespace {

using namespace larder;

constexpr auto kDiskPatience = std::chrono::seconds(20);

struct Arguments {
  std::string config = "/etc/larder/node.toml";
  std::string ports_file;
  bool check = false;
  std::optional<std::string> begin_drive;  // the folder of a drive that is to be begun
};

Result<node::NodeConfig> load(const std::string& file) {
  TRY(const std::string text, read_text_file(file));
  return node::parse_node_config(text, file);
}

// What a start would find, as far as it can be told without one.
Result<> check(const node::NodeConfig& config) {
  if (!config.listen.https.empty()) {
    TRY_VOID(net::ServerCertificate::check(config.tls_certificate, config.tls_key, SystemClock().wall()));
  }
  TRY_VOID(Log::check(config.log.target));
  if (config.access_log_target == "off") return {};
  return Log::check(config.access_log_target);
}

boost::json::array endpoints(const std::vector<net::Endpoint>& values) {
  boost::json::array out;
  for (const net::Endpoint& value : values) out.emplace_back(net::to_string(value));
  return out;
}

// Where the node listens, for whoever started it on port 0.
Result<> write_ports(const std::string& file, const node::Node& node) {
  boost::json::object out;
  out["http"] = endpoints(node.http());
  out["https"] = endpoints(node.https());
  out["status"] = node.status_address() ? net::to_string(*node.status_address()) : "";
  return write_whole_file(file, boost::json::serialize(out) + "\n");
}

void say_started(Log& log, const node::Node& node) {
  log.write(Level::kInfo, "node started", [&](JsonLine& line) {
    line.add("version", kVersion);
    for (const net::Endpoint& endpoint : node.http()) line.add("http", net::to_string(endpoint));
    for (const net::Endpoint& endpoint : node.https()) line.add("https", net::to_string(endpoint));
    if (node.status_address()) line.add("status", net::to_string(*node.status_address()));
  });
}

// Whether `work` ends within the time that a disk has to take the last writes. If not, it goes on until the exit.
bool ends_in_time(std::function<void()> work) {
  std::packaged_task<void()> task(std::move(work));
  auto ended = task.get_future();
  std::thread(std::move(task)).detach();
  return ended.wait_for(kDiskPatience) == std::future_status::ready;
}

void reload(const Arguments& arguments, node::Node& node, Log& log, Log* access_log) {
  log.reopen();
  if (access_log != nullptr) access_log->reopen();
  node.renew_certificate();
  auto config = load(arguments.config);
  if (config) return node.reload(*config);
  log.write(Level::kError, "configuration not reloaded; the old one stays in force",
            [&](JsonLine& line) { line.add("reason", config.error().text); });
}

// AsOwnerOf: what root makes in the folder of a node's drive, the node could not write. As long as this lives, root is
// the user that owns the folder.
class AsOwnerOf {
 public:
  AsOwnerOf() = default;
  AsOwnerOf(const AsOwnerOf&) = delete;
  AsOwnerOf& operator=(const AsOwnerOf&) = delete;
  ~AsOwnerOf() {
    if (!changed_) return;
    static_cast<void>(::seteuid(0));
    static_cast<void>(::setegid(0));
  }

  Result<> become(const std::string& folder) {
    struct stat status{};
    if (::geteuid() != 0 || ::stat(folder.c_str(), &status) != 0 || status.st_uid == 0) return {};
    changed_ = true;
    if (::setgroups(0, nullptr) == 0 && ::setegid(status.st_gid) == 0 && ::seteuid(status.st_uid) == 0) return {};
    return fail_errno(errno, fmt::format("cannot become the user that owns {}", folder));
  }
  bool has_changed() const { return changed_; }

 private:
  bool changed_ = false;
};

Result<int> begin_on_purpose(const std::string& folder, storage::Disk& disk) {
  AsOwnerOf owner;
  TRY_VOID(owner.become(folder));
  const auto id = storage::begin_drive(folder, disk);
  if (!id) return fail(id.error().code, "drive {}: {}", folder, id.error().text);
  std::printf("%s is a new drive, with the id %s; start the node again to have it used\n", folder.c_str(),
              storage::to_string(*id).c_str());
  if (::geteuid() == 0 && !owner.has_changed()) {
    std::printf("It belongs to root, as its folder does. A node that runs as another user needs: chown -R USER %s\n",
                folder.c_str());
  }
  return 0;
}

Result<int> run(const Arguments& arguments) {
  storage::SystemDisk disk;
  if (arguments.begin_drive) {
    if (arguments.check) return fail(Errc::kInvalid, "--check changes nothing, and drive begin does: give one of them");
    return begin_on_purpose(*arguments.begin_drive, disk);
  }
  TRY(auto config, load(arguments.config));
  TRY(const std::string out_of_use, node::check_drives(config, arguments.config, disk));
  if (arguments.check) {
    TRY_VOID(check(config));
    std::fputs(out_of_use.c_str(), stderr);
    std::printf("%s is valid%s\n", arguments.config.c_str(),
                out_of_use.empty() ? "" : "; the node starts in spite of what is above");
    return 0;
  }
  const sigset_t signals = block_signals();
  Log::Options log_options{"larder-node", config.log.target, config.log.level};
  TRY(auto log, Log::open(log_options));
  std::unique_ptr<Log> access_log;
  if (config.access_log_target != "off") {
    log_options.target = config.access_log_target;
    log_options.level = Level::kInfo;
    TRY(access_log, Log::open(log_options));
  }
  const SystemClock clock;
  TRY(auto node, node::Node::start(std::move(config), disk, clock, *log, access_log.get()));
  say_started(*log, *node);
  if (!arguments.ports_file.empty()) {
    TRY_VOID(write_ports(arguments.ports_file, *node));
  }

  int signal = 0;
  while (::sigwait(&signals, &signal) == 0 && signal == SIGHUP) reload(arguments, *node, *log, access_log.get());
  log->write(Level::kInfo, "node stopping", [&](JsonLine& line) { line.add("signal", signal); });
  const bool orderly = node->stop() && ends_in_time([&] { node.reset(); });
  log->write(Level::kInfo, "node stopped", [&](JsonLine& line) { line.add("orderly", orderly); });
  if (!orderly) {
    log->flush();
    if (access_log) access_log->flush();
    ::_exit(0);  // what hangs would hang the destructors too; the drives are safe at any moment
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{"larder-node: keeps what your network downloads, and serves it"};
  app.add_option("--config", arguments.config, "TOML file (docs/operations/configuration.md)")->capture_default_str();
  app.add_flag("--check", arguments.check, "check the configuration and the drives, say what is wrong, and end");
  app.add_option("--ports-file", arguments.ports_file, "write here, as JSON, where the node listens");
  CLI::App* drive = app.add_subcommand("drive", "what is done to drives on purpose");
  CLI::App* begin =
      drive->add_subcommand("begin", "make an empty folder a new drive, also one that was a drive before");
  begin->add_option("folder", arguments.begin_drive, "its absolute path, as in the configuration")->required();
  drive->require_subcommand(1);
  app.set_version_flag("--version", std::string(larder::kVersion));
  CLI11_PARSE(app, argc, argv);

  if (::sodium_init() < 0) {
    say_failure("larder-node", "the system gives no random numbers");
    return 1;
  }
  // Where the system gives no descriptor, thread or memory, libraries throw.
  try {
    const auto result = run(arguments);
    if (result) return *result;
    say_failure("larder-node", result.error().text);
  } catch (const std::exception& failure) {
    say_failure("larder-node", std::string("cannot go on: ") + failure.what());
  }
  return 1;
}
