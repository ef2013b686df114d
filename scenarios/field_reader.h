// The one reader of our files: a loaded document against a description of its keys.
//
//     Document document = open_document("wheel.json");
//     Wheel wheel;
//     throw_if_any(read(document, library, wheel));
//
// Every fault is found in one pass: unknown and missing keys, wrong types, values out of range, numbers without unit, unknown presets,
// faults inside presets (placed in their own file), and --set paths that lead nowhere. A faulty key keeps its default, so reading always
// comes to the end. Names of presets are replaced by what their files say; a model may also be the path of a Hugging Face config.json,
// relative to the document, or to `library.local` where it was given by --set.
#pragma once

#include <vector>

#include "scenarios/document.h"
#include "scenarios/fields.h"
#include "scenarios/presets.h"

namespace orrery::scenarios {

/// Stores what `document` says in what `fields` describes, and returns every fault in order, the document's own included. Uses up what is
/// pending in the document. The values are fit for use only where no fault is returned.
std::vector<PlacedFault> read_fields(Document& document, const PresetLibrary& library, const Fields& fields);

template <class Spec>
std::vector<PlacedFault> read(Document& document, const PresetLibrary& library, Spec& spec) {
  Fields fields;
  describe(fields, spec);
  return read_fields(document, library, fields);
}

/// The preset of that name, whole. Throws sim::Error for none of that name and with every fault in it.
template <class Spec>
Spec read_preset(const PresetLibrary& library, PresetKind kind, const std::string& name) {
  Document document = open_preset(library, kind, name);
  Spec spec;
  throw_if_any(read(document, library, spec));
  return spec;
}

}  // namespace orrery::scenarios
