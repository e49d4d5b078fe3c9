#include "cli/help.h"

#define SELECTORS                                                                                  \
	"Selectors all have to hold; none: every process. A VALUE between two '/' is a regular\n"  \
	"expression, any other is compared whole.\n"                                               \
	"  --comm VALUE         the kernel's name of the process\n"                                \
	"  --exe VALUE          the path of its executable\n"                                      \
	"  --cmdline VALUE      its arguments, joined by spaces\n"                                 \
	"  --user VALUE         its effective user, name or number\n"                              \
	"  --env NAME[=VALUE]   its environment has the variable, with this value\n"               \
	"  --pid PID[,PID...]   its process id is one of these\n"                                  \
	"  --pidfile PATH       it is named by this PID file\n"                                    \
	"  --cgroup VALUE       the path of its control group\n"                                   \
	"  --unit VALUE         its systemd unit, such as nginx.service\n"                         \
	"  --container VALUE    its container, name or id (12 digits or more)\n"                   \
	"  --not                the next selector has not to hold\n"                               \
	"  --descendants        all descendants too, whatever they are\n"                          \
	"  --by WHAT            groups instead of processes: env:NAME, user, comm, exe, unit,\n"   \
	"                       container or cgroup\n"                                             \
	"  --allow-secret-name  also by a variable that sounds like a secret\n"                    \
	"\n"

#define TREES                                                                                      \
	"  --proc DIR           read this tree in place of /proc\n"                                \
	"  --sys DIR            read this tree in place of /sys\n"

#define FIELDS                                                                                     \
	"  --fields NAME,...    these fields, in this order (a wrong one shows all there are)\n"   \
	"  --sort [-]NAME       by this field, largest first; '-' turns it round\n"                \
	"  --bytes              exact sizes, not in units of 1,024\n"                              \
	"  --color WHEN         auto, always or never (NO_COLOR is heeded)\n"

#define FORMATS                                                                                    \
	"  --top N              the first N rows only\n"                                           \
	"  --no-header          no line of titles\n"                                               \
	"  --json, --csv        for programs, all fields unless --fields says which\n"

#define STATUS                                                                                     \
	"Exit status: 0; 1 nothing matched; 2 usage; 3 some could not be read; 4 other trouble.\n"

static const char list[] =
	"usage: footprint [OPTION]... [SELECTOR]...\n"
	"       footprint watch [OPTION]... [SELECTOR]... [SECONDS]\n"
	"       footprint disks [OPTION]... [SECONDS [COUNT]]\n"
	"       footprint groups [OPTION]... [GROUP]...\n"
	"       footprint diff [OPTION]... A.json B.json\n"
	"       footprint check [OPTION]... FILE...\n"
	"Shows what processes really cost: USS ends with the process, PSS is its fair share.\n"
	"Each command has a --help of its own.\n"
	"\n" SELECTORS "Options:\n" FIELDS FORMATS
	"  --total              the total alone; --no-total: all but that\n" TREES
	"  --help, --version\n"
	"\n" STATUS;

static const char watch[] =
	"usage: footprint watch [OPTION]... [SELECTOR]... [SECONDS]\n"
	"Shows the same again every SECONDS (default: 2), and what grew since the start.\n"
	"The key h shows the keys, q ends.\n"
	"\n" SELECTORS "Options:\n" FIELDS TREES "  --help\n"
	"\n"
	"Exit status: 0; 2 usage; 4 other trouble.\n";

static const char disks[] =
	"usage: footprint disks [OPTION]... [SECONDS [COUNT]]\n"
	"Shows what disks did in the last SECONDS (default: 1), COUNT times: without COUNT once, "
	"or\n"
	"until it is ended where SECONDS are given.\n"
	"\n"
	"  --disk VALUE         this disk, or /expression/; may be repeated (default: all in use)\n"
	"  --name SOURCE,...    by the first of these names that a disk has, as Name does "
	"(default: "
	"dm,kernel)\n"
	"  --partitions         partitions too\n" FIELDS FORMATS TREES "  --help\n"
	"\n" STATUS;

static const char groups[] =
	"usage: footprint groups [OPTION]... [GROUP]...\n"
	"Shows what a running daemon saw at its last reading, from the file that StateFile names: "
	"all\n"
	"its groups, or the processes of these.\n"
	"\n"
	"  --state FILE         this file (default: what the daemon's configuration says)\n" FIELDS
		FORMATS "  --help\n"
	"\n" STATUS;

static const char diff[] = "usage: footprint diff [OPTION]... A.json B.json\n"
			   "Shows which groups and processes grew from A to B, and by how much. "
			   "Both come from --json or\n"
			   "are state files of the daemon; '-' is standard input.\n"
			   "\n" FIELDS FORMATS "  --help\n"
			   "\n"
			   "Exit status: 0; 1 nothing changed; 2 usage; 4 other trouble.\n";

const char *fp_help(enum fp_command command)
{
	static const char *const texts[FP_COMMANDS] = {
		[FP_COMMAND_LIST] = list,
		[FP_COMMAND_WATCH] = watch,
		[FP_COMMAND_GROUPS] = groups,
		[FP_COMMAND_DISKS] = disks,
		[FP_COMMAND_DIFF] = diff,
	};

	return texts[command];
}
