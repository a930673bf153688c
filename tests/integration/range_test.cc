// What a client may ask of an object, and the heads it gets: RFC 9110 14, and what real clients need beyond it.
#include <chrono>

#include "node_test.h"

namespace larder::integration {
namespace {

constexpr std::uint64_t kSize = 3 * kMiB + 4321;
constexpr std::uint64_t kSeed = 17;
const std::string kPath = "/h/object.bin";

class Ranges : public NodeTest {
 protected:
  Ranges() {
    origin_.put(kPath, {.seed = kSeed, .size = kSize});
    node_.start();
  }

  /// The answer to GET with these fields; its bytes must be the object's from `offset` on.
  HttpResponse get(const std::vector<std::string>& fields, std::uint64_t offset) {
    HttpClient client = connect();
    client.send_request("GET", target(kPath), fields);
    HttpResponse response = client.read_checked(kSeed, offset);
    EXPECT_TRUE(response.complete);
    if (response.status < 300) {
      EXPECT_EQ(response.first_wrong, std::nullopt);
    }
    return response;
  }
  void expect_part(const std::vector<std::string>& fields, std::uint64_t begin, std::uint64_t end) {
    const HttpResponse response = get(fields, begin);
    const std::string& what = fields.back();
    EXPECT_EQ(response.status, 206) << what;
    EXPECT_EQ(response.body_bytes, end - begin) << what;
    EXPECT_EQ(response.head.field("Content-Length"), std::to_string(end - begin)) << what;
    EXPECT_EQ(response.head.field("Content-Range"),
              "bytes " + std::to_string(begin) + "-" + std::to_string(end - 1) + "/" + std::to_string(kSize))
        << what;
  }
  void expect_all(const std::vector<std::string>& fields) {
    const HttpResponse response = get(fields, 0);
    EXPECT_EQ(response.status, 200) << fields.back();
    EXPECT_EQ(response.body_bytes, kSize) << fields.back();
    EXPECT_EQ(response.head.count("Content-Range"), 0u) << fields.back();
  }
};

TEST_F(Ranges, EveryFormOfASingleRangeColdAndWarm) {
  for (int pass = 0; pass < 2; ++pass) {
    expect_part({"Range: bytes=-1"}, kSize - 1, kSize);
    expect_part({"Range: bytes=-4321"}, kSize - 4321, kSize);
    expect_part({"Range: bytes=-999999999999"}, 0, kSize);
    expect_part({"Range: bytes=0-0"}, 0, 1);
    expect_part({"Range: bytes=0-1"}, 0, 2);
    expect_part({"Range: bytes=1048575-1048576"}, kSlice - 1, kSlice + 1);
    expect_part({"Range: bytes=1048576-"}, kSlice, kSize);
    expect_part({"Range: bytes=0-"}, 0, kSize);
    expect_part({"Range: bytes=100-999999999999"}, 100, kSize);
    expect_part({"Range: bytes=0-999999999999999999999999999"}, 0, kSize);
    expect_part({"range: BYTES=5-9"}, 5, 10);
  }
}

TEST_F(Ranges, AWholeObjectHasALength) {
  const HttpResponse response = get({"Accept: */*"}, 0);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body_bytes, kSize);
  EXPECT_EQ(response.head.field("Content-Length"), std::to_string(kSize));
  EXPECT_EQ(response.head.field("Accept-Ranges"), "bytes");
  EXPECT_EQ(response.head.field("Content-Type"), "application/octet-stream");
  EXPECT_EQ(response.head.field("ETag"), "\"v1\"");
  EXPECT_EQ(response.head.field("Last-Modified"), "Fri, 02 Jan 2026 03:04:05 GMT");
}

TEST_F(Ranges, WhatLiesBehindTheEndIs416WithTheTotal) {
  for (const std::string range : {"bytes=3150049-", "bytes=99999999-", "bytes=3150049-3150050", "bytes=-0"}) {
    const HttpResponse response = connect().fetch(target(kPath), {"Range: " + range});
    EXPECT_EQ(response.status, 416) << range;
    EXPECT_EQ(response.head.field("Content-Range"), "bytes */" + std::to_string(kSize)) << range;
    EXPECT_TRUE(response.complete) << range;
  }
}

TEST_F(Ranges, WhatIsNoRangeIsPassedOver) {
  for (const std::string range :
       {"bytes=5-4", "bytes=abc", "bytes=-", "bytes=", "bytes", "items=0-5", "bytes=0x10-20", "bytes=1-2-3", "=0-5"}) {
    expect_all({"Range: " + range});
  }
}

// The real Linux client sends its older ranges along when it resumes for the second time, and wants the last.
TEST_F(Ranges, OfSeveralRangeLinesTheLastCounts) {
  expect_part({"Range: bytes=0-99", "Range: bytes=1000-3150048"}, 1000, kSize);
  expect_part({"Range: bytes=0-99", "Range: bytes=500-999", "Range: bytes=2000000-2000009"}, 2'000'000, 2'000'010);
}

TEST_F(Ranges, SeveralRangesInOneLineAreTheWholeObjectOrEachOfThem) {
  const HttpResponse response = connect().fetch(target(kPath), {"Range: bytes=0-9,20-29"});
  if (response.status == 206) {
    EXPECT_TRUE(response.head.field("Content-Type").starts_with("multipart/byteranges; boundary="));
  } else {
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body_bytes, kSize);
  }
}

TEST_F(Ranges, IfRangeHoldsForTheVersionThatTheClientHas) {
  expect_part({"If-Range: \"v1\"", "Range: bytes=7-9"}, 7, 10);
  expect_part({"If-Range: Fri, 02 Jan 2026 03:04:05 GMT", "Range: bytes=7-9"}, 7, 10);
  expect_all({"Range: bytes=7-9", "If-Range: \"v2\""});
  expect_all({"Range: bytes=7-9", "If-Range: W/\"v1\""});
  expect_all({"Range: bytes=7-9", "If-Range: Thu, 01 Jan 2026 03:04:05 GMT"});
}

TEST_F(Ranges, HeadTellsWhatGetWould) {
  for (int pass = 0; pass < 2; ++pass) {
    HttpClient client = connect();
    const HttpResponse whole = client.fetch(target(kPath), {}, "HEAD");
    EXPECT_EQ(whole.status, 200);
    EXPECT_EQ(whole.head.field("Content-Length"), std::to_string(kSize));
    EXPECT_EQ(client.fetch(target(kPath), {"Range: bytes=0-9"}, "HEAD").status, 200) << "ranges are for GET";
    const HttpResponse get_after = client.fetch(target(kPath), {"Range: bytes=0-9"});
    EXPECT_EQ(get_after.status, 206) << "no body of a HEAD stands in the way";
    EXPECT_EQ(get_after.body_bytes, 10u);
  }
}

TEST_F(Ranges, ClientsThatHaveItGet304) {
  expect_all({"Accept: */*"});
  EXPECT_EQ(connect().fetch(target(kPath), {"If-None-Match: \"v1\""}).status, 304);
  EXPECT_EQ(connect().fetch(target(kPath), {"If-None-Match: \"x\", \"v1\""}).status, 304);
  EXPECT_EQ(connect().fetch(target(kPath), {"If-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT"}).status, 304);
  EXPECT_EQ(connect().fetch(target(kPath), {"If-None-Match: \"v2\""}).status, 200);
}

TEST_F(Ranges, ConditionsAreThoseOfRfc9110) {
  expect_all({"Accept: */*"});
  const auto status = [&](const std::vector<std::string>& fields) {
    return connect().fetch(target(kPath), fields).status;
  };
  EXPECT_EQ(status({"If-None-Match: W/\"v1\""}), 304) << "compared weakly";
  EXPECT_EQ(status({"If-None-Match: *"}), 304);
  EXPECT_EQ(status({"If-None-Match: \"x\"", "If-None-Match: \"v1\""}), 304) << "lines of one list";
  EXPECT_EQ(status({"If-None-Match: \"x\"", "If-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT"}), 200)
      << "the date counts only without a tag";
  EXPECT_EQ(status({"If-None-Match: \"v1\"", "Range: bytes=0-9"}), 304) << "before the range";
  EXPECT_EQ(status({"If-Modified-Since: Fri, 02 Jan 2026 03:04:04 GMT"}), 200);
  EXPECT_EQ(status({"If-Modified-Since: yesterday"}), 200) << "no date at all";
  EXPECT_EQ(status({"If-Match: \"x\"", "If-Unmodified-Since: Thu, 01 Jan 2015 03:04:05 GMT"}), 200) << "for origins";
  expect_all({"If-Range: \"v1\""});
  expect_all({"Range: bytes=7-9", "If-Range: v1"});

  const HttpResponse response = connect().fetch(target(kPath), {"If-None-Match: \"v1\""});
  EXPECT_EQ(response.head.field("ETag"), "\"v1\"");
  for (const char* name : {"Date", "Via", "Age"}) EXPECT_FALSE(response.head.field(name).empty()) << name;
  for (const char* name : {"Content-Type", "Content-Length"}) EXPECT_TRUE(response.head.field(name).empty()) << name;
}

TEST_F(Ranges, AnObjectWithoutATagMatchesTheStar) {
  OriginObject object{.seed = 3, .size = 10};
  object.etag.clear();
  origin_.put("/h/untagged", object);
  EXPECT_EQ(connect().fetch(target("/h/untagged")).status, 200);
  EXPECT_EQ(connect().fetch(target("/h/untagged"), {"If-None-Match: *"}).status, 304);
  EXPECT_EQ(connect().fetch(target("/h/untagged"), {"If-None-Match: \"\""}).status, 200);
}

TEST_F(Ranges, AStoredObjectTellsItsAge) {
  OriginReply reply;
  reply.fields = {{"Age", "1000"}, {"Cache-Control", "max-age=100000"}};
  origin_.reply(kPath, reply);
  const auto age = [](const HttpResponse& response) {
    const std::string text(response.head.field("Age"));
    return text.empty() ? -1 : std::stoi(text);
  };
  const HttpResponse first = connect().fetch(target(kPath));
  EXPECT_GE(age(first), 1000) << "it was not made for us";
  const HttpResponse second = connect().fetch(target(kPath), {"Range: bytes=0-9"});
  EXPECT_GE(age(second), age(first));
  EXPECT_LT(age(second), 2000);
  EXPECT_EQ(second.head.field("Date"), first.head.field("Date")) << "of when the origin made it";

  origin_.put("/h/new", {.seed = 1, .size = 10});
  const auto begin = std::chrono::steady_clock::now();
  const int new_age = age(connect().fetch(target("/h/new")));
  const auto took = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - begin);
  EXPECT_LE(new_age, took.count()) << "made for this request";
  EXPECT_GE(age(connect().fetch(target("/h/new"))), 0);
}

// The Linux client looks field names up by case.
TEST_F(Ranges, FieldNamesAreInCanonicalCase) {
  const HttpResponse part = connect().fetch(target(kPath), {"Range: bytes=0-9"});
  for (const std::string name : {"Content-Length", "Content-Range", "Content-Type", "ETag", "Last-Modified"}) {
    EXPECT_TRUE(part.head.has_exactly(name)) << name;
  }
}

TEST_F(Ranges, AnEmptyObjectIsServed) {
  origin_.put("/h/empty", {.seed = 1, .size = 0});
  for (int pass = 0; pass < 2; ++pass) {
    const HttpResponse response = connect().fetch(target("/h/empty"));
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.complete);
    EXPECT_EQ(response.head.field("Content-Length"), "0");
  }
}

TEST_F(Ranges, SmallObjectsAndThoseOfExactlyOneSliceAreServed) {
  for (const std::uint64_t size : {std::uint64_t{1}, kSlice - 1, kSlice, kSlice + 1, 2 * kSlice}) {
    const std::string path = "/h/" + std::to_string(size);
    origin_.put(path, {.seed = size, .size = size});
    expect_whole(path, size, size);
    expect_whole(path, size, size);
    HttpClient client = connect();
    expect_range(client, path, size, size - 1, size);
  }
}

}  // namespace
}  // namespace larder::integration
