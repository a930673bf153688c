// OriginObserver: hears what a FakeOrigin has, says and sends.
//
// Threads    called from those of the origin and of whoever changes it; put() and remove() under the origin's lock, so
//            that nothing of a new object goes out before it was heard of. It must not call the origin.
#pragma once

#include <string>

#include "support/origin_script.h"

namespace larder::support {

class OriginObserver {
 public:
  virtual ~OriginObserver() = default;

  virtual void published(const std::string& path, const OriginObject& object) = 0;
  virtual void removed(const std::string& path) = 0;
  /// An answer with content, or a 304, whose head makes the object out to be this: before it goes out, and again when
  /// its head is out.
  virtual void given(const OriginRequest& request, const OriginObject& object) = 0;
  /// Any other status: before it goes out, and again when its head is out.
  virtual void answered(const OriginRequest& request, int status, std::string_view location) = 0;
  /// Body bytes were given to the kernel.
  virtual void sent(const OriginRequest& request, const OriginObject& object, const OriginRange& bytes) = 0;
  /// There was no answer, or not all of it.
  virtual void failed(const OriginRequest& request) = 0;
};

}  // namespace larder::support
