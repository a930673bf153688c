// larder-node: the cache node.
#include <grp.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "core/say_failure.h"
#include "core/shown.h"
#include "core/version.h"
#include "ctl_options.h"
#include "node/configured_drives.h"
#include "node/node_process.h"
#include "storage/drive_id.h"
#include "storage/slice_store.h"
#include "storage/system_disk.h"

namespace {

using namespace larder;

constexpr int kUsage = 2;  // exit code

struct Arguments {
  std::string config = "/etc/larder/node.toml";
  std::string ports_file;
  bool check = false;
  std::optional<std::string> begin_drive;  // the folder of a drive that is to be begun
  std::vector<std::string> command;        // all of the command line
};

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
  struct stat status{};
  const bool is_link = ::lstat(folder.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
  if (is_link && ::geteuid() == 0) {
    return fail(Errc::kInvalid,
                "drive {}: it is a link, which somebody else may have put there; name the folder itself", folder);
  }
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

/// What to say of a word behind `ctl` or `drive` that is none of its commands; "": there is none.
std::string unknown_command(const CLI::App& app) {
  const auto words = app.remaining(true);
  for (const CLI::App* of : app.get_subcommands()) {
    const auto commands = of->get_subcommands([](const CLI::App*) { return true; });
    if (words.empty() || commands.empty() || !of->get_subcommands().empty()) continue;
    std::string names;
    for (const CLI::App* command : commands) names += (names.empty() ? "" : ", ") + command->get_name();
    return fmt::format("'{}' is not a command of {}: {}", shown(words.front(), 100), of->get_name(), names);
  }
  return {};
}

Result<int> run(const Arguments& arguments, const CtlOptions& ctl) {
  if (ctl.is_given()) return ctl.run(arguments.config);
  storage::SystemDisk disk;
  if (arguments.begin_drive) {
    if (arguments.check) return fail(Errc::kInvalid, "--check changes nothing, and drive begin does: give one of them");
    return begin_on_purpose(*arguments.begin_drive, disk);
  }
  if (!arguments.check) {
    const node::NodeProcess::Options options{arguments.config, arguments.ports_file, arguments.command};
    return node::NodeProcess(options, disk).run();
  }
  TRY(const auto config, node::NodeProcess::load(arguments.config));
  TRY(const std::string out_of_use, node::check_drives(config, arguments.config, disk));
  TRY_VOID(node::NodeProcess::check(config));
  std::fputs(out_of_use.c_str(), stderr);
  std::printf("%s is valid%s\n", arguments.config.c_str(),
              out_of_use.empty() ? "" : "; the node starts in spite of what is above");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  arguments.command.assign(argv, argv + argc);
  CLI::App app{"larder-node: keeps what your network downloads, and serves it"};
  app.add_option("--config", arguments.config, "TOML file (docs/operations/configuration.md)")->capture_default_str();
  app.add_flag("--check", arguments.check, "check the configuration and the drives, say what is wrong, and end");
  app.add_option("--ports-file", arguments.ports_file, "write here, as JSON, where the node listens");
  CLI::App* drive = app.add_subcommand("drive", "what is done to drives on purpose");
  CLI::App* begin =
      drive->add_subcommand("begin", "make an empty folder a new drive, also one that was a drive before");
  begin->add_option("folder", arguments.begin_drive, "its absolute path, as in the configuration")->required();
  drive->require_subcommand(1);
  CtlOptions ctl;
  ctl.add_to(app);
  app.set_version_flag("--version", std::string(larder::kVersion));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    const std::string unknown = unknown_command(app);
    if (unknown.empty()) return app.exit(problem) == 0 ? 0 : kUsage;
    say_failure("larder-node", unknown);
    return kUsage;
  }

  if (::sodium_init() < 0) {
    say_failure("larder-node", "the system gives no random numbers");
    return 1;
  }
  // Where the system gives no descriptor, thread or memory, libraries throw.
  try {
    const auto result = run(arguments, ctl);
    if (result) return *result;
    say_failure("larder-node", result.error().text);
  } catch (const std::exception& failure) {
    say_failure("larder-node", std::string("cannot go on: ") + failure.what());
  }
  return 1;
}
