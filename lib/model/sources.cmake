# SPDX-License-Identifier: Apache-2.0
set(sources
    model.c
    model_bytes.c
    model_check.c
    tree_model.c
    ubjson.c
    xgboost_fit.c
    xgboost_kind.c)
set(libraries PkgConfig::XGBOOST m)
