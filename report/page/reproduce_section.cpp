#include "report/page/reproduce_section.h"

namespace orrery::report {

std::string command_html(const std::string& command) {
  return "<pre class=\"command\" tabindex=\"0\" role=\"region\" aria-label=\"Command\"><code>" + escaped(command) + "</code></pre>\n";
}

Section reproduce_section(const Reproduction& how) {
  Section section{.id = "reproduce", .title = "Have it again", .body = ""};
  section.body = command_html(how.command);
  std::string by = "Orrery " + how.version + ", engine " + how.engine;
  if (!how.seed.empty()) by += ", seed " + how.seed;
  section.body += paragraph(by + ".");
  section.body +=
      "<details><summary>The scenario with every default filled in</summary>\n<pre tabindex=\"0\" role=\"region\" "
      "aria-label=\"Scenario\"><code>" +
      escaped(how.resolved) + "</code></pre></details>\n";
  return section;
}

}  // namespace orrery::report
