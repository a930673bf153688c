#include "identity/fetch.h"

#include <curl/curl.h>

#include <array>
#include <memory>

#include "core/check.h"

namespace larder::identity {
namespace {

struct Freed {
  void operator()(CURL* handle) const { ::curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};

void start_curl() {
  static const bool started = ::curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  CHECK(started, "libcurl does not start");
}

std::size_t take(char* bytes, std::size_t, std::size_t size, void* body_pointer) {
  auto& body = *static_cast<std::string*>(body_pointer);
  if (body.size() + size > kFetchLimit) return 0;  // ends the transfer with CURLE_WRITE_ERROR
  body.append(bytes, size);
  return size;
}

Errc errc_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return Errc::kTimeout;
    case CURLE_PEER_FAILED_VERIFICATION: return Errc::kRefused;
    case CURLE_WRITE_ERROR:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_SSL_CACERT_BADFILE: return Errc::kInvalid;
    default: return Errc::kUnavailable;
  }
}

void set_up(CURL* handle, const FetchRequest& request, FetchAnswer& answer, curl_slist* fields) {
  const auto patience = static_cast<long>(std::chrono::milliseconds(kFetchPatience).count());
  ::curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  ::curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "https,http");
  ::curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  ::curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);  // there are threads
  ::curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, patience);
  ::curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, patience / 2);
  ::curl_easy_setopt(handle, CURLOPT_HTTPHEADER, fields);
  ::curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take);
  ::curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer.body);
  if (!request.certificate_authority.empty()) {
    ::curl_easy_setopt(handle, CURLOPT_CAINFO, request.certificate_authority.c_str());
    ::curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
  }
  if (!request.form.empty()) {
    ::curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.form.size()));
    ::curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.form.c_str());
  }
  if (!request.bearer.empty()) {
    ::curl_easy_setopt(handle, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    ::curl_easy_setopt(handle, CURLOPT_XOAUTH2_BEARER, request.bearer.c_str());
  }
  if (!request.user.empty()) {
    ::curl_easy_setopt(handle, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    ::curl_easy_setopt(handle, CURLOPT_USERNAME, request.user.c_str());
    ::curl_easy_setopt(handle, CURLOPT_PASSWORD, request.password.c_str());
  }
}

}  // namespace

larder::Result<FetchAnswer> fetch(const FetchRequest& request) {
  start_curl();
  const std::unique_ptr<CURL, Freed> handle(::curl_easy_init());
  const std::unique_ptr<curl_slist, Freed> fields(::curl_slist_append(nullptr, "Accept: application/json"));
  CHECK(handle && fields, "out of memory");
  FetchAnswer answer;
  std::array<char, CURL_ERROR_SIZE> why{};
  ::curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, why.data());
  set_up(handle.get(), request, answer, fields.get());
  const CURLcode said = ::curl_easy_perform(handle.get());
  if (said != CURLE_OK) {
    return fail(errc_of(said), "{}: {}", request.url, why[0] != '\0' ? why.data() : ::curl_easy_strerror(said));
  }
  long status = 0;
  ::curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

}  // namespace larder::identity
