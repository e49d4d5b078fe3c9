#!/bin/sh
# Many process events at once; the program is made of test_events_storm.c.
exec "${top_builddir:-$(dirname "$0")/../..}/tests/e2e/test_events_storm"
