// A Document is one of our JSON files as loaded: the values, where they stand, and what was changed on the command line. It knows no keys;
// scenarios/field_reader.h reads it against a description.
//
//     Document document = open_document("pod.json");
//     apply(document, override_from("cluster.nodes=280"));
//
// Comments are allowed. Refused: what is no JSON (with line, column and what was expected), files over `max_file_bytes`, nesting over 64
// levels. Keys given twice are kept among `faults`, to be reported with all others.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/places.h"

namespace orrery::scenarios {

inline constexpr std::size_t max_file_bytes = 16U << 20U;

/// `--set path=value`: the path's steps, and the value as JSON.
struct Override {
  std::string path;                // as written: "cluster.nodes"
  std::vector<std::string> steps;  // {"cluster", "nodes"}
  nlohmann::json value;
};

/// Reads "path=value". The value may be JSON; what is not is taken as a text, so that `routing=ecmp` needs no quotes. Throws sim::Error,
/// placed at "--set path", where there is no "=", an empty step, or something that begins like a JSON object, list or string and is none,
/// or is no UTF-8.
Override override_from(std::string_view assignment);

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
/// `name` stands for the file in messages.
Document parse_document(std::string name, std::string_view text);

/// Replaces or adds a value; objects missing on the way are made. Whether the keys exist is found when the document is read.
void apply(Document& document, const Override& change);
/// Takes the overrides pending at `pointer` out of the document.
std::vector<Override> take_pending(Document& document, const std::string& pointer);

/// Whether a terminal shows `text` as it is: UTF-8 without control characters.
bool is_printable(std::string_view text);

/// A value for a message: as JSON, cut to one short line.
std::string shown(const nlohmann::json& value);

}  // namespace orrery::scenarios
