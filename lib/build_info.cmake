# SPDX-License-Identifier: Apache-2.0
# Writes OUTPUT, the text that crucible_build_info() returns: INPUT (JSON that
# was known when cmake ran) with the id of the source added. Runs with every
# build, since a commit or an edit changes the id; touches OUTPUT only if it
# differs. Nothing in it depends on when or where the library is built.
cmake_minimum_required(VERSION 3.25)
set(id "")
if(EXISTS ${SOURCE_DIR}/.git)
  execute_process(
    COMMAND git -C ${SOURCE_DIR} describe --always --dirty --abbrev=12
    OUTPUT_VARIABLE id
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
else()
  # git archive has put the commit here
  file(STRINGS ${SOURCE_DIR}/pkgconfig/source-id.txt id REGEX "^[0-9a-f]+$")
endif()
if(id STREQUAL "")
  set(id "unknown")
endif()
file(STRINGS ${INPUT} json) # a list of its lines
list(JOIN json "" json)
string(REPLACE "@source@" "${id}" json "${json}")
string(REPLACE "\\" "\\\\" json "${json}")
string(REPLACE "\"" "\\\"" json "${json}")
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT
     "#define CRUCIBLE__BUILD_INFO \"@json@\"\n" @ONLY)
