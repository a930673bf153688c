// StatusGate: who may read a status page, which asks for no password: not a page of another site in the reader's
// browser.
//
// A name that the attacker owns can be made to lead to an address of ours (DNS rebinding); the browser then takes our
// pages for that site's own. So a status address answers only to names that nobody else can own: addresses, localhost,
// the machine's own name, and what the configuration lists. What another site's page asks for is refused too, but not
// links: of what they open that site sees nothing.
//
// Source     RFC 9110, section 15.5.20 (421); Fetch Metadata Request Headers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/page.h"
#include "http/request_head.h"

namespace larder::http {

class StatusGate {
 public:
  /// `names`: what else a status address is called, without ports; case does not matter.
  explicit StatusGate(std::vector<std::string> names);

  /// What to answer instead of the page; nullopt: let them in. Programs that send no Host (HTTP/1.0) are let in.
  std::optional<Page> refusal(const RequestHead& head) const;

 private:
  bool knows(std::string_view host) const;

  std::vector<std::string> names_;
};

}  // namespace larder::http
