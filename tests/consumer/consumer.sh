#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the build into a temporary prefix, moves it, and uses it as a user
# does: pkg-config and find_package, C and C++, shared and static.
# Usage: consumer.sh SOURCE_DIR BUILD_DIR; CC, CXX as in make.
set -eu
source=$1
build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-Wall -Wextra -Wpedantic -Werror"
step() {
  printf -- '-- %s\n' "$*"
}
die() {
  printf 'consumer: %s\n' "$*" >&2
  exit 1
}

step "install, and move the tree to where nobody expects it"
cmake --install "$build" --prefix "$work/first" >"$work/install.log" ||
  die "cmake --install failed"
mkdir "$work/else where"
mv "$work/first" "$work/else where/prefix"
ln -s "else where/prefix" "$work/prefix"
prefix=$work/prefix
libdir=$(dirname "$(find "$prefix/" -name libcrucible.so)")
PKG_CONFIG_PATH=$libdir/pkgconfig
LD_LIBRARY_PATH=$libdir
export PKG_CONFIG_PATH LD_LIBRARY_PATH
! grep -rIlF "$work/first" "$prefix/" || die "the files above name the prefix"
! grep -rIlF "$build" "$prefix/" || die "the files above name the build folder"

for library in base crucible; do
  package=crucible
  [ $library = crucible ] || package=crucible-base
  step "pkg-config $package: C, C++, static"
  # shellcheck disable=SC2046,SC2086
  {
    ${CC:-cc} -std=c17 $flags $(pkg-config --cflags $package) \
      "$source/tests/consumer/use_$library.c" -o "$work/c_$library" \
      $(pkg-config --libs $package) -lm
    ${CXX:-c++} -std=c++17 $flags $(pkg-config --cflags $package) -x c++ \
      "$source/tests/consumer/use_$library.c" -o "$work/cxx_$library" \
      $(pkg-config --libs $package) -lm
    ${CC:-cc} -std=c17 $flags $(pkg-config --cflags $package) \
      "$source/tests/consumer/use_$library.c" -o "$work/static_$library" \
      $(pkg-config --static --libs $package |
        sed 's/-lcrucible[a-z-]*/-Wl,-Bstatic & -Wl,-Bdynamic/g')
  }
  for program in c cxx; do
    "$work/${program}_$library"
  done
  env -u LD_LIBRARY_PATH "$work/static_$library" ||
    die "the static program needs the shared library"
  needed=$(readelf -d "$work/c_$library" | grep NEEDED | grep -ciE \
    'xgboost|cjson|sqlite|blas' || true)
  [ "$needed" = 0 ] || die "a shared program links our dependencies itself"
done

step "a program of the base does not load what libcrucible needs"
! ldd "$work/c_base" | grep -E 'xgboost|sqlite|libcrucible\.' ||
  die "it does"
readelf -d "$libdir/libcrucible.so" | grep -q 'SONAME.*libcrucible.so.0.1' ||
  die "SONAME is not libcrucible.so.0.1"
[ "$(pkg-config --modversion crucible)" = 0.1.0 ] || die "version in the .pc"

for static in OFF ON; do
  step "find_package, C and C++, STATIC=$static"
  cmake -S "$source/tests/consumer" -B "$work/cmake-$static" -G Ninja \
    -DCMAKE_C_COMPILER="${CC:-cc}" -DCMAKE_CXX_COMPILER="${CXX:-c++}" \
    -DCMAKE_PREFIX_PATH="$prefix" -DSTATIC=$static >"$work/log" 2>&1 &&
    cmake --build "$work/cmake-$static" >>"$work/log" 2>&1 || {
    cat "$work/log"
    die "find_package(crucible) with STATIC=$static"
  }
  env -u LD_LIBRARY_PATH ctest --test-dir "$work/cmake-$static" \
    --output-on-failure
done

step "a version that is not there is refused"
mkdir "$work/next-source"
cat >"$work/next-source/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(next LANGUAGES C)
find_package(crucible 0.2)
if(crucible_FOUND)
  message(FATAL_ERROR "0.1 passes for 0.2")
endif()
END
cmake -S "$work/next-source" -B "$work/next" -G Ninja \
  -DCMAKE_C_COMPILER="${CC:-cc}" -DCMAKE_PREFIX_PATH="$prefix" \
  >"$work/log" 2>&1 || {
  cat "$work/log"
  die "a user who asks for 0.2 gets 0.1"
}

step "every example builds against the installed tree"
for example in "$source"/examples/*.c; do
  [ -f "$example" ] || continue
  # shellcheck disable=SC2046,SC2086
  ${CC:-cc} -std=c17 $flags $(pkg-config --cflags crucible) "$example" \
    -o "$work/example" $(pkg-config --libs crucible) -lm ||
    die "$example does not build"
done
if [ -x "$prefix/bin/crucible-run" ]; then
  step "the installed program starts"
  env -u LD_LIBRARY_PATH "$prefix/bin/crucible-run" --version
fi
