#include "support/http_client.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include "support/content.h"
#include "support/eventually.h"

namespace larder::support {
namespace {

constexpr std::size_t kBuffer = 256 << 10;

std::optional<std::uint64_t> parse_number(std::string_view text, int base) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  return number;
}

int status_of(std::string_view line) {
  if (!line.starts_with("HTTP/1.1 ") && !line.starts_with("HTTP/1.0 ")) return 0;
  return static_cast<int>(parse_number(line.substr(9), 10).value_or(0));
}

}  // namespace

HttpClient::HttpClient(std::string address, LiveAuditor* auditor, const std::string& from)
    : address_(std::move(address)), auditor_(auditor), socket_(Socket::connect(address_, from)), buffer_(kBuffer) {
  socket_.limit_receive(kPatience);
}

bool HttpClient::send(std::string_view bytes) {
  if (auditor_ != nullptr) tell_of(bytes);
  return socket_.send_all(bytes);
}

void HttpClient::tell_of(std::string_view bytes) {
  unfinished_.append(bytes);
  for (std::size_t end; (end = unfinished_.find("\r\n\r\n")) != std::string::npos;) {
    audits_.push_back(auditor_->open(std::string_view(unfinished_).substr(0, end)));
    unfinished_.erase(0, end + 4);
  }
}

std::optional<ResponseAudit> HttpClient::next_audit() {
  if (auditor_ == nullptr) return std::nullopt;
  if (audits_.empty()) return auditor_->open(std::exchange(unfinished_, ""));  // what is no head may be answered, too
  std::optional<ResponseAudit> audit(std::move(audits_.front()));
  audits_.pop_front();
  return audit;
}

bool HttpClient::send_request(std::string_view method, std::string_view target,
                              const std::vector<std::string>& fields) {
  std::string text;
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: ").append(address_).append("\r\n");
  for (const std::string& field : fields) text.append(field).append("\r\n");
  return send(text.append("\r\n"));
}

HttpResponse HttpClient::read_response(std::string_view method, const BodySink& sink) {
  auto audit = next_audit();
  return read_audited(method, sink, audit ? &*audit : nullptr);
}

HttpResponse HttpClient::read_audited(std::string_view method, const BodySink& sink, ResponseAudit* audit) {
  HttpResponse response;
  do {
    auto head = read_head();
    if (!head) return {};
    response.status = status_of(head->first_line);
    response.head = *std::move(head);
  } while (response.status >= 100 && response.status < 200);

  if (audit != nullptr) audit->head(response.status, response.head.fields);
  const BodySink counted = [&](std::span<const std::byte> bytes) {
    response.body_bytes += bytes.size();
    if (audit != nullptr) audit->bytes(bytes);
    sink(bytes);
  };
  const auto length = parse_number(response.head.field("Content-Length"), 10);
  if (method == "HEAD" || response.status == 204 || response.status == 304) {
    response.complete = true;
  } else if (same_name(response.head.field("Transfer-Encoding"), "chunked")) {
    response.complete = read_chunked(counted);
  } else if (length) {
    response.complete = read_counted(*length, counted);
  } else {
    read_until_close(counted);
    response.complete = true;
  }
  if (audit != nullptr) audit->end(response.complete, auditor_->now());
  return response;
}

HttpResponse HttpClient::read_response(std::string_view method) {
  std::string body;
  HttpResponse response = read_response(method, [&](std::span<const std::byte> bytes) {
    const std::size_t count = std::min(bytes.size(), kTextLimit - std::min(kTextLimit, body.size()));
    body.append(reinterpret_cast<const char*>(bytes.data()), count);
  });
  response.body = std::move(body);
  return response;
}

HttpResponse HttpClient::fetch(std::string_view target, const std::vector<std::string>& fields,
                               std::string_view method) {
  if (!send_request(method, target, fields)) return {};
  return read_response(method);
}

HttpResponse HttpClient::fetch_checked(std::string_view target, std::uint64_t seed, std::uint64_t begin,
                                       std::uint64_t end) {
  const std::string range = "Range: bytes=" + std::to_string(begin) + "-" + std::to_string(end - 1);
  if (!send_request("GET", target, {range})) return {};
  return read_checked(seed, begin);
}

HttpResponse HttpClient::fetch_checked(std::string_view target, std::uint64_t seed) {
  if (!send_request("GET", target)) return {};
  return read_checked(seed, 0);
}

HttpResponse HttpClient::read_checked(std::uint64_t seed, std::uint64_t offset) {
  auto audit = next_audit();
  std::optional<std::uint64_t> first_wrong;
  const BodySink check = [&](std::span<const std::byte> bytes) {
    // What the audit has just compared need not be compared again.
    const bool compared = audit && audit->is_of(seed, offset + bytes.size());
    if (!first_wrong && !compared) first_wrong = verify(bytes, seed, offset);
    offset += bytes.size();
  };
  HttpResponse response = read_audited("GET", check, audit ? &*audit : nullptr);
  response.first_wrong = first_wrong;
  return response;
}

bool HttpClient::peer_closes() {
  std::array<std::byte, 1> byte{};
  return received_.empty() && socket_.wait_readable(kPatience) && socket_.receive(byte).value_or(0) == 0;
}

std::optional<MessageHead> HttpClient::read_head() {
  std::size_t end;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    const std::size_t count = socket_.receive(buffer_).value_or(0);
    if (count == 0) return std::nullopt;
    received_.append(reinterpret_cast<const char*>(buffer_.data()), count);
  }
  auto head = parse_message_head(std::string_view(received_).substr(0, end));
  received_.erase(0, end + 4);
  return head;
}

std::size_t HttpClient::receive(std::span<std::byte> into) {
  if (received_.empty()) return socket_.receive(into).value_or(0);
  const std::size_t count = std::min(into.size(), received_.size());
  std::memcpy(into.data(), received_.data(), count);
  received_.erase(0, count);
  return count;
}

bool HttpClient::read_counted(std::uint64_t length, const BodySink& sink) {
  while (length > 0) {
    const std::size_t wanted = std::min<std::uint64_t>(length, buffer_.size());
    const std::size_t count = receive(std::span(buffer_).first(wanted));
    if (count == 0) return false;
    sink(std::span(buffer_).first(count));
    length -= count;
  }
  return true;
}

bool HttpClient::read_chunked(const BodySink& sink) {
  for (std::string line; read_line(line);) {
    const auto size = parse_number(line, 16);
    if (!size) return false;
    if (*size > 0 && !read_counted(*size, sink)) return false;
    if (!read_line(line)) return false;
    if (*size == 0) return line.empty();
  }
  return false;
}

bool HttpClient::read_line(std::string& line) {
  line.clear();
  std::array<std::byte, 1> byte{};
  while (receive(byte) == 1) {
    line.push_back(static_cast<char>(byte[0]));
    if (!line.ends_with("\r\n")) continue;
    line.resize(line.size() - 2);
    return true;
  }
  return false;
}

void HttpClient::read_until_close(const BodySink& sink) {
  for (std::size_t count; (count = receive(buffer_)) > 0;) sink(std::span(buffer_).first(count));
}

HttpResponse fetch(const std::string& address, std::string_view target, const std::vector<std::string>& fields,
                   std::string_view method) {
  return HttpClient(address).fetch(target, fields, method);
}

}  // namespace larder::support
