#include "cli/passwords.h"

#include <fmt/format.h>

#include <istream>

namespace larder::cli {
namespace {

Result<std::string> read_line(Context& context) {
  std::string line;
  if (!std::getline(context.console().in, line)) {
    return give_up(ExitCode::kUsage, "There is no password on standard input.");
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

// `instead`: what to do where there is no terminal.
Result<std::string> ask(Context& context, std::string_view prompt, std::string_view instead) {
  auto password = context.console().ask_secret(prompt);
  if (!password) return give_up(ExitCode::kUsage, "{}: {}.", password.error().text, instead);
  if (password->empty()) return give_up(ExitCode::kUsage, "There was no answer: a password is never empty.");
  return *std::move(password);
}

}  // namespace

Result<std::string> read_password(Context& context, std::string_view whom, bool from_input) {
  if (from_input) return read_line(context);
  if (const auto password = context.environment().variable("LARDER_PASSWORD")) return *password;
  return ask(context, fmt::format("Password of {}: ", whom),
             "give the password in LARDER_PASSWORD or with --password-stdin");
}

Result<std::string> choose_password(Context& context, std::string_view option, bool from_input) {
  if (from_input) return read_line(context);
  TRY(const std::string password, ask(context, "New password: ", fmt::format("give the new one with {}", option)));
  TRY(const std::string again, ask(context, "The same again: ", fmt::format("give the new one with {}", option)));
  if (password != again) return give_up(ExitCode::kUsage, "The two are not the same: nothing was done.");
  return password;
}

}  // namespace larder::cli
