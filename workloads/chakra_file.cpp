#include "workloads/chakra_file.h"

#include <array>
#include <bit>
#include <cmath>
#include <protozero/pbf_reader.hpp>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

struct WireField {
  std::uint32_t number = 0;
  bool is_list = false;      // or a text: it has bytes
  std::uint64_t value = 0;   // else
  std::string_view bytes{};  // of the message's own
};

/// The one that `message` stands at, of whatever type.
WireField field_at(protozero::pbf_reader& message) {
  WireField field{.number = message.tag()};
  switch (message.wire_type()) {
    case protozero::pbf_wire_type::varint:
      field.value = message.get_uint64();
      break;
    case protozero::pbf_wire_type::fixed64:
      field.value = message.get_fixed64();
      break;
    case protozero::pbf_wire_type::fixed32:
      field.value = message.get_fixed32();
      break;
    default:
      const protozero::data_view bytes = message.get_view();
      field.is_list = true;
      field.bytes = {bytes.data(), bytes.size()};
  }
  return field;
}

protozero::pbf_reader message_in(std::string_view bytes) { return protozero::pbf_reader(bytes.data(), bytes.size()); }

/// A varint that stands alone: a length, an element of a list. Takes it from `bytes`.
std::uint64_t take_varint(std::string_view& bytes) {
  const char* at = bytes.data();
  const std::uint64_t value = protozero::decode_varint(&at, bytes.data() + bytes.size());
  bytes.remove_prefix(static_cast<std::size_t>(at - bytes.data()));
  return value;
}

/// The value of an attribute, of whatever type.
struct AttributeValue {
  ChakraNumber number{};
  std::string_view text{};
};

/// By field of AttributeProto, each followed by its list: double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32
/// sfixed64 bool string bytes.
AttributeValue value_of(const WireField& field) {
  constexpr std::uint32_t doubles = 3;
  constexpr std::uint32_t floats = 5;
  constexpr std::uint32_t sint32 = 15;
  constexpr std::uint32_t sint64 = 17;
  constexpr std::uint32_t sfixed32 = 23;
  constexpr std::uint32_t string = 29;
  constexpr std::uint32_t bytes = 31;
  const auto whole = [](double value) -> ChakraNumber {
    constexpr double most = 9e18;
    if (!(std::abs(value) < most)) return std::nullopt;
    return static_cast<std::int64_t>(value);
  };
  switch (field.number) {
    case doubles:
      return {whole(std::bit_cast<double>(field.value)), {}};
    case floats:
      return {whole(static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(field.value)))), {}};
    case sint32:
    case sint64:
      return {protozero::decode_zigzag64(field.value), {}};
    case sfixed32:
      return {static_cast<std::int32_t>(static_cast<std::uint32_t>(field.value)), {}};
    case string:
    case bytes:
      return {std::nullopt, field.bytes};
    default:
      return {static_cast<std::int64_t>(field.value), {}};
  }
}

class ChakraReader {
 public:
  ChakraReader(std::string_view bytes, const std::string& name) : rest_(bytes), name_(name) {}

  ChakraFile read() {
    message();  // the metadata, of which nothing is needed
    while (!rest_.empty()) read_node(message());
    return std::move(file_);
  }

 private:
  std::string place() const { return name_ + ": node " + std::to_string(file_.nodes.size() + 1) + " of the file"; }
  [[noreturn]] void fail(const std::string& what) const {
    throw sim::Error({.place = place(), .what = what, .remedy = "give a whole Chakra trace (.et), or its JSON form"});
  }

  std::string_view message() {
    constexpr const char* ends_here = "the file ends here, or is no Chakra trace";
    std::uint64_t length = 0;
    try {
      length = take_varint(rest_);
    } catch (const protozero::exception&) {
      fail(ends_here);
    }
    if (length > rest_.size()) fail(ends_here);
    const std::string_view found = rest_.substr(0, static_cast<std::size_t>(length));
    rest_.remove_prefix(found.size());
    return found;
  }

  void read_node(std::string_view bytes) {
    ChakraNode node{.first_dependency = file_.dependencies.size()};
    control_.clear();
    try {
      for (protozero::pbf_reader reader = message_in(bytes); reader.next();) take(field_at(reader), node);
    } catch (const protozero::exception&) {
      fail("is cut off, or no message");
    }
    node.data_count = file_.dependencies.size() - node.first_dependency;
    node.control_count = control_.size();
    file_.dependencies.insert(file_.dependencies.end(), control_.begin(), control_.end());
    file_.nodes.push_back(node);
  }

  void take(const WireField& field, ChakraNode& node) {
    switch (field.number) {
      case 1:
        node.id = field.value;
        return;
      case 2:
        node.name = field.bytes;
        return;
      case 3:
        node.type = chakra_type(static_cast<std::int64_t>(field.value), place());
        return;
      case 4:
        return take_ids(field, control_);
      case 5:
        return take_ids(field, file_.dependencies);
      case 6:
        if (field.value > 0) node.start = chakra_duration(static_cast<double>(field.value), place());
        return;
      case 7:
        node.duration = chakra_duration(static_cast<double>(field.value), place());
        return;
      case 8:
        return take_inputs(field.bytes, node);
      case 10:
        return take_attribute(field.bytes, node);
      default:
        return;
    }
  }

  static void take_ids(const WireField& field, std::vector<std::uint64_t>& to) {
    if (!field.is_list) return to.push_back(field.value);
    for (std::string_view list = field.bytes; !list.empty();) to.push_back(take_varint(list));
  }

  static void take_inputs(std::string_view bytes, ChakraNode& node) {
    for (protozero::pbf_reader reader = message_in(bytes); reader.next();) {
      const WireField field = field_at(reader);
      if (field.number == 1) node.inputs = field.bytes;
    }
  }

  static void take_attribute(std::string_view bytes, ChakraNode& node) {
    std::string_view name;
    AttributeValue value;
    for (protozero::pbf_reader reader = message_in(bytes); reader.next();) {
      const WireField field = field_at(reader);
      if (field.number == 1) name = field.bytes;
      if (field.number > 2) value = value_of(field);
    }
    struct Wanted {
      std::string_view name;
      ChakraNumber ChakraNode::* number;
    };
    static constexpr std::array<Wanted, 9> wanted{{{"num_ops", &ChakraNode::operations},
                                                   {"tensor_size", &ChakraNode::tensor_bytes},
                                                   {"comm_type", &ChakraNode::comm_type},
                                                   {"comm_size", &ChakraNode::comm_bytes},
                                                   {"comm_src", &ChakraNode::source},
                                                   {"comm_dst", &ChakraNode::destination},
                                                   {"comm_tag", &ChakraNode::tag},
                                                   {"stream", &ChakraNode::stream},
                                                   {"tid", &ChakraNode::thread}}};
    for (const Wanted& each : wanted) {
      if (each.name == name) node.*each.number = value.number;
    }
    if (name == "is_cpu_op") node.on_host = value.number.value_or(0) != 0;
    if (name == "rf_id") node.from_pytorch = true;
    if (name == "pg_name") node.group = value.text;
    if (name == "orrery") node.operation = value.text;
  }

  std::string_view rest_;
  const std::string& name_;
  ChakraFile file_;
  std::vector<std::uint64_t> control_;  // of the node at hand
};

bool is_json(std::string_view bytes) {
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && bytes[first] == '{' && bytes.find('"') != std::string_view::npos &&
         bytes.find_first_not_of(" \t\r\n", first + 1) == bytes.find('"');
}

}  // namespace

sim::Duration chakra_duration(double microseconds, const std::string& place) {
  constexpr double most = 9e12;  // 104 days
  if (!(microseconds >= 0 && microseconds < most)) {
    throw sim::Error({.place = place, .what = "a time of less than nothing, or of more than 104 days", .remedy = "give microseconds"});
  }
  return {static_cast<std::int64_t>(std::llround(microseconds * 1e6))};
}

ChakraType chakra_type(std::int64_t number, const std::string& place) {
  if (number < 0 || number > static_cast<std::int64_t>(ChakraType::comm_coll)) {
    throw sim::Error({.place = place, .what = "is of type " + std::to_string(number), .remedy = "types are 0 to 7"});
  }
  return static_cast<ChakraType>(number);
}

ChakraFile read_chakra_file(std::string_view bytes, const std::string& name) {
  return is_json(bytes) ? read_chakra_json(bytes, name) : ChakraReader(bytes, name).read();
}

}  // namespace orrery::workloads
