#include "sim/program_operation.h"

#include <algorithm>
#include <optional>
#include <string>

#include "sim/program_names.h"

namespace orrery::sim {
namespace {

/// The value of an enumeration of `count` values that is called `name`.
template <class Enum>
std::optional<Enum> value_named(std::string_view name, int count) {
  for (int i = 0; i < count; ++i) {
    if (name_of(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

template <class Enum>
std::vector<std::string> names_of(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.emplace_back(name_of(static_cast<Enum>(i)));
  return names;
}

/// The words that may stand after a label.
std::vector<std::string> timed_words() {
  std::vector<std::string> words = names_of<KernelKind>(kernel_kind_count);
  for (std::string& name : names_of<CollectiveKind>(collective_kind_count)) words.push_back(std::move(name));
  words.insert(words.end(), {"busy", "pause", "send", "receive", "copy"});
  return words;
}

DataType data_type_from(ProgramLine& line) {
  const std::string_view word = line.word("a data type");
  const auto type = value_named<DataType>(word, data_type_count);
  if (!type) line.fail_unknown(word, "data type", names_of<DataType>(data_type_count));
  return type.value_or(DataType::fp32);
}

Kernel kernel_from(ProgramLine& line, KernelKind kind) {
  Kernel kernel{kind, data_type_from(line)};
  std::size_t i = 0;
  for (const std::string_view parameter : kernel_traits(kind).parameters) {
    const std::string prefix = std::string(parameter) + "=";
    std::string_view word = line.word(prefix);
    if (!word.starts_with(prefix)) {
      line.fail(word, quoted(word) + " where " + prefix + " should stand");
      break;
    }
    word.remove_prefix(prefix.size());
    kernel.shape[i++] = line.number_in<std::int64_t>(word, parameter);
  }
  return kernel;
}

std::int32_t offset_from(ProgramLine& line, std::string_view word) {
  const bool plus = word.starts_with('+');
  if (!plus && !word.starts_with('-')) {
    line.fail(word, quoted(word) + " where an offset should stand", "write its sign: +64 is the rank 64 above");
  } else if (plus) {
    word.remove_prefix(1);
    if (word.starts_with('-')) line.fail(word, "an offset with two signs");
  }
  return line.number_in<std::int32_t>(word, "an offset");
}

Receive receive_from(ProgramLine& line) {
  Receive receive{{line.number<std::int64_t>("the number of bytes")}, std::nullopt, std::nullopt};
  line.keyword("from");
  if (const std::string_view offset = line.word("an offset or any"); offset != "any") receive.offset = offset_from(line, offset);
  line.keyword("tag");
  if (const std::string_view tag = line.word("a tag or any"); tag != "any") receive.tag = line.number_in<std::int32_t>(tag, "a tag");
  return receive;
}

Duration duration_from_line(ProgramLine& line) {
  std::string_view word = line.word("a duration");
  if (!word.ends_with("ps")) {
    line.fail(word, quoted(word) + " is no duration in picoseconds", "write e.g. 1300000ps");
    return {};
  }
  word.remove_suffix(2);
  return {line.number_in<std::int64_t>(word, "a number of picoseconds")};
}

decltype(Operation::action) timed_action(ProgramLine& line, const ProgramNameTable& communicators) {
  const std::string_view word = line.word("an operation");
  if (const auto kind = value_named<KernelKind>(word, kernel_kind_count)) return Compute{kernel_from(line, *kind)};
  if (const auto kind = value_named<CollectiveKind>(word, collective_kind_count)) {
    const DataType type = data_type_from(line);
    const auto count = line.number<std::int64_t>("the number of elements");
    Collect collect{*kind, count, type, communicators.index_of(line, line.word("a communicator"), "communicator above this line")};
    if (!line.at_end()) {
      line.keyword("calls");
      collect.calls = line.number<std::int32_t>("how many calls a group has");
    }
    return collect;
  }
  if (word == "busy") return Busy{duration_from_line(line)};
  if (word == "pause") return Pause{duration_from_line(line)};
  if (word == "send") {
    const Bytes bytes{line.number<std::int64_t>("the number of bytes")};
    line.keyword("to");
    const auto offset = offset_from(line, line.word("an offset"));
    line.keyword("tag");
    return Send{bytes, offset, line.number<std::int32_t>("a tag")};
  }
  if (word == "receive") return receive_from(line);
  if (word == "copy") {
    const std::string_view name = line.word("device, to_host or from_host");
    const auto kind = value_named<CopyKind>(name, copy_kind_count);
    if (!kind) line.fail_unknown(name, "kind of copy", names_of<CopyKind>(copy_kind_count));
    return Copy{kind.value_or(CopyKind::device), {line.number<std::int64_t>("the number of bytes")}};
  }
  if (word == "record" || word == "wait" || word == "call") line.fail(word, quoted(word) + " takes no time and has no label");
  line.fail_unknown(word, "operation", timed_words());
  return {};
}

}  // namespace

void ProgramNameTable::add(std::string_view name) {
  indices_.emplace(name, static_cast<std::int32_t>(names_.size()));
  names_.push_back(name);
}

std::int32_t ProgramNameTable::index_of(ProgramLine& line, std::string_view word, std::string_view noun) const {
  const auto found = indices_.find(word);
  if (found != indices_.end()) return found->second;
  line.fail_unknown(word, noun, {names_.begin(), names_.end()});
  return 0;
}

Operation operation_from(ProgramLine& line, const ProgramNames& names) {
  std::string_view word = line.word("an operation");
  if (word.ends_with(':')) {
    word.remove_suffix(1);
    const auto label = names.labels_known ? names.labels.index_of(line, word, "label") : 0;
    return {static_cast<std::uint8_t>(label), timed_action(line, names.communicators)};
  }
  if (word == "record") {
    Record record{line.number<std::int32_t>("an event"), Record::When::done};
    if (!line.at_end()) {
      line.keyword("begun");
      record.when = Record::When::begun;
    }
    return {0, record};
  }
  if (word == "wait") return {0, Wait{line.number<std::int32_t>("an event")}};
  if (word == "call") {
    const auto block = names.blocks.index_of(line, line.word("the name of a block"), "block above this line");
    return {0, Call{block, line.number<std::int32_t>("how many times")}};
  }
  std::vector<std::string> known = timed_words();
  if (std::find(known.begin(), known.end(), word) != known.end()) {
    line.fail(word, quoted(word) + " takes time and has no label", "write LABEL: before it");
  }
  known.insert(known.end(), {"record", "wait", "call"});
  line.fail_unknown(word, "operation", known);
  return {};
}

}  // namespace orrery::sim
