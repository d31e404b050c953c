# SPDX-License-Identifier: Apache-2.0
set(sources store.c store_sql.c store_digest.c)
set(libraries PkgConfig::SQLITE)
