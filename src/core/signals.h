// The signals that a program of ours waits for in main(): SIGTERM and SIGINT end it, SIGHUP reloads.
#pragma once

#include <signal.h>

namespace larder {

/// Blocks them for this thread and those it makes, for sigwait(), and ignores SIGPIPE: a peer that has gone is an error
/// of a write. Call it before any thread is made.
inline sigset_t block_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, number);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return signals;
}

}  // namespace larder
