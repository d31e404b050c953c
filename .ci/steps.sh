# SPDX-License-Identifier: Apache-2.0
# What bin/demo, bin/check and .ci/nightly share; sourced, not run. The caller
# has set called_from to $PWD and gone to the root of the tree.
export LC_ALL=C.UTF-8 LANG=C.UTF-8
build_packages="build-essential cmake ninja-build pkg-config libcjson-dev
  zlib1g-dev libsqlite3-dev libxgboost-dev libcmocka-dev python3"
check_packages="$build_packages python3-numpy"

say() {
  printf '== %s\n' "$*"
}
die() {
  printf '%s: %s\n' "$0" "$*" >&2
  exit 1
}

# install_packages yes|no PACKAGE... - installs what is missing, if allowed
install_packages() {
  allowed=$1
  shift
  command -v dpkg-query >/dev/null || {
    say "not a Debian system: these must be there: $*"
    return 0
  }
  missing=
  for package in "$@"; do
    case $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) in
    ii*) ;;
    *) missing="$missing $package" ;;
    esac
  done
  if [ -z "$missing" ]; then
    say "all packages are installed"
    return 0
  fi
  [ "$allowed" = yes ] ||
    die "missing packages:$missing - install them, or leave out --no-install"
  as_root=
  if [ "$(id -u)" != 0 ]; then
    as_root=sudo
    command -v sudo >/dev/null ||
      die "missing packages:$missing - run as root, or install sudo"
  fi
  say "installing:$missing"
  $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -o DPkg::Lock::Timeout=300 update || die "apt-get update failed"
  # word splitting is wanted: one word per package
  $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y -o DPkg::Lock::Timeout=300 install \
    --no-install-recommends $missing || die "apt-get install failed"
}

# quietly LOG COMMAND... - shows the output only of a command that fails
quietly() {
  log=$1
  shift
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 || {
    tail -n 60 "$log"
    printf '%s: failed: %s\nthe whole output is in %s\n' "$0" "$*" "$log" >&2
    return 1
  }
}

# build PRESET [CMAKE-ARGUMENT...] - configures and builds
build() {
  preset=$1
  shift
  quietly "build/$preset-configure.log" cmake --preset "$preset" "$@" &&
    quietly "build/$preset-build.log" cmake --build --preset "$preset" \
      -j "$jobs" $build_target
}
build_target=
jobs=$(nproc 2>/dev/null || echo 2)
set_jobs() { # of the argument of -j, which may be missing
  case $1 in
  '') ;;
  *[!0-9]* | 0*) die "-j $1: a number of jobs is needed, such as -j 2" ;;
  *) jobs=$1 ;;
  esac
}

# The folder of shared data: $CRUCIBLE_SHARED, else ../shared, else none.
shared=${CRUCIBLE_SHARED-}
case $shared in
'') [ ! -d ../shared ] || shared=$(cd ../shared && pwd) ;;
none) shared= ;;
/*) ;;
*) shared=$called_from/$shared ;;
esac
[ -z "$shared" ] || [ -d "$shared" ] ||
  die "CRUCIBLE_SHARED: $shared is not a folder"
