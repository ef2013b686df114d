// A Document is one of our JSON files as loaded: the values, where they stand, and what was changed on the command line. It knows no keys;
// scenarios/field_reader.h reads it against a description.
//
//     Document document = open_document("pod.json");
//     apply(document, override_from("cluster.nodes=280"));
//
// Comments are allowed. Refused: what is no JSON (scenarios/json_faults.h says what the slip was, and sets limits), files over
// `max_file_bytes`. Keys given twice are kept among `faults`, to be reported with all others.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/places.h"

namespace orrery::scenarios {

inline constexpr std::size_t max_file_bytes = 16U << 20U;

/// A value to put at a path: the path's steps, and the value as JSON.
struct Override {
  std::string source;              // how messages call it: "--set cluster.nodes"
  std::vector<std::string> steps;  // {"cluster", "nodes"}
  nlohmann::json value;
  std::string text{};  // of the value as it was written: "2.20" is the number 2.2
};

/// Reads "path=value". The value may be JSON; what is not is taken as a text, so that `routing=ecmp` needs no quotes. Throws sim::Error,
/// placed at "--set path", where there is no "=", an empty step, or something that begins like a JSON object, list or string and is none,
/// or is no UTF-8.
Override override_from(std::string_view assignment);

/// The same of parts: `source` is the place of the value in messages. Throws sim::Error where the path has an empty step.
Override override_of(std::string source, std::string_view path, nlohmann::json value);

/// An override that leads into a value which is a text so far (a preset's name): applied to the preset when it is read.
struct PendingOverride {
  std::string pointer;  // of the text
  Override rest;        // steps below it
};

struct Document {
  nlohmann::json root;
  Places places;
  std::filesystem::path directory;  // what relative paths inside are relative to
  std::vector<PlacedFault> faults;
  std::vector<PendingOverride> pending;
};

Document open_document(const std::filesystem::path& path);
/// What stands at `pointer` of a document that nothing is pending in, as one of its own.
Document part_of(const Document& document, const std::string& pointer);
/// `name` stands for the file in messages.
Document parse_document(std::string name, std::string_view text);

/// Replaces or adds a value; objects missing on the way are made. Whether the keys exist is found when the document is read.
void apply(Document& document, const Override& change);
/// Takes the overrides pending at `pointer` out of the document.
std::vector<Override> take_pending(Document& document, const std::string& pointer);

/// A value for a message: as JSON, cut to one short line.
std::string shown(const nlohmann::json& value);

}  // namespace orrery::scenarios
