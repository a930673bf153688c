// larder-portal: the control side. Reads its configuration, starts a PortalServer, obeys signals; and what an
// operator does to a portal from the command line: backup, restore, import, reset-password.
#include <curl/curl.h>
#include <signal.h>
#include <sodium.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "core/config_reader.h"
#include "core/give_back.h"
#include "core/log.h"
#include "core/say_failure.h"
#include "core/signals.h"
#include "core/version.h"
#include "core/whole_file.h"
#include "database/migrate.h"
#include "database/sqlite_copy.h"
#include "database/sqlite_import.h"
#include "identity/first_admin.h"
#include "ledger/schema.h"
#include "net/server_certificate.h"
#include "net/tls_context.h"
#include "portal/portal_config.h"
#include "portal/portal_server.h"

namespace {

using namespace larder;

constexpr std::string_view kSqlite = "sqlite:";

struct Arguments {
  std::string config = "/etc/larder/portal.toml";
  std::string ports_file;
  bool check = false;
  std::string file;   // of backup, restore and import
  std::string email;  // of reset-password
};

Result<portal::PortalConfig> load(const Arguments& arguments) {
  TRY(const std::string text, read_text_file(arguments.config));
  return portal::parse_portal_config(text, arguments.config);
}

int newest_version() { return ledger::migrations().back().version; }

/// The file of an SQLite database; "" if there is none.
std::string database_file(const portal::PortalConfig& config) {
  const std::string& url = config.database_url;
  return url.starts_with(kSqlite) && !url.ends_with(":memory:") ? url.substr(kSqlite.size()) : "";
}

// For what is done from the command line: complaints to standard error.
Result<std::unique_ptr<Log>> open_terminal_log() { return Log::open({"larder-portal", "stderr", Level::kWarning}); }

Result<std::unique_ptr<database::Database>> open_database(const portal::PortalConfig& config, Log& log) {
  return database::Database::open(config.database_url, {}, log);
}

/// Or it would come out when the first one signs in.
Result<> check_authorities(const portal::PortalConfig& config) {
  if (!config.api.single_sign_on || config.api.single_sign_on->certificate_authority.empty()) return {};
  const auto trusted = net::TlsContext::client(config.api.single_sign_on->certificate_authority);
  if (!trusted) return fail(Errc::kInvalid, "single_sign_on.ca_file: {}", trusted.error().text);
  return {};
}

Result<int> check(const Arguments& arguments, const portal::PortalConfig& config) {
  if (!config.listen.https.empty()) {
    TRY_VOID(net::ServerCertificate::check(config.tls_certificate, config.tls_key, SystemClock().wall()));
  }
  TRY_VOID(check_authorities(config));
  TRY_VOID(Log::check(config.log.target));
  std::printf("%s%s is valid\n", config.warnings.c_str(), arguments.config.c_str());
  const std::string file = database_file(config);
  if (!file.empty() && !std::filesystem::exists(file)) {
    const auto folder = std::filesystem::path(file).parent_path();
    if (::access(folder.c_str(), W_OK) != 0) {
      return fail(Errc::kRefused, "there is no database yet, and {} cannot be written to: {}", folder.string(),
                  std::strerror(errno));
    }
    std::printf("there is no database yet: the portal makes %s when it starts\n", file.c_str());
    return 0;
  }
  TRY(const auto log, open_terminal_log());
  TRY(const auto database, open_database(config, *log));
  TRY(const int version, database::schema_version(*database));
  std::printf("the database answers; its schema is version %d, this program's is %d\n", version, newest_version());
  if (version > newest_version()) return fail(Errc::kRefused, "the database was made by a newer larder-portal");
  return 0;
}

Result<int> backup(const Arguments& arguments, const portal::PortalConfig& config) {
  TRY(const auto log, open_terminal_log());
  const std::string file = database_file(config);
  if (!file.empty() && !std::filesystem::exists(file)) return fail(Errc::kNotFound, "there is no database {}", file);
  TRY(const auto database, open_database(config, *log));
  TRY_VOID(database->backup(arguments.file));
  std::printf("backed up to %s, and read it again to check\n", arguments.file.c_str());
  return 0;
}

Result<int> restore(const Arguments& arguments, const portal::PortalConfig& config) {
  const std::string file = database_file(config);
  if (file.empty()) return fail(Errc::kRefused, "only SQLite databases are restored here; for PostgreSQL use psql");
  TRY(const int version, database::restore(arguments.file, file, ledger::migrations()));
  std::printf("%s holds what %s does (schema version %d)\n", file.c_str(), arguments.file.c_str(), version);
  return 0;
}

/// From a file to a database that several portals may share.
Result<int> import_file(const Arguments& arguments, const portal::PortalConfig& config) {
  if (arguments.file == database_file(config)) {
    return fail(Errc::kRefused, "{} is the database itself; name the new one in database.url of {}", arguments.file,
                arguments.config);
  }
  TRY(const auto log, open_terminal_log());
  TRY(const auto database, open_database(config, *log));
  TRY(const auto rows, database::import_sqlite(arguments.file, *database, ledger::migrations(), {"account"}));
  std::printf("the database holds what %s does: %lld rows\n", arguments.file.c_str(), static_cast<long long>(rows));
  return 0;
}

Result<int> reset_password(const Arguments& arguments, const portal::PortalConfig& config) {
  TRY(const auto log, open_terminal_log());
  TRY(const auto database, open_database(config, *log));
  TRY(const int version, database::schema_version(*database));
  if (version != newest_version()) {
    return fail(Errc::kRefused, "the database is at schema version {}, not {}: start the portal of this version first",
                version, newest_version());
  }
  const auto password = identity::reset_password(*database, config.api.sign_in, SystemClock().wall(), arguments.email);
  if (!password) return fail(Errc::kUnavailable, "{}", password.error().detail);
  std::printf("%s\n", password->c_str());
  return 0;
}

boost::json::array endpoints(const std::vector<net::Endpoint>& values) {
  boost::json::array out;
  for (const net::Endpoint& value : values) out.emplace_back(net::to_string(value));
  return out;
}

// Where the portal listens, for whoever started it on port 0.
Result<> write_ports(const std::string& file, const portal::PortalServer& portal) {
  boost::json::object out;
  out["http"] = endpoints(portal.http());
  out["https"] = endpoints(portal.https());
  out["status"] = portal.status_address() ? net::to_string(*portal.status_address()) : "";
  out["url"] = portal.url();
  return write_whole_file(file, boost::json::serialize(out) + "\n");
}

void say_started(Log& log, const portal::PortalServer& portal) {
  log.write(Level::kInfo, "portal started", [&](JsonLine& line) {
    line.add("version", kVersion).add("url", portal.url());
    for (const net::Endpoint& endpoint : portal.http()) line.add("http", net::to_string(endpoint));
    for (const net::Endpoint& endpoint : portal.https()) line.add("https", net::to_string(endpoint));
    if (portal.status_address()) line.add("status", net::to_string(*portal.status_address()));
  });
  if (!portal.first_admin()) return;
  std::printf("There was no user yet, so an administrator was made. This is shown once:\n");
  std::printf("email: %s\npassword: %s\n", portal.first_admin()->email.c_str(), portal.first_admin()->password.c_str());
  std::fflush(stdout);
}

/// A database server may start later than this machine, or be away: until it answers. False: a signal ends the waiting.
Result<bool> wait_for_database(const portal::PortalConfig& config, Log& log, const sigset_t& signals) {
  constexpr timespec kPause = {.tv_sec = 1, .tv_nsec = 0};
  for (;;) {
    const auto database = open_database(config, log);
    if (database) return true;
    const auto& [code, text] = database.error();
    if (!database_file(config).empty() || code != Errc::kUnavailable) return std::unexpected(database.error());
    log.write_limited(Level::kWarning, "waiting for the database", [&](JsonLine& line) { line.add("reason", text); });
    const int signal = ::sigtimedwait(&signals, nullptr, &kPause);
    if (signal == SIGHUP) log.reopen();
    if (signal == SIGTERM || signal == SIGINT) return false;
  }
}

Result<int> serve(const Arguments& arguments, portal::PortalConfig config) {
  const sigset_t signals = block_signals();
  TRY(auto log, Log::open({"larder-portal", config.log.target, config.log.level}));
  TRY_VOID(check_authorities(config));
  if (!config.warnings.empty()) {
    log->write(Level::kWarning, "configuration", [&](JsonLine& line) { line.add("warnings", config.warnings); });
  }
  TRY(const bool database_answers, wait_for_database(config, *log, signals));
  if (!database_answers) return 0;
  const SystemClock clock;
  TRY(auto portal, portal::PortalServer::start(std::move(config), clock, *log));
  say_started(*log, *portal);
  if (!arguments.ports_file.empty()) {
    TRY_VOID(write_ports(arguments.ports_file, *portal));
  }
  int signal = 0;
  while (::sigwait(&signals, &signal) == 0 && signal == SIGHUP) {
    log->reopen();
    portal->renew_certificate();
  }
  log->write(Level::kInfo, "portal stopping", [&](JsonLine& line) { line.add("signal", signal); });
  const bool orderly = portal->stop();
  if (orderly) portal.reset();
  log->write(Level::kInfo, "portal stopped", [&](JsonLine& line) { line.add("orderly", orderly); });
  if (!orderly) {
    log->flush();
    ::_exit(0);  // what hangs would hang the destructors too; the database is safe at any moment
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  keep_no_large_blocks();
  ignore_write_signals();
  Arguments arguments;
  CLI::App app{"larder-portal: manages the cache nodes of many organisations"};
  app.add_option("--config", arguments.config, "TOML file (docs/operations/portal.md)")->capture_default_str();
  app.add_flag("--check", arguments.check, "check configuration and database, say what is wrong, and end");
  app.add_option("--ports-file", arguments.ports_file, "write here, as JSON, where the portal listens");
  app.set_version_flag("--version", std::string(kVersion));
  app.require_subcommand(0, 1);
  app.fallthrough();
  auto* backup_command = app.add_subcommand("backup", "copy the database into FILE while the portal runs (SQLite)");
  backup_command->add_option("FILE", arguments.file, "must not exist yet")->required();
  auto* restore_command = app.add_subcommand("restore", "put FILE in the place of the database (SQLite)");
  restore_command->add_option("FILE", arguments.file, "a backup; the portal must not run")->required();
  auto* import_command = app.add_subcommand("import", "move what FILE holds into a new database (such as PostgreSQL)");
  import_command->add_option("FILE", arguments.file, "an SQLite database, or a backup; no portal may run on it")
      ->required();
  auto* reset_command = app.add_subcommand("reset-password", "give a user a new password, and print it");
  reset_command->add_option("EMAIL", arguments.email)->required();
  CLI11_PARSE(app, argc, argv);

  if (::sodium_init() < 0 || ::curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
    say_failure("larder-portal", "the system gives no random numbers, or no TLS");
    return 1;
  }
  const auto result = [&]() -> Result<int> {
    TRY(auto config, load(arguments));
    if (arguments.check) return check(arguments, config);
    if (backup_command->parsed()) return backup(arguments, config);
    if (restore_command->parsed()) return restore(arguments, config);
    if (import_command->parsed()) return import_file(arguments, config);
    if (reset_command->parsed()) return reset_password(arguments, config);
    return serve(arguments, std::move(config));
  }();
  if (result) return *result;
  say_failure("larder-portal", result.error().text);
  return 1;
}
