# shellcheck shell=sh disable=SC2034,SC2154
# What ./orrery and tests/run share: install what is missing, and build a preset. To be sourced, with $root set to the repository.
# Everything here prints to stderr; stdout belongs to the program that is run.

build_packages="g++ cmake ninja-build libboost-dev libboost-iostreams-dev nlohmann-json3-dev libcli11-dev libfmt-dev librandom123-dev libnlopt-cxx-dev libpugixml-dev libyaml-cpp-dev libprotozero-dev libtbb-dev"

# What the host device of realrun is made of, and what starts its ranks.
host_packages="libopenmpi-dev openmpi-bin libopenblas-dev pkg-config"

# install_missing PACKAGE...: exit 6 (not available here) where they are missing and this user cannot install them.
install_missing() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "orrery: this is not Debian; Orrery needs what these Debian 12 packages hold: $*" >&2
    return
  fi
  missing=
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    echo "orrery: packages are missing; install them and try again: sudo apt-get install --no-install-recommends$missing" >&2
    exit 6
  fi
  echo "orrery: installing$missing" >&2
  mkdir -p "$root/build"
  (
    flock 9
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q update || echo "orrery: the package lists are not up to date; trying with those at hand"
    # shellcheck disable=SC2086  # one word a package
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=600 install $missing
  ) 9>"$root/build/install.lock" >&2 </dev/null || { echo "orrery: could not install$missing" >&2; exit 6; }
}

# build_preset PRESET TARGET TESTS: configures where needed and builds. TESTS is ON, or OFF where a build that has them may keep them.
build_preset() (
  mkdir -p "$root/build" && exec 9>"$root/build/$1.lock" >&2 </dev/null || exit
  flock 9
  cd "$root" || exit
  [ "$3" = OFF ] && [ -f "build/$1/build.ninja" ] || cmake --preset "$1" -DORRERY_TESTS="$3" || exit
  cmake --build "build/$1" --target "$2"
)
