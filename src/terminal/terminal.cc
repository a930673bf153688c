#include "terminal/terminal.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "terminal/printable.h"

namespace larder::terminal {
namespace {

constexpr std::array kEndingSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
constexpr std::size_t kMostSecret = 4096;

// For the signal handler, which cannot be given anything.
int silent_terminal = -1;
termios loud_settings{};

void write_text(int terminal, std::string_view text) {
  // Nobody is told if a prompt cannot be shown: the read that follows fails too.
  const ssize_t written = ::write(terminal, text.data(), text.size());
  static_cast<void>(written);
}

void restore_and_end(int signal) {
  ::tcsetattr(silent_terminal, TCSANOW, &loud_settings);
  write_text(STDERR_FILENO, "\n");
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

// While it lives, the terminal does not show what is typed.
class Silence {
 public:
  explicit Silence(int terminal) {
    if (::tcgetattr(terminal, &loud_settings) != 0) return;
    silent_terminal = terminal;
    for (const int signal : kEndingSignals) ::signal(signal, restore_and_end);
    termios settings = loud_settings;
    settings.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    settings.c_cc[VSUSP] = _POSIX_VDISABLE;  // stopped with Ctrl-Z, it would leave a silent terminal behind
    is_silent_ = ::tcsetattr(terminal, TCSAFLUSH, &settings) == 0;
  }
  ~Silence() {
    if (silent_terminal < 0) return;
    ::tcsetattr(silent_terminal, TCSANOW, &loud_settings);
    for (const int signal : kEndingSignals) ::signal(signal, SIG_DFL);
    silent_terminal = -1;
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  bool is_silent() const { return is_silent_; }

 private:
  bool is_silent_ = false;
};

Result<std::string> read_line(int terminal) {
  std::string line;
  char c = 0;
  for (;;) {
    const ssize_t count = ::read(terminal, &c, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, "the terminal");
    if (count == 0 && line.empty()) return fail(Errc::kInvalid, "There was no answer");
    if (count == 0 || c == '\n' || line.size() >= kMostSecret) return line;
    line += c;
  }
}

}  // namespace

std::optional<std::size_t> terminal_width(int descriptor) {
  if (::isatty(descriptor) == 0) return std::nullopt;
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

Result<std::string> ask_secret(std::string_view prompt) {
  const Silence silence(STDIN_FILENO);
  if (!silence.is_silent()) return fail(Errc::kUnavailable, "There is no terminal to ask for the password");
  write_text(STDERR_FILENO, printable(prompt));
  auto line = read_line(STDIN_FILENO);
  write_text(STDERR_FILENO, "\n");
  return line;
}

}  // namespace larder::terminal
