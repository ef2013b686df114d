#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "sim/error.h"
#include "sim/program_faults.h"
#include "sim/program_line.h"
#include "sim/program_names.h"
#include "sim/program_operation.h"
#include "sim/program_text.h"

namespace orrery::sim {
namespace {

constexpr std::array<std::string_view, 4> header_words{"orrery-program", "name", "ranks", "labels"};

/// The lines on which a list of operations stands, to place what `faults_of` finds.
struct ListLines {
  std::int32_t line;
  std::vector<std::int32_t> operations;
};
struct RoleLines {
  std::int32_t line;
  std::vector<ListLines> streams;
};

std::vector<Extent> extents_from(ProgramLine& line, std::string_view word) {
  std::vector<Extent> extents;
  for (std::size_t begin = 0; begin <= word.size() && !line.failed();) {
    const std::size_t end = std::min(word.find('+', begin), word.size());
    const std::string_view extent = word.substr(begin, end - begin);
    const std::size_t star = extent.find('*');
    if (star == extent.npos) {
      line.fail(extent, quoted(extent) + " where COUNT*STRIDE should stand");
      break;
    }
    const auto count = line.number_in<std::int32_t>(extent.substr(0, star), "a count");
    extents.push_back({count, line.number_in<std::int32_t>(extent.substr(star + 1), "a stride")});
    begin = end + 1;
  }
  return extents;
}

Lattice lattice_from(ProgramLine& line) {
  const std::string_view word = line.word("FIRST+COUNT*STRIDE");
  const std::size_t plus = word.find('+');
  Lattice lattice;
  lattice.first = line.number_in<std::int32_t>(word.substr(0, plus), "the first rank");
  if (plus != word.npos) lattice.extents = extents_from(line, word.substr(plus + 1));
  return lattice;
}

class ProgramReader {
 public:
  ProgramReader(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  Program read() {
    for (std::size_t begin = 0; begin < text_.size() && faults_.size() < max_program_faults && !foreign_;) {
      const std::size_t end = std::min(text_.find('\n', begin), text_.size());
      ++number_;
      read_line(text_.substr(begin, end - begin));
      begin = end + 1;
    }
    if (faults_.empty() && header_ < header_words.size()) {
      add_fault(number_ + 1, 1, "the text ends where " + quoted(header_words[header_]) + " should stand");
    }
    if (faults_.empty()) find_faults();
    if (!faults_.empty()) throw Error(std::move(faults_));
    return std::move(program_);
  }

 private:
  enum class Section { top, block, role, skipped };

  void add_fault(std::int32_t line, std::int32_t column, std::string what, std::string remedy = "") {
    if (faults_.size() == max_program_faults) return;
    const std::string place = std::string(name_) + ":" + std::to_string(line) + ":" + std::to_string(column);
    faults_.push_back({place, std::move(what), std::move(remedy)});
  }

  void read_line(std::string_view text) {
    ProgramLine line(text);
    if (line.at_end()) return;
    if (line.indent() == 0) {
      read_top(line);
    } else if (section_ != Section::skipped) {
      read_indented(line);
    }
    if (line.fault()) add_fault(number_, line.fault()->column, line.fault()->what, line.fault()->remedy);
  }

  void read_top(ProgramLine& line);
  void read_header(ProgramLine& line, std::string_view word);
  void read_communicator(ProgramLine& line);
  void read_role(ProgramLine& line);
  void read_indented(ProgramLine& line);
  void read_operation(ProgramLine& line, std::vector<Operation>& operations, ListLines& lines);

  void find_faults();
  std::pair<std::int32_t, std::int32_t> line_and_column(const ProgramPlace& place) const;

  std::string_view text_;
  std::string_view name_;
  std::int32_t number_ = 0;  // of the line, from 1
  std::size_t header_ = 0;   // lines of the header read or given up
  bool foreign_ = false;     // the text is no Program, or of another version: reading on would only blame
  Section section_ = Section::top;
  Program program_;
  std::vector<Fault> faults_;
  ProgramNames names_;
  std::array<std::int32_t, header_words.size()> header_lines_{};
  std::vector<std::int32_t> communicator_lines_;
  std::vector<ListLines> block_lines_;
  std::vector<RoleLines> role_lines_;
};

// ---- lines without indent

void ProgramReader::read_top(ProgramLine& line) {
  section_ = Section::skipped;  // what stands below a line that cannot be read is not blamed too
  const std::string_view word = line.word("a keyword");
  const auto place = static_cast<std::size_t>(std::find(header_words.begin(), header_words.end(), word) - header_words.begin());
  if (header_ == 0 && place != 0) {
    foreign_ = true;
    return line.fail(word, "not a Program: its first line is not \"orrery-program 1\"");
  }
  if (place < header_) return line.fail(word, "a second line " + quoted(word) + ", or one out of order");
  const bool known = place < header_words.size() || word == "communicator" || word == "block" || word == "role";
  if (!known) return line.fail_unknown(word, "keyword", {"communicator", "block", "role", "name", "ranks", "labels"});
  for (; header_ < place; ++header_) add_fault(number_, 1, "the line " + quoted(header_words[header_]) + " is missing above this one");
  if (place < header_words.size()) return read_header(line, word);
  if (word == "communicator") return read_communicator(line);
  if (word == "role") return read_role(line);
  section_ = Section::block;
  const std::string_view name = line.word("the name of the block");
  line.end();
  names_.blocks.add(name);
  block_lines_.push_back({number_, {}});
  program_.blocks.push_back({std::string(name), {}});
}

void ProgramReader::read_header(ProgramLine& line, std::string_view word) {
  section_ = Section::top;
  header_lines_[header_++] = number_;
  if (word == "orrery-program") {
    const std::string_view version = line.word("the version of the form");
    foreign_ = version != "1";
    if (foreign_) line.fail(version, "version " + quoted(version) + " of the form", "this reader knows version 1");
  } else if (word == "name") {
    program_.name = line.text("the name of the Program");
  } else if (word == "ranks") {
    program_.ranks = line.number<std::int32_t>("the number of ranks");
  } else {
    names_.labels_known = true;
    while (!line.at_end() && !line.failed()) {
      const std::string_view label = line.word("a label");
      names_.labels.add(label);
      program_.labels.emplace_back(label);
    }
  }
  line.end();
}

void ProgramReader::read_communicator(ProgramLine& line) {
  section_ = Section::top;
  Communicator communicator;
  const std::string_view name = line.word("the name of the communicator");
  names_.communicators.add(name);
  communicator.name = name;
  line.keyword("groups");
  communicator.groups = lattice_from(line);
  line.keyword("members");
  const std::string_view members = line.word("COUNT*STRIDE or self");
  if (members != "self") communicator.members = extents_from(line, members);
  line.end();
  communicator_lines_.push_back(number_);
  program_.communicators.push_back(std::move(communicator));
}

void ProgramReader::read_role(ProgramLine& line) {
  section_ = Section::role;
  Role role;
  role.name = line.word("the name of the role");
  line.keyword("ranks");
  role.ranks = lattice_from(line);
  line.keyword("events");
  role.events = line.number<std::int32_t>("the number of events");
  line.end();
  role_lines_.push_back({number_, {}});
  program_.roles.push_back(std::move(role));
}

// ---- streams and operations

void ProgramReader::read_indented(ProgramLine& line) {
  if (section_ == Section::block) {
    if (line.indent() == 2) return read_operation(line, program_.blocks.back().operations, block_lines_.back());
    return line.fail_indent("the operations of a block are indented by 2");
  }
  if (section_ == Section::top) return line.fail_indent("only what belongs to a block or role is indented");
  Role& role = program_.roles.back();
  RoleLines& lines = role_lines_.back();
  if (line.indent() == 2) {
    line.keyword("stream");
    role.streams.push_back({std::string(line.word("the name of the stream")), {}});
    lines.streams.push_back({number_, {}});
    return line.end();
  }
  if (line.indent() == 4 && !role.streams.empty()) return read_operation(line, role.streams.back().operations, lines.streams.back());
  line.fail_indent("the streams of a role are indented by 2, their operations by 4");
}

void ProgramReader::read_operation(ProgramLine& line, std::vector<Operation>& operations, ListLines& lines) {
  operations.push_back(operation_from(line, names_));
  line.end();
  lines.operations.push_back(number_);
}

// ---- faults of the whole

void ProgramReader::find_faults() {
  std::multimap<std::pair<std::int32_t, std::int32_t>, ProgramFault> by_place;
  for (ProgramFault& fault : faults_of(program_)) by_place.emplace(line_and_column(fault.place), std::move(fault));
  for (auto& [place, fault] : by_place) add_fault(place.first, place.second, std::move(fault.what), std::move(fault.remedy));
}

std::pair<std::int32_t, std::int32_t> ProgramReader::line_and_column(const ProgramPlace& place) const {
  const auto at = [](const auto& list, std::int32_t index) -> const auto& { return list[static_cast<std::size_t>(index)]; };
  switch (place.part) {
    case ProgramPart::name:
      return {header_lines_[1], 1};
    case ProgramPart::ranks:
      return {header_lines_[2], 1};
    case ProgramPart::labels:
      return {header_lines_[3], 1};
    case ProgramPart::communicator:
      return {at(communicator_lines_, place.index), 1};
    case ProgramPart::block: {
      const ListLines& block = at(block_lines_, place.index);
      if (place.operation < 0) return {block.line, 1};
      return {at(block.operations, place.operation), 3};
    }
    case ProgramPart::role:
      break;
  }
  const RoleLines& role = at(role_lines_, place.index);
  if (place.stream < 0) return {role.line, 1};
  const ListLines& stream = at(role.streams, place.stream);
  if (place.operation < 0) return {stream.line, 3};
  return {at(stream.operations, place.operation), 5};
}

}  // namespace

Program program_from(std::string_view text, std::string_view name) { return ProgramReader(text, name).read(); }

}  // namespace orrery::sim
