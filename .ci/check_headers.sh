#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each public header compiles alone as C17 and as C++17, declares nothing that
# a foreign-function interface or another compiler would trip over, and is
# part of crucible.h. Usage: check_headers.sh [ROOT]; CC, CXX as in make.
set -u
root=${1:-$(dirname "$0")/..}
flags="-Wall -Wextra -Wpedantic -Werror -fsyntax-only -I."
errors=0
complain() {
  echo "$*"
  errors=$((errors + 1))
}
compile() { # a program that is this header and one declaration
  printf '#include <%s>\nextern int crucible_check;\n' "$1" |
    $2 $flags -
}
code() { # the header as one line, without comments
  grep -v '^ *#' "$1" | tr '\n' ' ' |
    sed 's@/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/@@g'
}

cd "$root/include" || exit 1
headers=$(find crucible -name '*.h' | sort)
for header in $headers; do
  compile "$header" "${CC:-cc} -x c -std=c17" ||
    complain "$header: does not compile alone as C17"
  compile "$header" "${CXX:-c++} -x c++ -std=c++17" ||
    complain "$header: does not compile alone as C++17"
  # what a compiler, an ABI or a foreign-function interface may see otherwise
  bad=$(code "$header" |
    grep -owE 'long|short|unsigned|float|bool|_Bool|ssize_t|inline' | sort -u)
  [ -z "$bad" ] || complain "$header: not in a public header:" $bad
  case $header in
  crucible/crucible.h | crucible/feed.h) ;;
  *)
    if [ -f crucible/crucible.h ] && [ "${header#crucible/sys/}" = "$header" ]
    then
      grep -q "#include <$header>" crucible/crucible.h ||
        complain "crucible/crucible.h: does not include <$header>"
    fi
    ;;
  esac
done
if [ "$errors" -gt 0 ]; then
  echo "headers: $errors errors"
  exit 1
fi
echo "headers: right"
