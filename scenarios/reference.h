// A page for people of every key of our files, in Markdown: what may be written, the default, the meaning. Made from the descriptions by
// which the files are read (scenarios/fields.h), as their schema is (scenarios/schema.h), so that it cannot fall behind them.
//
//     reference(file_kinds());               // docs/scenario.md
//
//     ### cluster
//     | key | may be | default | meaning |
//     | `nodes` | an integer from 1 to 1048576 | required | how many |
//
// An object has a table of its own, by its path from the file; those that are alike share one. Keys that depend on another ("topology") say
// with which of its values they go. Left out: ranges of quantities, and what values say together (`orrery check` tells both).
#pragma once

#include <string>
#include <vector>

#include "scenarios/fields.h"

namespace orrery::scenarios {

/// Of `kinds` of files (scenarios/file_kinds.h), in their order; keys of other kinds link to docs/scenario.md. Throws sim::Error where one
/// is none.
std::string reference(const std::vector<std::string>& kinds);

/// The tables of an object with these fields, the first without a heading; `kind` begins the headings of the others.
std::string reference_of(const Fields& fields, const std::string& kind);

}  // namespace orrery::scenarios
