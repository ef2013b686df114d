// Scripts that complete what is typed after `orrery`, one for each shell: commands, options, names of presets, scenario files, and keys and
// values of --set, step by step ("cluster." then "fabric." then "routing=" then "ecmp").
//
//     bash_completion(command_line(app, library));     // `source` what it returns
//
// They hold all that they offer and never call `orrery`: presets and keys that come later are known to the script that is made then.
#pragma once

#include <string>

#include "cli/command_line.h"

namespace orrery::cli {

std::string bash_completion(const CommandLine& line);
std::string zsh_completion(const CommandLine& line);
std::string fish_completion(const CommandLine& line);

/// `text` between single quotes, as bash and zsh read it.
std::string shell_quoted(const std::string& text);

}  // namespace orrery::cli
