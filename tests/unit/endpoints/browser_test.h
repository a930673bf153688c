// BrowserTest: an Api that is asked from outside, with cookies and tokens; nobody is known beforehand.
#pragma once

#include "unit/endpoints/api_test.h"

namespace larder::endpoints {

// What a client keeps between requests.
struct Browser {
  std::string cookie;  // "larder=..."
  std::string csrf;
  std::string bearer;
  std::string address = "192.0.2.7";
  bool secure = false;
};

class BrowserTest : public ApiTest {
 protected:
  api::Response ask(const Browser& browser, std::string method, std::string_view target, std::string body = "",
                    Fields more = {}) {
    api::Request request;
    request.method = std::move(method);
    const std::size_t mark = target.find('?');
    const std::string path(target.substr(0, mark));
    request.path = path.starts_with("//") ? path.substr(1) : "/api/v1" + path;
    if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
    request.fields = std::move(more);
    request.fields.emplace_back("Host", "portal.example.net");
    if (!browser.cookie.empty()) request.fields.emplace_back("Cookie", "other=1; " + browser.cookie);
    if (!browser.csrf.empty()) request.fields.emplace_back("X-CSRF-Token", browser.csrf);
    if (!browser.bearer.empty()) request.fields.emplace_back("Authorization", "Bearer " + browser.bearer);
    if (!body.empty() && request.field("Content-Type") == nullptr) {
      request.fields.emplace_back("Content-Type", "application/json");
    }
    request.body = std::move(body);
    request.client = *net::parse_address(browser.address);
    request.secure = browser.secure;
    forget_touches();
    auto response = api.answer(request);
    expect_that_changes_are_logged(request);
    return response;
  }

  api::Response try_to_sign_in(const Browser& browser, const std::string& email, const std::string& password,
                               Fields more = {}) {
    return ask(browser, "POST", "/session", R"({"email":")" + email + R"(","password":")" + password + R"("})",
               std::move(more));
  }

  Browser sign_in(const std::string& email, Browser browser = {}) {
    const api::Response response = try_to_sign_in(browser, email, kPassword);
    EXPECT_EQ(response.status, 201) << response.body;
    const std::string cookie = field(response, "Set-Cookie");
    browser.cookie = cookie.substr(0, cookie.find(';'));
    browser.csrf = json(response).at("csrf_token").as_string();
    return browser;
  }

  Browser with_token(const Browser& browser, const std::string& scopes) {
    const api::Response made = ask(browser, "POST", "/account/tokens", R"({"name":"t","scopes":[)" + scopes + "]}");
    EXPECT_EQ(made.status, 201) << made.body;
    Browser program;
    program.bearer = json(made).at("token").as_string();
    return program;
  }

  static std::string text(const api::Response& response, std::string_view name) {
    return std::string(json(response).at(name).as_string());
  }
};

}  // namespace larder::endpoints
