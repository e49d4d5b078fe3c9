#!/bin/sh
# Process events of this kernel; the program is made of test_events.c.
exec "${top_builddir:-$(dirname "$0")/../..}/tests/e2e/test_events"
