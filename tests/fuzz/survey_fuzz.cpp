// Any bytes as a dump of a fabric: refused with placed faults, or a survey that holds together, whose text in the form of ibnetdiscover
// reads as the same fabric, and whose tables can be followed or are refused.
#include <algorithm>
#include <string>

#include "tests/fuzz/cables_and_tables.h"
#include "tests/fuzz/check_faults.h"
#include "tests/fuzz/target.h"
#include "topology/export_ibnetdiscover.h"
#include "topology/import_ibnetdiscover.h"
#include "topology/read_survey.h"
#include "topology/table_walk.h"

namespace orrery::fuzz {
namespace {

using topology::Survey;

void check_survey(const Survey& survey) {
  sim::check(!survey.devices.empty(), "a survey has a device");
  const auto is_there = [&](topology::DevicePort port) { return port.device < survey.devices.size(); };
  for (const topology::SurveyCable& cable : survey.cables) {
    sim::check(is_there(cable.a) && is_there(cable.b) && cable.a != cable.b, "a cable has two ends, and they are there");
    sim::check(cable.bandwidth.value >= 0, "a rate is not negative");
  }
  for (const topology::DevicePort port : survey.down_ports) sim::check(is_there(port), "a down port is of a device");
  for (const auto& [lid, port] : survey.ports_by_lid) sim::check(is_there(port) && lid > 0, "an address is of a device");
}

void check_words(const Survey& survey) {
  for (const topology::Device& device : survey.devices) check_line(device.name);
  for (const topology::Remark& remark : survey.remarks) check_line(remark.text);
}

void check_facts(const Survey& survey) {
  const topology::SurveyFacts found = facts(survey);
  sim::check(found.rail_purity >= 0 && found.rail_purity <= 1, "a purity is a fraction");
  sim::check(found.leaves <= found.switches && found.reciprocal_cables <= found.cables_between_switches,
             "a part is no more than the whole");
  sim::check(levels(survey).size() == survey.devices.size(), "every device has a level");
  std::vector<int> owners(survey.devices.size());
  for (const topology::Host& host : hosts(survey)) {
    for (const std::uint32_t adapter : host.adapters) ++owners[adapter];
  }
  for (std::size_t i = 0; i < owners.size(); ++i) {
    sim::check(owners[i] == (survey.devices[i].kind == topology::DeviceKind::adapter ? 1 : 0), "an adapter has one host");
  }
}

/// Names may hold quotes and words of the format itself, which changes what is read behind them: cables and kinds must come back all the
/// same.
void check_text(const Survey& survey) {
  const Survey again = topology::read_ibnetdiscover(ibnetdiscover_text(survey), "written");
  sim::check(again.devices.size() == survey.devices.size() && again.cables.size() == survey.cables.size(), "what is written is read whole");
  for (std::size_t i = 0; i < survey.devices.size(); ++i) {
    const auto is_switch = [i](const Survey& of) { return of.devices[i].kind == topology::DeviceKind::switch_; };
    sim::check(is_switch(again) == is_switch(survey), "a device stays what it is");
  }
}

}  // namespace

void read(std::string_view text) {
  const auto survey = read_or_refused([&] { return topology::read_survey(text, "x"); });
  if (!survey) return;
  check_survey(*survey);
  check_words(*survey);
  check_facts(*survey);
  check_text(*survey);
  read_or_refused([&] { return walk_tables(*survey); });
  if (const auto both = cables_and_tables(text)) read_or_refused([&] { return walk_tables(*both); });
}

}  // namespace orrery::fuzz
