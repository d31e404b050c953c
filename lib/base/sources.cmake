# SPDX-License-Identifier: Apache-2.0
set(sources
    alloc.c
    log.c
    normal.c
    numtext_read.c
    numtext_time.c
    numtext_write.c
    pow10_table.c
    status.c
    text.c
    version.c)
set(libraries PkgConfig::CJSON PkgConfig::ZLIB Threads::Threads m)
