#include <regex>
#include <set>

#include "unit/endpoints/browser_test.h"

namespace larder::endpoints {
namespace {

using api::Response;

class PageRoutesTest : public BrowserTest {
 protected:
  std::string html(const std::string& path) {
    const Response page = ask({}, "GET", path);
    EXPECT_EQ(page.status, 200) << path;
    EXPECT_EQ(page.content_type, "text/html; charset=utf-8") << path;
    return std::string(page.whole_body());
  }
  /// What of this portal a page leads to or loads.
  static std::set<std::string> links_of(const std::string& html) {
    static const std::regex link("(?:href|src)=\"(/[^\"]*)\"");
    std::set<std::string> links;
    for (std::sregex_iterator at(html.begin(), html.end(), link), end; at != end; ++at) links.insert((*at)[1]);
    return links;
  }
};

const std::vector<std::string> kPages = {"//", "//device", "//invitation"};

TEST_F(PageRoutesTest, RunNoScriptButTheirOwn) {
  for (const std::string& path : kPages) {
    const std::string text = html(path);
    EXPECT_EQ(text.find("<script>"), std::string::npos) << path;
    EXPECT_EQ(text.find(" style="), std::string::npos) << path;
    EXPECT_EQ(text.find(" onclick="), std::string::npos) << path;
    const Response page = ask({}, "GET", path);
    EXPECT_NE(field(page, "Content-Security-Policy").find("default-src 'none'; script-src 'self'"), std::string::npos);
  }
}

TEST_F(PageRoutesTest, LeadToWhatIsThere) {
  for (const std::string& path : kPages) {
    const auto links = links_of(html(path));
    EXPECT_TRUE(links.contains("/pages.css")) << path;
    for (const std::string& link : links) {
      EXPECT_EQ(ask({}, "GET", "/" + link).status, 200) << path << " leads to " << link;
    }
  }
}

}  // namespace
}  // namespace larder::endpoints
