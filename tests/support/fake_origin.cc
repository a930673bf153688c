#include "support/fake_origin.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "support/eventually.h"
#include "support/origin_connection.h"

namespace larder::support {

FakeOrigin::FakeOrigin() : FakeOrigin(Options()) {}

FakeOrigin::FakeOrigin(Options options)
    : options_(std::move(options)),
      rate_(options_.bytes_per_second),
      listener_(Socket::listen(options_.address)),
      address_(listener_.local_address()),
      acceptor_([this] { accept_connections(); }) {}

FakeOrigin::~FakeOrigin() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& weak : gates_) {
      if (const auto gate = weak.lock()) gate->open();
    }
  }
  listener_.shut_down();
  acceptor_.join();
  rate_.stop();
  drop_connections();
  connections_.clear();  // joins their threads, which use the members above
}

void FakeOrigin::accept_connections() {
  for (;;) {
    Socket socket = listener_.accept();
    if (!socket.is_open()) return;
    std::list<OriginConnection> ended;
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    for (auto it = connections_.begin(); it != connections_.end();) {
      const auto next = std::next(it);
      if (it->is_over()) ended.splice(ended.end(), connections_, it);
      it = next;
    }
    connections_.emplace_back(*this, connections_accepted_++, std::move(socket));
  }
}

void FakeOrigin::put(const std::string& path, OriginObject object) {
  const std::lock_guard lock(mutex_);
  if (options_.observer != nullptr) options_.observer->published(path, object);
  paths_[path].object = std::move(object);
}

void FakeOrigin::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (options_.observer != nullptr) options_.observer->removed(path);
  paths_[path].object.reset();
}

void FakeOrigin::script(const std::string& path, OriginScript script) {
  const std::lock_guard lock(mutex_);
  paths_[path].script = std::move(script);
}

void FakeOrigin::reply(const std::string& path, OriginReply reply) {
  script(path, [reply = std::move(reply)](const OriginRequest&) { return reply; });
}

void FakeOrigin::clear_script(const std::string& path) { script(path, nullptr); }

std::vector<OriginRequest> FakeOrigin::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<OriginRequest> FakeOrigin::requests(const std::string& path) const {
  std::vector<OriginRequest> some = requests();
  std::erase_if(some, [&](const OriginRequest& request) { return request.path != path; });
  return some;
}

void FakeOrigin::forget_requests() {
  const std::lock_guard lock(mutex_);
  forgotten_ += requests_.size();
  requests_.clear();
}

bool FakeOrigin::wait_for_requests(const std::function<bool(const std::vector<OriginRequest>&)>& condition) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return condition(requests_); });
}

void FakeOrigin::drop_connections() {
  const std::lock_guard lock(mutex_);
  for (OriginConnection& connection : connections_) connection.shut_down();
}

FakeOrigin::Answer FakeOrigin::answer(OriginRequest& request) {
  OriginScript script;
  Answer answer;
  {
    const std::lock_guard lock(mutex_);
    Path& path = paths_[request.path];
    request.number = path.requests++;
    answer.object = path.object;
    answer.record = forgotten_ + requests_.size();
    if (answer.object) request.range = parse_range(request.head.field("Range"), answer.object->size);
    if (options_.record) requests_.push_back(request);
    script = path.script;
    changed_.notify_all();
  }
  if (script) answer.reply = script(request);  // unlocked: a script may call put()
  if (answer.reply.object) answer.object = answer.reply.object;
  if (answer.object) request.range = parse_range(request.head.field("Range"), answer.object->size);

  const std::lock_guard lock(mutex_);
  for (const auto& gate : {answer.reply.gate, answer.reply.head_gate}) {
    if (!gate) continue;
    gates_.push_back(gate);
    if (stopping_) gate->open();
  }
  return answer;
}

void FakeOrigin::update(std::size_t record, const std::function<void(OriginRequest&)>& change) {
  const std::lock_guard lock(mutex_);
  if (record < forgotten_ || record - forgotten_ >= requests_.size()) return;
  change(requests_[record - forgotten_]);
  changed_.notify_all();
}

void FakeOrigin::note_body_bytes(std::size_t record, std::size_t bytes) {
  body_bytes_sent_ += bytes;
  if (options_.record) update(record, [bytes](OriginRequest& request) { request.body_bytes_sent += bytes; });
}

}  // namespace larder::support
