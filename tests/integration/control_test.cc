// The control socket of a running node, and `larder-node ctl`.
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cstring>
#include <filesystem>
#include <thread>

#include "net/socket_file.h"
#include "node_test.h"
#include "support/certificate.h"

namespace larder::integration {
namespace {

constexpr std::uint64_t kSize = 2 * kMiB + 5;
constexpr std::uint64_t kSeed = 77;
const std::string kPath = "/c/object.bin";

class Control : public NodeTest {
 protected:
  Control() {
    origin_.put(kPath, {.seed = kSeed, .size = kSize});
    node_.config().listen = control_line();
  }

  std::string socket() const { return node_.folder() / "node.sock"; }
  std::string control_line() const { return "control = \"" + socket() + "\"\n"; }
  std::string config_file() const { return node_.folder() / "larder.toml"; }

  ProgramResult ctl(std::vector<std::string> words) const {
    std::vector<std::string> command = {LARDER_NODE_PROGRAM, "ctl", "--config", config_file()};
    command.insert(command.end(), words.begin(), words.end());
    return run_program(command);
  }
  boost::json::value json(std::vector<std::string> words) const {
    words.insert(words.begin(), "--json");
    const ProgramResult result = ctl(words);
    boost::json::error_code error;
    auto document = boost::json::parse(result.output, error);
    EXPECT_FALSE(error) << result.output;
    return document;
  }
  static std::string url(const std::string& path) { return "http://192.0.2.7" + target(path); }

  /// All that the node answers to these bytes.
  std::string say(std::string_view bytes) const {
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket().data(), socket().size());
    EXPECT_EQ(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    std::string answer;
    for (char piece[4096];;) {
      const ssize_t count = ::recv(descriptor, piece, sizeof piece, 0);
      if (count <= 0) break;
      answer.append(piece, static_cast<std::size_t>(count));
    }
    ::close(descriptor);
    return answer;
  }
};

TEST_F(Control, StatusSaysWhatTheStatusAddressSays) {
  node_.start();
  struct stat file{};
  ASSERT_EQ(::stat(socket().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777U, 0660U);
  const auto status = json({"status"});
  EXPECT_EQ(status.at("health").as_string(), "ok");
  EXPECT_EQ(status.at("node_id"), node_.status_document().at("node_id"));
  const ProgramResult text = ctl({"status"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_NE(text.output.find("state      ok"), std::string::npos) << text.output;
  EXPECT_NE(ctl({"drives"}).output.find(node_.drive_path()), std::string::npos);
}

TEST_F(Control, InspectFollowsAnObjectFromTheOriginToTheDrive) {
  node_.start();
  EXPECT_TRUE(json({"inspect", url(kPath)}).at("object").is_null());
  EXPECT_TRUE(origin_.requests().empty()) << "it asks no origin";

  HttpClient client = connect();
  expect_range(client, kPath, kSeed, 0, 10);
  ASSERT_TRUE(eventually([&] { return json({"inspect", url(kPath)}).at("slices").at("under_way").as_int64() == 0; }));
  const auto seen = json({"inspect", url(kPath)});
  EXPECT_EQ(seen.at("rule").as_string(), "windows-update");
  EXPECT_EQ(seen.at("origin").at("host").as_string(), kHost);
  EXPECT_TRUE(seen.at("object").at("in_memory").as_bool());
  EXPECT_EQ(seen.at("object").at("length").as_int64(), static_cast<std::int64_t>(kSize));
  EXPECT_TRUE(seen.at("object").as_object().contains("etag"));
  EXPECT_TRUE(seen.at("freshness").at("fresh").as_bool());
  EXPECT_EQ(seen.at("freshness").at("basis").as_string(), "rule");
  EXPECT_EQ(seen.at("slices").at("count").as_int64(), 3);
  EXPECT_EQ(seen.at("slices").at("stored").as_int64(), 1);
  // The same by the URL as its origin has it, and after a restart, from the drive.
  EXPECT_EQ(json({"inspect", std::string("http://") + kHost + kPath}).at("key"), seen.at("key"));
  ASSERT_EQ(node_.stop(), 0);
  node_.start();
  const auto again = json({"inspect", url(kPath)});
  EXPECT_FALSE(again.at("object").at("in_memory").as_bool());
  EXPECT_TRUE(again.at("object").at("on_drive").as_bool());
  EXPECT_EQ(again.at("slices").at("stored").as_int64(), 1);
  const ProgramResult text = ctl({"inspect", url(kPath)});
  EXPECT_NE(text.output.find("1 of 3"), std::string::npos) << text.output;
}

TEST_F(Control, InspectSaysWhyThereIsNoRule) {
  node_.start();
  const ProgramResult text = ctl({"inspect", "http://evil.example/a"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_NE(text.output.find("no content rule names it"), std::string::npos) << text.output;
  EXPECT_EQ(json({"inspect", "http://evil.example/a"}).at("refused").at("status").as_int64(), 403);
}

TEST_F(Control, ADrainedNodeSaysSoAndServesAllTheSame) {
  node_.config().tables = "[node]\nstate = \"" + (node_.folder() / "state") + "\"\n";
  node_.start();
  EXPECT_EQ(fetch(node_.status(), "/healthz").status, 200);
  EXPECT_NE(ctl({"drain"}).output.find("drained since"), std::string::npos);
  EXPECT_EQ(fetch(node_.status(), "/healthz").status, 503);
  EXPECT_EQ(node_.status_document().at("health").as_string(), "draining");
  EXPECT_EQ(node_.metrics().at("larder_node_drained"), 1);
  expect_whole(kPath, kSeed, kSize);

  node_.kill();
  node_.start();
  EXPECT_TRUE(json({"status"}).at("drained").as_bool()) << "also after a crash";
  EXPECT_TRUE(json({"undrain"}).at("kept").as_bool());
  EXPECT_EQ(fetch(node_.status(), "/healthz").status, 200);
  ASSERT_EQ(node_.stop(), 0);
  node_.start();
  EXPECT_FALSE(json({"status"}).at("drained").as_bool());
}

TEST_F(Control, WithoutAStateFolderItSaysThatARestartForgetsIt) {
  node_.start();
  EXPECT_NE(ctl({"drain"}).output.find("node.state is not set"), std::string::npos);
  ASSERT_EQ(node_.stop(), 0);
  node_.start();
  EXPECT_FALSE(json({"status"}).at("drained").as_bool());
}

TEST_F(Control, ReloadAnswersWithWhatCameOfIt) {
  node_.start();
  node_.config().limits = "egress = \"nonsense\"\n";
  node_.write_config();
  const ProgramResult refused = ctl({"reload"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.output.find("limits.egress"), std::string::npos) << refused.output;
  EXPECT_NE(json({"status"}).at("last_reload").at("problem").as_string().find("limits.egress"), std::string::npos);

  // What a full disk, or an editor that was killed, leaves.
  write_file(config_file(), "\n");
  const ProgramResult empty = ctl({"reload", "--socket", socket()});
  EXPECT_EQ(empty.exit_code, 1);
  EXPECT_NE(empty.output.find("is empty"), std::string::npos) << empty.output;

  node_.config().limits = "";
  node_.config().rules = "[]";
  node_.write_config();
  const ProgramResult taken = ctl({"reload"});
  EXPECT_EQ(taken.exit_code, 0) << taken.output;
  EXPECT_TRUE(json({"inspect", url(kPath)}).at("rule").is_null()) << "the new rules are in force";
  EXPECT_TRUE(json({"status"}).at("last_reload").at("taken").as_bool());
}

TEST_F(Control, ReloadSaysThatTheCertificateWasNotRenewed) {
  const TempDir folder;
  const CertificateFiles files = make_certificate(folder.path(), "node.test");
  node_.config().listen = control_line() + "https = [\"127.0.0.1:0\"]\n";
  node_.config().tables = "[tls]\ncertificate = \"" + files.certificate + "\"\nkey = \"" + files.key + "\"\n";
  node_.start();
  EXPECT_EQ(json({"reload"}).as_object().count("certificate_problem"), 0U);

  std::filesystem::resize_file(files.key, 0);
  const ProgramResult half = ctl({"reload"});
  EXPECT_EQ(half.exit_code, 0) << "the configuration was taken";
  EXPECT_NE(half.output.find("The certificate stays as it was: " + files.key), std::string::npos) << half.output;
  EXPECT_NE(json({"status"}).at("last_reload").at("certificate_problem").as_string().find(files.key),
            std::string::npos);
  EXPECT_NE(ctl({"status"}).output.find("not renewed: " + files.key), std::string::npos);

  node_.config().limits = "egress = \"nonsense\"\n";
  node_.write_config();
  const ProgramResult refused = ctl({"reload"});
  EXPECT_NE(refused.output.find("limits.egress"), std::string::npos) << refused.output;
  EXPECT_NE(refused.output.find("the certificate stays as it was: " + files.key), std::string::npos);
}

TEST_F(Control, ReloadsAndSighupsAtOnceAreAllAnswered) {
  node_.start();
  std::vector<std::thread> askers;
  for (int i = 0; i < 4; ++i) askers.emplace_back([&] { EXPECT_EQ(ctl({"reload"}).exit_code, 0); });
  for (int i = 0; i < 20; ++i) node_.signal(SIGHUP);
  for (std::thread& asker : askers) asker.join();
  EXPECT_TRUE(json({"status"}).at("last_reload").at("taken").as_bool());
}

TEST_F(Control, ScrubReadsADriveBackAtOnce) {
  node_.config().scrub_rate = "off";
  node_.config().segment_size = "4MiB";
  node_.start();
  origin_.put("/c/large.bin", {.seed = kSeed, .size = 12 * kMiB});
  expect_whole("/c/large.bin", kSeed, 12 * kMiB);
  const auto scrub = [&] { return json({"drives"}).at("drives").at(0).at("scrub"); };
  ASSERT_TRUE(eventually([&] { return json({"drives"}).at("drives").at(0).at("segments").as_int64() > 2; }));
  EXPECT_FALSE(scrub().as_object().contains("last_walk_ended"));
  const auto answer = json({"scrub", node_.drive_path(), "--rate", "1GB/s"});
  EXPECT_EQ(answer.at("drives").at(0).at("outcome").as_string(), "begun");
  ASSERT_TRUE(eventually([&] { return scrub().as_object().contains("last_walk_ended"); }));
  EXPECT_GE(scrub().at("slices").as_int64(), 3);
  EXPECT_EQ(ctl({"scrub", "/none"}).exit_code, 1);
  EXPECT_EQ(ctl({"scrub", "--rate", "1B/s"}).exit_code, 1);
}

TEST_F(Control, APurgeIsInForceForEveryResponseAfterTheAnswer) {
  node_.start();
  expect_whole(kPath, kSeed, kSize);
  const std::size_t before = origin_.requests(kPath).size();
  expect_whole(kPath, kSeed, kSize);
  ASSERT_EQ(origin_.requests(kPath).size(), before) << "it is fresh";

  // Soft, by the URL as clients send it: the origin is asked, and what is stored is right.
  const auto purged = json({"purge", "--url", url(kPath)});
  EXPECT_TRUE(purged.at("kept").as_bool());
  const auto status = json({"status"});
  EXPECT_EQ(status.at("purges").at("remembered").as_int64(), 1);
  EXPECT_EQ(status.at("purges").at("last").at("number"), purged.at("number"));
  EXPECT_EQ(node_.metrics().at("larder_purges_remembered"), 1);
  EXPECT_NE(ctl({"status"}).output.find("1 of 1000 remembered; the last one soft, of: url"), std::string::npos);
  EXPECT_FALSE(json({"inspect", url(kPath)}).at("freshness").at("fresh").as_bool());
  expect_whole(kPath, kSeed, kSize);
  ASSERT_EQ(origin_.requests(kPath).size(), before + 1);

  // Hard: all of it is fetched again.
  allow_refetch(3 * kSize);
  for (const std::vector<std::string>& what : {std::vector<std::string>{"--prefix", std::string(kHost) + "/c"},
                                               {"--rule", "windows-update"},
                                               {"--everything"}}) {
    std::vector<std::string> words = {"purge", "--hard"};
    words.insert(words.end(), what.begin(), what.end());
    const ProgramResult result = ctl(words);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    EXPECT_TRUE(json({"inspect", url(kPath)}).at("object").is_null()) << what.front();
    expect_whole(kPath, kSeed, kSize);
  }
}

TEST_F(Control, APurgeOfNothingThatThereIsIsRefused) {
  node_.start();
  const auto refusal = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "purge");
    const ProgramResult result = ctl(words);
    EXPECT_EQ(result.exit_code, 1) << words.back();
    return result.output;
  };
  EXPECT_NE(refusal({"--url", "http://evil.example/a"}).find("no content rule names it"), std::string::npos);
  EXPECT_NE(refusal({"--prefix", "evil.example"}).find("no content rule"), std::string::npos);
  EXPECT_NE(refusal({"--prefix", std::string(kHost) + "/a*"}).find("wildcards"), std::string::npos);
  EXPECT_NE(refusal({"--prefix", std::string(kHost) + "/a/../b"}).find("write where it leads"), std::string::npos);
  EXPECT_NE(refusal({"--rule", "none"}).find("windows-update"), std::string::npos) << "it names those there are";
  EXPECT_EQ(ctl({"purge"}).exit_code, 2);
  const ProgramResult unknown = ctl({"frob", "--json"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.output.find("'frob' is not a command of ctl: status, "), std::string::npos) << unknown.output;
  EXPECT_EQ(ctl({"purge", "--everything", "--rule", "x"}).exit_code, 2);
}

TEST_F(Control, CommandsAtOnceAreAllAnswered) {
  node_.start();
  std::vector<std::thread> askers;
  for (int i = 0; i < 24; ++i) {
    askers.emplace_back([&, i] { EXPECT_EQ(ctl({"purge", "--url", url(fmt::format("/{}", i))}).exit_code, 0); });
  }
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(json({"status"}).at("purges").at("remembered").as_int64(), 24);
}

// A connection to the process that was there before is kept, and whoever holds it believes to speak with the node.
TEST_F(Control, WhoHasGivenItsDrivesAwayDoesNothingMore) {
  node_.config().tables = "[node]\nstate = \"" + (node_.folder() / "state") + "\"\n";
  origin_.put("/slow.bin", {.seed = 5, .size = 64 * kMiB});
  node_.start();
  HttpClient slow = connect();  // so that it goes on
  ASSERT_TRUE(slow.send_request("GET", target("/slow.bin")));
  ASSERT_TRUE(slow.socket().wait_readable(kPatience));
  std::vector<std::pair<std::string, Descriptor>> asked;
  for (const char* path : {"/v1/drain", "/v1/scrub", "/v1/purge"}) {
    asked.emplace_back(path, net::connect_socket_file(socket(), kPatience).value());
  }
  node_.hand_over();
  for (const auto& [path, descriptor] : asked) {
    const std::string body = path == "/v1/purge" ? R"({"everything":true})" : "{}";
    const std::string request = fmt::format(
        "POST {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}", path, body.size(), body);
    ASSERT_EQ(::send(descriptor.number(), request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    std::array<char, 4096> answer{};
    const ssize_t count = ::recv(descriptor.number(), answer.data(), answer.size(), 0);
    ASSERT_GT(count, 0) << path;
    EXPECT_TRUE(std::string_view(answer.data(), static_cast<std::size_t>(count)).starts_with("HTTP/1.1 503")) << path;
  }
  EXPECT_FALSE(json({"status"}).at("drained").as_bool());
}

TEST_F(Control, AnswersHttpAndRefusesWhatIsWrong) {
  node_.start();
  const auto status_of = [&](std::string_view bytes) { return say(bytes).substr(0, 12); };
  EXPECT_EQ(status_of("GET /v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "HTTP/1.1 200");
  EXPECT_EQ(status_of("GET /v1/none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "HTTP/1.1 404");
  const std::string wrong = say("GET /v1/drain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(wrong.starts_with("HTTP/1.1 405")) << wrong;
  EXPECT_NE(wrong.find("Allow: POST\r\n"), std::string::npos) << wrong;
  EXPECT_NE(wrong.find("application/problem+json"), std::string::npos) << wrong;
  EXPECT_EQ(status_of("POST /v1/scrub HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\nnone"),
            "HTTP/1.1 400");
  // Nothing is passed over that somebody may have meant.
  const auto with_body = [&](const std::string& path, const std::string& body) {
    return status_of(fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}",
                                 path, body.size(), body));
  };
  EXPECT_EQ(with_body("/v1/drain", R"({"drained":false})"), "HTTP/1.1 400");
  EXPECT_EQ(with_body("/v1/undrain", "{}"), "HTTP/1.1 200");
  EXPECT_EQ(with_body("/v1/undrain?drive=x", ""), "HTTP/1.1 400");
  EXPECT_EQ(with_body("/v1/purge", R"({"url":"http://evil.example/a"})"), "HTTP/1.1 404");
  EXPECT_EQ(with_body("/v1/purge", R"({"prefix":"evil.example"})"), "HTTP/1.1 404");
  EXPECT_EQ(with_body("/v1/purge", R"({"rule":"none"})"), "HTTP/1.1 404");
  EXPECT_EQ(with_body("/v1/purge", R"({"url":"nonsense"})"), "HTTP/1.1 422");
  EXPECT_EQ(status_of("POST /v1/scrub HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"), "HTTP/1.1 413");
  const std::string garbage = say("\x16\x03\x01\r\n\r\n");
  EXPECT_TRUE(garbage.starts_with("HTTP/1.1 400")) << garbage;
  EXPECT_NE(garbage.find("application/problem+json"), std::string::npos) << garbage;
}

TEST_F(Control, ConnectionsThatDoNothingKeepNobodyOut) {
  node_.start();
  std::vector<int> idle;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket().data(), socket().size());
  for (int i = 0; i < 12; ++i) {
    idle.push_back(::socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(::connect(idle.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  EXPECT_EQ(ctl({"status"}).exit_code, 0);
  for (const int descriptor : idle) ::close(descriptor);
}

TEST_F(Control, ASocketThatWasLeftIsReplacedAndALiveOneIsNot) {
  node_.start();
  node_.kill();
  ASSERT_TRUE(std::filesystem::exists(socket()));
  node_.start();
  EXPECT_EQ(ctl({"status"}).exit_code, 0);

  Node second(LARDER_NODE_PROGRAM, config());
  second.config().listen = control_line();
  second.launch();
  ASSERT_TRUE(eventually([&] { return !second.is_running(); }));
  EXPECT_NE(second.program_output().find("another process listens there"), std::string::npos)
      << second.program_output();
  EXPECT_EQ(ctl({"status"}).exit_code, 0);
  EXPECT_EQ(node_.stop(), 0);
  EXPECT_FALSE(std::filesystem::exists(socket()));
}

TEST_F(Control, SaysWhatWasTriedIfNobodyAnswers) {
  node_.write_config();
  const ProgramResult none = ctl({"status"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_NE(none.output.find("there is no socket " + socket()), std::string::npos) << none.output;
  node_.start();
  node_.kill();
  EXPECT_NE(ctl({"status"}).output.find("nobody listens on " + socket()), std::string::npos);
  node_.config().listen = "";
  node_.write_config();
  EXPECT_NE(ctl({"status"}).output.find("names no control socket"), std::string::npos);
  EXPECT_EQ(ctl({"conquer"}).exit_code, 2);
  EXPECT_EQ(ctl({"inspect"}).exit_code, 2);
}

TEST_F(Control, CheckFindsASocketThatCannotBeMade) {
  write_file(socket(), "somebody's");
  const ProgramResult taken = node_.check();
  EXPECT_EQ(taken.exit_code, 1);
  EXPECT_NE(taken.output.find("something else than a socket"), std::string::npos) << taken.output;
  // systemd makes the folder when it starts the node.
  node_.config().listen = "control = \"" + (node_.folder() / "none/node.sock") + "\"\n";
  const ProgramResult no_folder = node_.check();
  EXPECT_EQ(no_folder.exit_code, 0);
  EXPECT_NE(no_folder.output.find("there is no folder"), std::string::npos) << no_folder.output;
}

TEST_F(Control, WithoutItsFolderTheNodeDoesNotStart) {
  node_.config().listen = "control = \"" + (node_.folder() / "none/node.sock") + "\"\n";
  node_.launch();
  ASSERT_TRUE(eventually([&] { return !node_.is_running(); }));
  EXPECT_NE(node_.program_output().find("there is no folder"), std::string::npos) << node_.program_output();
}

}  // namespace
}  // namespace larder::integration
