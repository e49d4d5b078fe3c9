/* What the files of the victim share; victim.c says what it is. */
#ifndef VICTIM_H
#define VICTIM_H

#include <stddef.h>

struct step {
	const char *name;
	void (*run)(const char *arg);
};

/* Each ends with a step without a name. */
extern const struct step memory_steps[], process_steps[], stuck_steps[];

_Noreturn void die(const char *what);

/* Bytes, or with K, M or G behind it; *end is what follows. */
size_t parse_size(const char *text, char **end);

void sleep_ms(long ms);

/* Does these steps. */
void run(char **words, size_t count);

/* Replaces the program by path, or by itself, with the steps that are left. */
_Noreturn void do_exec(const char *path, char **words, size_t count);

/* No more short-lived children. */
void end_churn(void);

#endif
