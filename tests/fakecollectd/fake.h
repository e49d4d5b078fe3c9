/*
 * A made daemon: defines what a plugin calls of collectd, loads the built module and drives it from
 * a script. What the module does is printed; what no plugin may do is a fault, and ends the run with
 * exit status 1. A script is a command a line:
 *
 *   config … end     the text between, in collectd's syntax, goes to the config callback
 *   interval SECONDS, wait SECONDS
 *   init, read [NAME], shutdown
 *   dispatch fails, dispatch works
 *   show WORD, show  prints only the values with the word in their line; all are checked
 *   write FILE <<MARK … MARK, link NAME TARGET, remove FILE, deny FILE, allow FILE
 *
 * Files are below the directory of the run, which stands as @dir@ in configuration and in output.
 */
#ifndef TESTS_FAKE_H
#define TESTS_FAKE_H

#include "collectd/headers.h"

/* ---- output.c: everything that is said, from any thread ---- */

/* Prints a line, with the directory of the run written as @dir@. */
void fake_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "FAULT: …", and counts. */
void fake_fault(const char *format, ...) __attribute__((format(printf, 1, 2)));
unsigned fake_faults(void);

/* What stands for @dir@: the directory where the program runs. Returns a string of the caller's. */
char *fake_expand(const char *text);

/* Says why the program itself cannot go on, and ends it with exit status 2. */
void fake_die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Never NULL. */
void *fake_memory(size_t size);

/* ---- clock.c: time that stands still until a script moves it ---- */

void fake_clock_start(void);
void fake_clock_move(double seconds);

/* ---- types.c ---- */

/* Reads a types.db; ends the program when it cannot. */
void fake_types_read(const char *path);
void fake_types_free(void);

/* ---- values.c: what is dispatched ---- */

/* Between the two, values may be dispatched; then they are sorted, checked for doubles, printed. */
void fake_values_begin(void);
void fake_values_end(void);

/* Prints only the values with the word in their line; all are checked. NULL: prints all. */
void fake_values_show(const char *word);

/* May this part of an identifier stand in every file name and backend? Not if it is empty. */
bool fake_is_safe(const char *part);

/* Does the daemon take values? */
void fake_values_accept(bool accept);

/* ---- callbacks.c: what the module registered ---- */

void fake_interval_set(double seconds);

/* The stages of a daemon's life; each prints what the callbacks returned. */
void fake_configure(const char *text);
void fake_init(void);
void fake_read(const char *name); /* NULL: all */
void fake_shutdown(void);
void fake_forget(void); /* what is registered, at the end of the run */

/* ---- script.c ---- */

void fake_script_run(const char *path);

#endif
