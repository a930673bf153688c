#include "client/http.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

#include "core/check.h"
#include "core/version.h"

namespace larder::client {
namespace {

constexpr std::size_t kMostBody = 64 << 20;
constexpr long kConnectTimeOut_ms = 10'000;
// A download may take long as a whole; it may not stand still for so long.
constexpr long kStalled_s = 30;

// What libcurl's callbacks see of a request.
struct Exchange {
  const HttpRequest& request;
  HttpResponse response;
  bool too_large = false;
};

bool is_success(int status) { return status >= 200 && status < 300; }

std::size_t take_body(char* data, std::size_t, std::size_t size, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  if (exchange.request.sink && is_success(exchange.response.status)) {
    return exchange.request.sink({data, size}) ? size : 0;
  }
  if (exchange.response.body.size() + size > kMostBody) {
    exchange.too_large = true;
    return 0;
  }
  exchange.response.body.append(data, size);
  return size;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

std::size_t take_field(char* data, std::size_t, std::size_t size, void* context) {
  auto& response = static_cast<Exchange*>(context)->response;
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) {  // of the final response: an interim one came before
    response = {};
    const std::size_t space = std::min(line.find(' '), line.size() - 1);
    response.status = std::atoi(std::string(line.substr(space + 1, 3)).c_str());
    return size;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  response.fields.emplace_back(std::move(name), trimmed(line.substr(colon + 1)));
  return size;
}

// Whether nothing of the request can have reached the portal.
bool never_left(CURLcode code, CURL* curl) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: return true;
    default: break;
  }
  long sent = 0;
  curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent);
  return sent == 0;
}

HttpFault fault_of(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION: return HttpFault::kCertificate;
    case CURLE_SSL_CACERT_BADFILE: return HttpFault::kAuthorities;
    case CURLE_SSL_CONNECT_ERROR: return HttpFault::kTls;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY: return HttpFault::kNotHttp;
    case CURLE_COULDNT_RESOLVE_PROXY: return HttpFault::kProxy;
    default: return HttpFault::kOther;
  }
}

void check_set(CURLcode code) { CHECK(code == CURLE_OK, "libcurl knows this option"); }

template <class Value>
void set(CURL* curl, CURLoption option, Value value) {
  check_set(curl_easy_setopt(curl, option, value));
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

List make_list(const Fields& fields) {
  List list;
  const auto append = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    CHECK(longer != nullptr, "out of memory");
    (void)list.release();
    list.reset(longer);
  };
  for (const auto& [name, value] : fields) append(fmt::format("{}: {}", name, value));
  append("Expect:");  // no waiting for a 100 before the body
  return list;
}

}  // namespace

std::string HttpResponse::field(std::string_view name) const {
  for (const auto& [known, value] : fields) {
    if (known == name) return value;
  }
  return "";
}

struct Http::Handle {
  CURL* curl = curl_easy_init();
  std::array<char, CURL_ERROR_SIZE> error{};
  ~Handle() { curl_easy_cleanup(curl); }
};

Http::Http(const Options& options) : handle_(std::make_unique<Handle>()) {
  CURL* curl = handle_->curl;
  CHECK(curl != nullptr, "libcurl starts");
  const std::string user_agent = fmt::format("larder/{}", kVersion);
  set(curl, CURLOPT_ERRORBUFFER, handle_->error.data());
  set(curl, CURLOPT_NOSIGNAL, 1L);
  set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  set(curl, CURLOPT_FOLLOWLOCATION, 0L);  // a token is not carried to wherever a redirect points
  set(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeOut_ms);
  set(curl, CURLOPT_COOKIEFILE, "");
  set(curl, CURLOPT_USERAGENT, user_agent.c_str());
  set(curl, CURLOPT_WRITEFUNCTION, take_body);
  set(curl, CURLOPT_HEADERFUNCTION, take_field);
  if (options.is_loopback) set(curl, CURLOPT_PROXY, "");
  if (!options.ca_certificate.empty()) set(curl, CURLOPT_CAINFO, options.ca_certificate.c_str());
}

Http::~Http() = default;

larder::Result<HttpResponse, HttpError> Http::send(const HttpRequest& request) {
  CURL* curl = handle_->curl;
  Exchange exchange{request, {}};
  const List fields = make_list(request.fields);
  handle_->error.front() = '\0';
  set(curl, CURLOPT_URL, request.url.c_str());
  set(curl, CURLOPT_HTTPHEADER, fields.get());
  set(curl, CURLOPT_WRITEDATA, &exchange);
  set(curl, CURLOPT_HEADERDATA, &exchange);
  set(curl, CURLOPT_TIMEOUT_MS, request.sink ? 0L : static_cast<long>(request.time_out.count()));
  set(curl, CURLOPT_LOW_SPEED_LIMIT, request.sink ? 1L : 0L);
  set(curl, CURLOPT_LOW_SPEED_TIME, request.sink ? kStalled_s : 0L);
  if (request.method == "GET") {
    set(curl, CURLOPT_HTTPGET, 1L);
    set(curl, CURLOPT_CUSTOMREQUEST, nullptr);
  } else {
    set(curl, CURLOPT_POST, 1L);
    set(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    set(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(curl, CURLOPT_POSTFIELDS, request.body.data());
  }

  const CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_OK) return std::move(exchange.response);
  std::string text = handle_->error.front() != '\0' ? handle_->error.data() : curl_easy_strerror(code);
  if (exchange.too_large) text = "the answer is longer than 64 MiB";
  return std::unexpected(HttpError{!never_left(code, curl), std::move(text), fault_of(code)});
}

}  // namespace larder::client
