// Where an element stands, and what of an attribute is refused.
#include "topology/xml_document.h"

#include <gtest/gtest.h>

#include "tests/topology/fabric_sample.h"

namespace orrery::topology {
namespace {

using test::refusal;

TEST(XmlDocument, KnowsTheLineOfAnElement) {
  const XmlDocument document("<a>\n  <b/>\n\n  <c\n   d='1'/></a>", "f.xml", "a");
  EXPECT_EQ(document.line(document.root()), 1);
  EXPECT_EQ(document.line(document.root().child("b")), 2);
  EXPECT_EQ(document.place(document.root().child("c")), "f.xml:4");
}

TEST(XmlDocument, ReadsNumbersInBothBases) {
  const XmlDocument document(R"(<a i="-12" h="0x1f" u="0xffffffffffffffff" d="2.5" e=""/>)", "f.xml", "a");
  const pugi::xml_node a = document.root();
  EXPECT_EQ(document.integer(a, "i", 0), -12);
  EXPECT_EQ(document.integer(a, "h", 0), 31);
  EXPECT_EQ(document.unsigned_integer(a, "u", 0), UINT64_MAX);
  EXPECT_EQ(document.number(a, "d", 0), 2.5);
  EXPECT_EQ(document.integer(a, "e", 7), 7);
  EXPECT_EQ(document.integer(a, "none", 8), 8);
}

TEST(XmlDocument, RefusesWhatIsNoNumber) {
  for (const char* text : {"x", "1x", "0x", "0x-1", "99999999999999999999", " 1", "0xfffffffff"}) {
    const XmlDocument document("<a i='" + std::string(text) + "'/>", "f.xml", "a");
    EXPECT_NE(refusal([&] { document.integer(document.root(), "i", 0); }), "read") << text;
  }
  for (const char* text : {"nan", "inf", "1e999", "one", "1,5"}) {
    const XmlDocument document("<a d='" + std::string(text) + "'/>", "f.xml", "a");
    EXPECT_NE(refusal([&] { document.number(document.root(), "d", 0); }), "read") << text;
  }
}

std::string xml_refusal(const std::string& text) {
  return refusal([&] { const XmlDocument document(text, "f.xml", "a"); });
}

TEST(XmlDocument, RefusesWhatIsNoXml) {
  for (const char* text : {"", "a", "<a>", "<a></b>", "<a b=1/>", "\xff\xfe", "<a"}) {
    const std::string said = xml_refusal(text);
    EXPECT_TRUE(said.starts_with("f.xml:1: is no XML")) << text << ": " << said;
  }
  EXPECT_EQ(xml_refusal("<a>\n</a>\n<a/>"), "f.xml:3: <a> stands after the outermost element; leave it out");
}

TEST(XmlDocument, NestingIsBounded) {
  const auto nested = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += "<a>";
    for (int i = 0; i < depth; ++i) text += "</a>";
    return text;
  };
  EXPECT_EQ(xml_refusal(nested(XmlDocument::deepest + 1)), "read");
  EXPECT_NE(xml_refusal(nested(XmlDocument::deepest + 2)), "read");
}

TEST(XmlDocument, EscapedTextReadsBack) {
  const std::string text = "a <b> & \"c\" 'd' µ";
  const XmlDocument document("<a t=\"" + xml_escaped(text) + "\"/>", "f.xml", "a");
  EXPECT_EQ(document.root().attribute("t").value(), text);
  EXPECT_EQ(xml_escaped("a\x01"
                        "b\n"),
            "a?b?");
}

}  // namespace
}  // namespace orrery::topology
