// The signals that a program of ours waits for in main(): SIGTERM and SIGINT end it, SIGHUP reloads, and some have
// more.
#pragma once

#include <signal.h>

#include <initializer_list>

namespace larder {

/// Ignores the signals that say what a failed write() says too: the peer has gone, the file may not be that long.
inline void ignore_write_signals() {
  for (const int number : {SIGPIPE, SIGXFSZ}) ::signal(number, SIG_IGN);
}

/// Blocks them for this thread and those it makes, for sigwait(), and ignores those of failed writes. Call it before
/// any thread is made. `more`: what it waits for beside them.
inline sigset_t block_signals(std::initializer_list<int> more = {}) {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, number);
  for (const int number : more) ::sigaddset(&signals, number);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ignore_write_signals();
  return signals;
}

}  // namespace larder
