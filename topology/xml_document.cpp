#include "topology/xml_document.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "sim/error.h"
#include "sim/printable.h"

namespace orrery::topology {
namespace {

/// Decimal, or hexadecimal after "0x"; nothing where the whole text is no such number.
template <class Integer>
std::optional<Integer> xml_integer(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  Integer value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (hexadecimal && text.starts_with('-')) return std::nullopt;
  return value;
}

}  // namespace

XmlDocument::XmlDocument(std::string_view text, std::string_view file, std::string_view root) : file_(file), lines_(text) {
  const pugi::xml_parse_result result = document_.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!result) {
    const auto offset = static_cast<std::size_t>(std::max<std::ptrdiff_t>(result.offset, 0));
    throw sim::Error({.place = fmt::format("{}:{}", file_, lines_.line(offset)),
                      .what = fmt::format("is no XML: {}", result.description()),
                      .remedy = "the file may be cut off: write it anew"});
  }
  if (root != this->root().name()) {
    fail(this->root(), fmt::format("the outermost element is <{}>", this->root().name()),
         fmt::format("a file of this kind begins with <{}>", root));
  }
  for (pugi::xml_node other = this->root().next_sibling(); other; other = other.next_sibling()) {
    if (other.type() == pugi::node_element)
      fail(other, fmt::format("<{}> stands after the outermost element", other.name()), "leave it out");
  }
  refuse_deep_nesting();
}

void XmlDocument::refuse_deep_nesting() const {
  int depth = 0;
  pugi::xml_node node = root();
  while (node) {
    if (depth > deepest)
      fail(node, fmt::format("elements are nested more than {} deep", deepest), "no such file is known: see what has written it");
    if (node.first_child()) {
      node = node.first_child();
      ++depth;
      continue;
    }
    while (node != root() && !node.next_sibling()) {
      node = node.parent();
      --depth;
    }
    if (node == root()) return;
    node = node.next_sibling();
  }
}

int XmlDocument::line(pugi::xml_node node) const {
  return lines_.line(static_cast<std::size_t>(std::max<std::ptrdiff_t>(node.offset_debug(), 0)));
}

std::string XmlDocument::place(pugi::xml_node node) const { return fmt::format("{}:{}", file_, line(node)); }

void XmlDocument::fail(pugi::xml_node at, const std::string& what, const std::string& remedy) const {
  throw sim::Error({.place = place(at), .what = what, .remedy = remedy});
}

std::string XmlDocument::required(pugi::xml_node node, const char* attribute) const {
  const std::string text = node.attribute(attribute).value();
  if (text.empty()) fail(node, fmt::format("<{}> has no {}", node.name(), attribute), fmt::format("write {}=\"...\"", attribute));
  return text;
}

int XmlDocument::integer(pugi::xml_node node, const char* attribute, int absent) const {
  const std::string_view text = node.attribute(attribute).value();
  if (text.empty()) return absent;
  const std::optional<int> value = xml_integer<int>(text);
  if (!value) fail(node, fmt::format("{}=\"{}\" is no whole number, or too large", attribute, text), "write e.g. \"12\"");
  return *value;
}

std::uint64_t XmlDocument::unsigned_integer(pugi::xml_node node, const char* attribute, std::uint64_t absent) const {
  const std::string_view text = node.attribute(attribute).value();
  if (text.empty()) return absent;
  const std::optional<std::uint64_t> value = xml_integer<std::uint64_t>(text);
  if (!value) fail(node, fmt::format("{}=\"{}\" is no whole number of 64 bits", attribute, text), "write e.g. \"12\" or \"0x1f\"");
  return *value;
}

double XmlDocument::number(pugi::xml_node node, const char* attribute, double absent) const {
  const std::string_view text = node.attribute(attribute).value();
  if (text.empty()) return absent;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    fail(node, fmt::format("{}=\"{}\" is no number", attribute, text), "write e.g. \"24\"");
  }
  return value;
}

std::string xml_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : sim::printable(std::string(text))) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace orrery::topology
