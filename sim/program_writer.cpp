#include <charconv>

#include "sim/error.h"
#include "sim/program_text.h"

namespace orrery::sim {
namespace {

/// Appends a Program to a string; the visitor of its actions.
class ProgramWriter {
 public:
  explicit ProgramWriter(const Program& program) : program_(program) {}

  std::string write() {
    write_header();
    for (const Communicator& communicator : program_.communicators) write(communicator);
    for (const Block& block : program_.blocks) {
      add("block ", block.name, "\n");
      for (const Operation& operation : block.operations) write(operation, "  ");
    }
    for (const Role& role : program_.roles) write(role);
    return std::move(text_);
  }

  std::string write(const Operation& operation) {
    write(operation, "");
    text_.pop_back();  // the line feed
    return std::move(text_);
  }

  void operator()(const Compute& compute) {
    const Kernel& kernel = compute.kernel;
    const auto& [name, parameters] = kernel_traits(kernel.kind);
    add(name, " ", name_of(kernel.type));
    for (std::size_t i = 0; i < parameters.size(); ++i) add(" ", parameters[i], "=", kernel.shape[i]);
  }
  void operator()(const Busy& busy) { add("busy ", busy.duration.ticks, "ps"); }
  void operator()(const Pause& pause) { add("pause ", pause.duration.ticks, "ps"); }
  void operator()(const Collect& collect) {
    check(collect.communicator >= 0 && collect.communicator < std::ssize(program_.communicators), "a collective names a communicator");
    add(name_of(collect.kind), " ", name_of(collect.type), " ", collect.count, " ",
        program_.communicators[static_cast<std::size_t>(collect.communicator)].name);
    if (collect.calls != 1) add(" calls ", collect.calls);
  }
  void operator()(const Send& send) {
    add("send ", send.bytes.count, " to ");
    write_offset(send.offset);
    add(" tag ", send.tag);
  }
  void operator()(const Receive& receive) {
    add("receive ", receive.bytes.count, " from ");
    receive.offset ? write_offset(*receive.offset) : add("any");
    add(" tag ");
    receive.tag ? add(*receive.tag) : add("any");
  }
  void operator()(const Copy& copy) { add("copy ", name_of(copy.kind), " ", copy.bytes.count); }
  void operator()(const Record& record) { add("record ", record.event, record.when == Record::When::begun ? " begun" : ""); }
  void operator()(const Wait& wait) { add("wait ", wait.event); }
  void operator()(const Call& call) {
    check(call.block >= 0 && call.block < std::ssize(program_.blocks), "a call names a block");
    add("call ", program_.blocks[static_cast<std::size_t>(call.block)].name, " ", call.times);
  }

 private:
  void add_one(std::string_view text) { text_ += text; }
  void add_one(std::int64_t number) {
    char digits[24];
    text_.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
  }
  template <class... Parts>
  void add(const Parts&... parts) {
    (add_one(parts), ...);
  }

  void write_header() {
    add("orrery-program 1\nname \"");
    for (const char c : program_.name) {
      if (c == '"' || c == '\\') text_ += '\\';
      text_ += c;
    }
    add("\"\nranks ", program_.ranks, "\nlabels");
    for (const std::string& label : program_.labels) add(" ", label);
    add("\n");
  }

  void write(const std::vector<Extent>& extents, std::string_view between) {
    for (const Extent& extent : extents) {
      add(between, extent.count, "*", extent.stride);
      between = "+";
    }
  }

  void write(const Communicator& communicator) {
    add("communicator ", communicator.name, " groups ", communicator.groups.first);
    write(communicator.groups.extents, "+");
    add(" members ");
    communicator.members.empty() ? add("self") : write(communicator.members, "");
    add("\n");
  }

  void write(const Role& role) {
    add("role ", role.name, " ranks ", role.ranks.first);
    write(role.ranks.extents, "+");
    add(" events ", role.events, "\n");
    for (const Stream& stream : role.streams) {
      add("  stream ", stream.name, "\n");
      for (const Operation& operation : stream.operations) write(operation, "    ");
    }
  }

  void write(const Operation& operation, std::string_view indent) {
    add(indent);
    if (takes_time(operation)) {
      check(operation.label < program_.labels.size(), "an operation that takes time has a label");
      add(program_.labels[operation.label], ": ");
    }
    std::visit(*this, operation.action);
    add("\n");
  }

  void write_offset(std::int32_t offset) { add(offset < 0 ? "" : "+", offset); }

  const Program& program_;
  std::string text_;
};

}  // namespace

std::string text_of(const Program& program) { return ProgramWriter(program).write(); }

std::string text_of(const Operation& operation, const Program& program) { return ProgramWriter(program).write(operation); }

}  // namespace orrery::sim
