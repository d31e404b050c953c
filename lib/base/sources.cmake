# SPDX-License-Identifier: Apache-2.0
set(sources alloc.c log.c status.c version.c)
set(libraries PkgConfig::CJSON PkgConfig::ZLIB Threads::Threads m)
