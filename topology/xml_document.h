// An XML file read with pugixml, whose faults name file and line.
//
//     const XmlDocument document(text, "node.xml", "system");
//     for (const pugi::xml_node cpu : document.root().children("cpu")) document.integer(cpu, "numaid", 0);
//
// Leaves out: checking against a DTD or schema, namespaces (prefixes are part of a name), encodings other than UTF-8.
#pragma once

#include <cstdint>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "topology/line_index.h"

namespace orrery::topology {

class XmlDocument {
 public:
  /// Elements within elements: files that nest deeper are not made by hand nor by any program we know, and walks may recurse.
  static constexpr int deepest = 64;

  /// Throws sim::Error for text that is no XML or is cut off, another root element, and elements nested deeper than that.
  XmlDocument(std::string_view text, std::string_view file, std::string_view root);

  pugi::xml_node root() const { return document_.document_element(); }
  int line(pugi::xml_node node) const;
  std::string place(pugi::xml_node node) const;  // "node.xml:12"

  [[noreturn]] void fail(pugi::xml_node at, const std::string& what, const std::string& remedy) const;

  // Attributes. All throw sim::Error for text that is no such number; one that is absent or empty is `absent`, or throws where there is
  // none.
  std::string required(pugi::xml_node node, const char* attribute) const;
  int integer(pugi::xml_node node, const char* attribute, int absent) const;  // decimal, or hexadecimal after 0x
  std::uint64_t unsigned_integer(pugi::xml_node node, const char* attribute, std::uint64_t absent) const;
  double number(pugi::xml_node node, const char* attribute, double absent) const;  // finite

 private:
  void refuse_deep_nesting() const;

  std::string file_;
  LineIndex lines_;
  pugi::xml_document document_;
};

/// `text` as it may stand between quotes of an attribute or in an element. Characters that XML cannot hold become '?'.
std::string xml_escaped(std::string_view text);

}  // namespace orrery::topology
