# SPDX-License-Identifier: Apache-2.0
set(sources folds.c forge.c labels.c trainer.c)
