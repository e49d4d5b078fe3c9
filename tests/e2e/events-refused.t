#!/bin/sh
# Where the kernel tells no process events; the program is made of test_events_refused.c.
exec "${top_builddir:-$(dirname "$0")/../..}/tests/e2e/test_events_refused"
