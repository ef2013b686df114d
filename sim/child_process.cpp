#include "sim/child_process.h"

#include <fcntl.h>
#include <stdio_ext.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include "sim/error.h"

namespace orrery::sim {
namespace {

Error child_fault(std::string what) {
  return Error({.place = "", .what = std::move(what), .remedy = "try again, or take the fluid engine"}, ErrorKind::unavailable);
}

// Both sides are one program, so values travel as they lie in memory.
class Parcel {
 public:
  template <class Value>
  void put(const Value& value) {
    static_assert(std::is_trivially_copyable_v<Value>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  template <class Value>
  void put_all(const Value* first, std::size_t count) {
    static_assert(std::is_trivially_copyable_v<Value>);
    put(count);
    bytes_.append(reinterpret_cast<const char*>(first), count * sizeof(Value));
  }
  template <class Value>
  void put(const std::vector<Value>& values) {
    put_all(values.data(), values.size());
  }
  void put(const std::string& text) { put_all(text.data(), text.size()); }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : left_(bytes) {}
  template <class Value>
  void take(Value& value) {
    static_assert(std::is_trivially_copyable_v<Value>);
    copy(&value, sizeof value);
  }
  template <class Value>
  void take(std::vector<Value>& values) {
    values.resize(count_of(sizeof(Value)));
    copy(values.data(), values.size() * sizeof(Value));
  }
  void take(std::string& text) {
    text.resize(count_of(1));
    copy(text.data(), text.size());
  }

 private:
  std::size_t count_of(std::size_t size) {
    std::size_t count = 0;
    take(count);
    check(count <= left_.size() / size, "a parcel holds what it announces");
    return count;
  }
  void copy(void* to, std::size_t size) {
    check(size <= left_.size(), "a parcel is whole");
    if (size == 0) return;  // `to` may be null
    std::memcpy(to, left_.data(), size);
    left_.remove_prefix(size);
  }

  std::string_view left_;
};

enum class Letter : std::size_t { progress, timeline, error, failure };
struct Envelope {
  Letter letter;
  std::size_t size;
};

// The same for Parcel::put and Unpacker::take. Names every member, so that none is forgotten: with one more it does not compile.
template <class Visitor, class SomeTimeline>
void each_part(SomeTimeline& timeline, const Visitor& visit) {
  auto& [end, actor_ends, labels, accounts, served, spans, events, irregular, classes] = timeline;
  auto& [of_actor, of_resource] = classes;
  visit(end);
  visit(actor_ends);
  visit(labels);
  visit(accounts);
  visit(served);
  visit(spans);
  visit(events);
  visit(irregular);
  visit(of_actor);
  visit(of_resource);
}

std::string packed(const Timeline& timeline) {
  Parcel parcel;
  each_part(timeline, [&](const auto& part) { parcel.put(part); });
  return parcel.bytes();
}

Timeline unpacked_timeline(std::string_view bytes) {
  Timeline timeline;
  Unpacker unpacker(bytes);
  each_part(timeline, [&](auto& part) { unpacker.take(part); });
  return timeline;
}

std::string packed(const Error& error) {
  Parcel parcel;
  parcel.put(error.kind());
  parcel.put(error.faults().size());
  for (const Fault& fault : error.faults()) {
    parcel.put(fault.place);
    parcel.put(fault.what);
    parcel.put(fault.remedy);
  }
  return parcel.bytes();
}

Error unpacked_error(std::string_view bytes) {
  Unpacker unpacker(bytes);
  ErrorKind kind{};
  std::size_t count = 0;
  unpacker.take(kind);
  unpacker.take(count);
  std::vector<Fault> faults;
  for (std::size_t i = 0; i < count; ++i) {
    Fault& fault = faults.emplace_back();
    unpacker.take(fault.place);
    unpacker.take(fault.what);
    unpacker.take(fault.remedy);
  }
  return Error(std::move(faults), kind);
}

// One end of a pipe.
class PipeEnd {
 public:
  explicit PipeEnd(int descriptor) : descriptor_(descriptor) {}
  PipeEnd(const PipeEnd&) = delete;
  PipeEnd& operator=(const PipeEnd&) = delete;
  ~PipeEnd() { close_it(); }

  void close_it() {
    if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
  }

  void write_all(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw std::system_error(errno, std::generic_category(), "the caller does not listen");
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void send(Letter letter, std::string_view content) const {
    const Envelope envelope{letter, content.size()};
    write_all({reinterpret_cast<const char*>(&envelope), sizeof envelope});
    write_all(content);
  }

  /// False where the other end was closed before `size` bytes came.
  bool read_all(char* to, std::size_t size) const {
    while (size > 0) {
      const ssize_t came = ::read(descriptor_, to, size);
      if (came < 0 && errno == EINTR) continue;
      if (came <= 0) return false;
      to += came;
      size -= static_cast<std::size_t>(came);
    }
    return true;
  }

  // So that no other child is kept waiting by an end that this one happens to hold.
  void close_all_others() const {
    const auto own = static_cast<unsigned>(descriptor_);
    constexpr unsigned first = STDERR_FILENO + 1;
    if (own > first) close_range(first, own - 1, 0);
    close_range(std::max(own + 1, first), UINT_MAX, 0);
  }

 private:
  int descriptor_;
};

// A forked child; none survives its object.
class Child {
 public:
  explicit Child(pid_t id) : id_(id) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (id_ <= 0) return;
    kill(id_, SIGKILL);
    wait_for_it();
  }

  /// How it ended, as waitpid tells; none where somebody else was told.
  std::optional<int> wait_for_it() {
    int status = 0;
    pid_t ended = 0;
    do {
      ended = waitpid(id_, &status, 0);
    } while (ended < 0 && errno == EINTR);
    id_ = 0;
    return ended < 0 ? std::nullopt : std::optional(status);
  }

 private:
  pid_t id_;
};

std::string ending(std::optional<int> status) {
  if (status && WIFSIGNALED(*status)) return "was ended by signal " + std::to_string(WTERMSIG(*status));
  if (status && WIFEXITED(*status)) return "left with exit " + std::to_string(WEXITSTATUS(*status));
  return "ended";
}

[[noreturn]] void be_child(const PipeEnd& answers, const std::function<Timeline(const PlayOptions&)>& play, const PlayOptions& options) {
  int code = 0;
  try {
    answers.close_all_others();
    for (std::FILE* const copied : {stdout, stderr}) __fpurge(copied);  // the caller will write it; SimGrid flushes both
    PlayOptions told{.recorded = options.recorded};
    if (options.progress) {
      told.progress = [&answers](double share) { answers.send(Letter::progress, {reinterpret_cast<const char*>(&share), sizeof share}); };
    }
    try {
      answers.send(Letter::timeline, packed(play(told)));
    } catch (const Error& error) {
      answers.send(Letter::error, packed(error));
    } catch (const std::exception& failure) {
      answers.send(Letter::failure, failure.what());
    }
  } catch (...) {  // nobody listens
    code = 1;
  }
  _exit(code);
}

struct Answer {
  Letter letter = Letter::failure;
  std::string content;
};

// The last letter; none where the child ended before.
std::optional<Answer> read_answer(const PipeEnd& answers, const std::function<void(double)>& progress) {
  Answer answer;
  for (;;) {
    Envelope envelope{};
    if (!answers.read_all(reinterpret_cast<char*>(&envelope), sizeof envelope)) return std::nullopt;
    answer.letter = envelope.letter;
    answer.content.resize(envelope.size);
    if (!answers.read_all(answer.content.data(), envelope.size)) return std::nullopt;
    if (answer.letter != Letter::progress) return answer;
    double share = 0;
    Unpacker(answer.content).take(share);
    progress(share);
  }
}

}  // namespace

Timeline play_in_child(const std::string& who, const std::function<Timeline(const PlayOptions&)>& play, const PlayOptions& options) {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) throw child_fault(who + " got no pipe: " + std::generic_category().message(errno));
  const PipeEnd from_child(ends[0]);
  PipeEnd to_parent(ends[1]);
  const pid_t id = fork();
  if (id < 0) throw child_fault(who + " got no process: " + std::generic_category().message(errno));
  if (id == 0) be_child(to_parent, play, options);
  Child child(id);
  to_parent.close_it();
  const std::optional<Answer> answer = read_answer(from_child, options.progress);
  const std::optional<int> status = child.wait_for_it();
  if (!answer) throw child_fault(who + " " + ending(status) + " before it had a result");
  if (answer->letter == Letter::error) throw unpacked_error(answer->content);
  if (answer->letter == Letter::failure) throw child_fault(who + " failed: " + answer->content);
  return unpacked_timeline(answer->content);
}

}  // namespace orrery::sim
