/* Exit statuses of the command; 0 is EXIT_SUCCESS. */
#ifndef FP_CLI_EXIT_H
#define FP_CLI_EXIT_H

enum {
	FP_EXIT_NONE = 1,   /* nothing matched, or some group is empty */
	FP_EXIT_WRONG = 2,  /* the command line or the configuration */
	FP_EXIT_PARTLY = 3, /* some processes could not be read, or not be told to match or not */
	FP_EXIT_TROUBLE = 4
};

#endif
