# SPDX-License-Identifier: Apache-2.0
set(sources adwin.c adwin_state.c adwin_window.c drift_streams.c)
set(libraries m)
