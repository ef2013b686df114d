#include "report/page/blame_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "sim/units_text.h"

namespace orrery::report {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> meanings{{
    {"compute", "kernels: matrix products, attention, norms"},
    {"tensor", "collectives of the tensor group, in every layer"},
    {"pipeline_bubble", "waiting for another pipeline rank to have something to send"},
    {"pipeline_transfer", "while activations or gradients go from one pipeline rank to the next"},
    {"data", "gradients and weights over the data group"},
    {"context", "keys and values of sequences that ranks share"},
    {"expert", "tokens to their experts and back"},
    {"optimizer", "clipping and Adam"},
    {"offload", "copies to and from hosts and their storage"},
    {"other", "what is none of these"},
}};

std::string meaning_of(std::string_view part) {
  const auto found = std::find_if(meanings.begin(), meanings.end(), [&](const auto& each) { return each.first == part; });
  return found == meanings.end() ? "a label of the Program" : std::string(found->second);
}

}  // namespace

std::string plain_name(std::string_view key) {
  std::string name(key);
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

std::string capitalised(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

Section blame_section(const workloads::IterationResult& iteration) {
  Section section{.id = "blame", .title = "Where the time goes", .body = ""};
  section.body = paragraph("What held up the main stream of the rank that ends last. The parts sum to the iteration.");
  const double whole = iteration.iteration.seconds();
  Table table{"Parts of the iteration", {{"part"}, {"time", Column::Kind::number}, {"share", Column::Kind::number}, {"what it is"}}, {}};
  nlohmann::ordered_json parts = nlohmann::ordered_json::array();
  for (const auto& [name, part] : iteration.breakdown) {
    if (part.ticks == 0) continue;
    table.rows.push_back({plain_name(name), sim::to_text(part), fmt::format("{:.1f} %", 100 * part.seconds() / whole), meaning_of(name)});
    parts.push_back({{"name", plain_name(name)}, {"seconds", part.seconds()}});
  }
  section.chart = {{"iteration", whole}, {"parts", parts}};
  section.chart_label = fmt::format("Bars: parts of an iteration of {}. The longest is {}.", sim::to_text(iteration.iteration),
                                    plain_name(iteration.bottleneck));
  section.table = std::move(table);
  return section;
}

}  // namespace orrery::report
