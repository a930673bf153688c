#include "client/credentials.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/json.h"
#include "core/json_at.h"
#include "core/pretty_json.h"

namespace larder::client {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

larder::Result<> make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (folder.empty() || std::filesystem::is_directory(folder, error)) return {};
  if (folder.has_parent_path()) std::filesystem::create_directories(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return fail_errno(errno, "cannot make " + folder.string());
  return {};
}

}  // namespace

const Credential* Credentials::find(std::string_view portal) const {
  const auto found = std::ranges::find(entries_, portal, &Credential::portal);
  return found == entries_.end() ? nullptr : &*found;
}

void Credentials::put(Credential credential) {
  current_ = credential.portal;
  const auto found = std::ranges::find(entries_, credential.portal, &Credential::portal);
  if (found == entries_.end()) {
    entries_.push_back(std::move(credential));
  } else {
    *found = std::move(credential);
  }
}

void Credentials::remove(std::string_view portal) {
  std::erase_if(entries_, [&](const Credential& entry) { return entry.portal == portal; });
  if (find(current_) == nullptr) current_ = entries_.empty() ? "" : entries_.front().portal;
}

larder::Result<Credentials> Credentials::load(const std::string& file) {
  Credentials credentials;
  std::error_code error;
  if (!std::filesystem::exists(file, error) && !error) return credentials;
  struct stat status{};
  if (::stat(file.c_str(), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(Errc::kRefused,
                "others on this machine can read your tokens: make the file yours alone with: chmod 600 {}", file);
  }
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  if (!stream || !(text << stream.rdbuf())) return fail(Errc::kRefused, "cannot read {}", file);
  if (text.view().size() > kMostBytes) return fail(Errc::kCorrupt, "{} is too large to be ours", file);
  const auto value = parse_json(text.view());
  if (!value || !value->is_object()) {
    return fail(Errc::kCorrupt, "{} is damaged: move it away and sign in again with: larder login", file);
  }
  for (const auto& entry : list_at(*value, "/portals")) {
    Credential credential{text_at(entry, "/portal"), text_at(entry, "/token"), text_at(entry, "/email"),
                          text_at(entry, "/ca_certificate")};
    if (!credential.portal.empty() && !credential.token.empty()) credentials.entries_.push_back(std::move(credential));
  }
  credentials.current_ = text_at(*value, "/current");
  return credentials;
}

larder::Result<> Credentials::save(const std::string& file) const {
  boost::json::array portals;
  for (const Credential& entry : entries_) {
    portals.push_back({{"portal", entry.portal},
                       {"token", entry.token},
                       {"email", entry.email},
                       {"ca_certificate", entry.ca_certificate}});
  }
  const std::string text = pretty_json({{"current", current_}, {"portals", std::move(portals)}});

  TRY_VOID(make_folder(std::filesystem::path(file).parent_path()));
  const std::string aside = file + ".new";
  ::unlink(aside.c_str());  // one that was left behind may have other rights
  Descriptor descriptor(::open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!descriptor.is_open()) return fail_errno(errno, "cannot write " + aside);
  const bool written = write_all(descriptor.number(), text) && ::fsync(descriptor.number()) == 0;
  const int reason = errno;
  descriptor.close();
  if (!written) {
    ::unlink(aside.c_str());
    return fail_errno(reason, "cannot write " + aside);
  }
  if (::rename(aside.c_str(), file.c_str()) != 0) return fail_errno(errno, "cannot write " + file);
  return {};
}

}  // namespace larder::client
