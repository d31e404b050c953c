#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the libraries export = what include/ declares = what lib/symbols.txt
# lists; internal symbols (crucible__*) leave libcrucible-base only, under the
# version node CRUCIBLE_PRIVATE; the static libraries define nothing without
# our prefix. Usage: check_symbols.sh BUILD_LIB_FOLDER [ROOT]
#            or: check_symbols.sh --list [ROOT]   prints what is declared
set -u
export LC_ALL=C
root=${2:-$(dirname "$0")/..}

# CRUCIBLE_API ... name( after the comments are gone, over line ends
declared() {
  find "$root/include/crucible" -name '*.h' ! -name feed.h -exec \
    grep -hv '^ *#' {} + | tr '\n' ' ' |
    sed 's@/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/@@g' |
    grep -oE 'CRUCIBLE_API [^;(]*\(' |
    sed 's/.*[ *]\(crucible_[a-z0-9_]*\) *($/\1/' | sort
}

if [ "${1:-}" = --list ]; then
  declared
  exit 0
fi
lib=${1:?usage: check_symbols.sh BUILD_LIB_FOLDER [ROOT]}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
errors=0
complain() {
  echo "$1"
  sed 's/^/  /' "$2"
  errors=$((errors + $(wc -l <"$2")))
}
expect_none() {
  [ ! -s "$2" ] || complain "$1" "$2"
}

declared >"$work/declared"
grep -v '^#' "$root/lib/symbols.txt" | awk 'NF { print $1 }' >"$work/listed"
sort -c "$work/listed" 2>"$work/order" ||
  complain "lib/symbols.txt is not sorted:" "$work/order"
sort -o "$work/listed" "$work/listed"
for name in crucible-base crucible; do
  [ -f "$lib/lib$name.so" ] || continue
  nm -D --defined-only --with-symbol-versions "$lib/lib$name.so" |
    awk -v lib="$name" '$2 != "A" { print $3, lib }'
done >"$work/exported"
[ -s "$work/exported" ] || {
  echo "$lib: no library there"
  exit 1
}
awk '$1 ~ /^crucible_[a-z]/ { sub(/@.*/, "", $1); print $1 }' \
  "$work/exported" | sort >"$work/public"

uniq -d "$work/declared" >"$work/x"
expect_none "declared in two headers:" "$work/x"
uniq -d "$work/public" >"$work/x"
expect_none "exported by two libraries:" "$work/x"
comm -23 "$work/declared" "$work/public" >"$work/x"
expect_none "declared in include/, not exported:" "$work/x"
comm -13 "$work/declared" "$work/public" >"$work/x"
expect_none "exported, not declared in include/:" "$work/x"
comm -23 "$work/declared" "$work/listed" >"$work/x"
expect_none "declared in include/, not in lib/symbols.txt:" "$work/x"
comm -13 "$work/declared" "$work/listed" >"$work/x"
expect_none "in lib/symbols.txt, not declared in include/:" "$work/x"
awk '$1 ~ /^crucible__/ && ($2 != "crucible-base" ||
     $1 !~ /@@?CRUCIBLE_PRIVATE$/)' "$work/exported" >"$work/x"
expect_none "internal, and not under CRUCIBLE_PRIVATE of the base:" "$work/x"
awk '$1 ~ /^crucible_[a-z]/ && $1 !~ /@@?CRUCIBLE_[0-9.]+$/' \
  "$work/exported" >"$work/x"
expect_none "exported without a version node:" "$work/x"
awk '$1 !~ /^crucible_/' "$work/exported" >"$work/x"
expect_none "exported without our prefix:" "$work/x"
nm -g --defined-only "$lib"/libcrucible*.a 2>/dev/null |
  awk 'NF == 3 && $3 !~ /^crucible_/ { print $3 }' >"$work/x"
expect_none "global in a static library without our prefix:" "$work/x"
grep -v '^#' "$root/lib/symbols.txt" |
  awk 'NF && (NF < 2 || NF > 3 || $2 !~ /^[0-9]+\.[0-9]+$/)' >"$work/x"
expect_none "lib/symbols.txt: name, introduced, [deprecated] expected:" \
  "$work/x"

if [ "$errors" -gt 0 ]; then
  echo "symbols: $errors errors"
  exit 1
fi
echo "symbols: right, $(wc -l <"$work/declared") public functions"
