# SPDX-License-Identifier: Apache-2.0
set(sources
    alloc.c
    cancel.c
    clock.c
    decimal.c
    format.c
    json.c
    json_parse.c
    json_value.c
    json_write.c
    log.c
    new_file.c
    normal.c
    numtext_read.c
    numtext_time.c
    numtext_write.c
    pack.c
    pool.c
    pow10_table.c
    rng.c
    sealed.c
    sha256.c
    simd.c
    status.c
    text.c
    version.c)
set(libraries PkgConfig::CJSON PkgConfig::ZLIB Threads::Threads m)
