#include "report/page/timeline_section.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/counted.h"
#include "report/page/blame_section.h"
#include "sim/units_text.h"

namespace orrery::report {
namespace {

// Of the iteration, what is in no pass.
sim::Duration waiting_of(const RankPasses& rank, sim::Duration iteration) {
  for (const sim::Duration time : rank.times) iteration -= time;
  return iteration;
}

// Kinds that somebody was in: their numbers.
std::vector<std::size_t> kinds_in_use(const Passes& passes) {
  std::vector<std::size_t> used;
  for (std::size_t kind = 0; kind < passes.kinds.size(); ++kind) {
    const auto has = [kind](const RankPasses& rank) { return rank.times[kind] > sim::Duration{}; };
    if (std::any_of(passes.ranks.begin(), passes.ranks.end(), has)) used.push_back(kind);
  }
  return used;
}

// Each pass as three whole numbers: kind, wait since the last one, length; in ticks of about a millionth of the iteration.
nlohmann::ordered_json row_of(const RankPasses& rank, std::int64_t tick) {
  nlohmann::ordered_json numbers = nlohmann::ordered_json::array();
  std::int64_t at = 0;
  for (const Pass& pass : rank.passes) {
    const std::int64_t begun = pass.begun.ticks / tick;
    const std::int64_t ended = pass.ended.ticks / tick;
    numbers.push_back(pass.kind);
    numbers.push_back(begun - at);
    numbers.push_back(ended - begun);
    at = ended;
  }
  return {{"name", plain_name(rank.role)}, {"rank", rank.rank}, {"passes", numbers}};
}

std::string words(const Passes& passes, const std::string& noun, double least, double most) {
  std::string text =
      fmt::format("One rank of each {} (of {}), as it worked through the iteration; grey is waiting, {:.1f} to {:.1f} % of the time.", noun,
                  grouped(static_cast<std::int64_t>(passes.roles)), 100 * least, 100 * most);
  if (passes.ranks.size() < passes.roles) {
    text += fmt::format(" Drawn are {} of them, from the first to the last.", passes.ranks.size());
  }
  if (passes.are_joined) text += " There are too many passes to draw: one stands for those that begin close together.";
  return text;
}

}  // namespace

Section timeline_section(const Passes& passes, sim::Duration iteration, const std::string& noun) {
  const std::vector<std::size_t> used = kinds_in_use(passes);
  Table table{"What ranks spend the iteration on", {{noun}}, {}};
  for (const std::size_t kind : used) table.columns.push_back({plain_name(passes.kinds[kind]), Column::Kind::number});
  table.columns.push_back({"waiting", Column::Kind::number});
  const std::int64_t tick = std::max<std::int64_t>(1, iteration.ticks / 1'000'000);
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  double least = 1;
  double most = 0;
  for (const RankPasses& rank : passes.ranks) {
    std::vector<std::string> cells = {plain_name(rank.role)};
    for (const std::size_t kind : used) cells.push_back(sim::to_text(rank.times[kind]));
    cells.push_back(sim::to_text(waiting_of(rank, iteration)));
    table.rows.push_back(std::move(cells));
    const double waiting = waiting_of(rank, iteration).seconds() / iteration.seconds();
    least = std::min(least, waiting);
    most = std::max(most, waiting);
    rows.push_back(row_of(rank, tick));
  }
  nlohmann::ordered_json kinds = nlohmann::ordered_json::array();
  for (const std::string& kind : passes.kinds) kinds.push_back(plain_name(kind));
  Section section{.id = "timeline", .title = "Timeline of the iteration", .body = paragraph(words(passes, noun, least, most))};
  section.chart = {{"seconds", iteration.seconds()}, {"tick_seconds", sim::Duration{tick}.seconds()}, {"kinds", kinds}, {"rows", rows}};
  section.chart_label = "Timeline: a row a " + noun + ", time from left to right, a rectangle for each pass.";
  section.table = std::move(table);
  return section;
}

}  // namespace orrery::report
