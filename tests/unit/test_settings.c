#include "../lib/readtext.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The places that a message names, and text that stands in a block of that name. */
#define PLUGIN       "<Plugin footprint>: "
#define GROUP        "<Group \"g\">: "
#define DISKS        "<Disks>: "
#define G(lines)     "<Group \"g\">\n" lines "\n</Group>"
#define D(lines)     "<Disks>\n" lines "\n</Disks>"
#define ALSO(lines)  G(lines) "\n" G("Comm \"b\"")
#define NAMES        "Comm, Exe, Cmdline, User, Env, Pid, PidFile, Cgroup, Unit or Container"
#define LONG_NAME    "a123456789b123456789c123456789d123456789e123456789f123456789g123"
#define TWICE        "given twice; leave one of them out"
#define BARE_TRUE    "a bare true, yes or on must be quoted, as in "
#define BOOLEAN      "takes true or false, in small letters and without quotes, not "
#define ONE_BOOLEAN  "takes true or false, not 2 values"
#define ONE_STRING   "takes one value in quotes, not 2 values"
#define MULTIPLE     "takes a multiple of the plugin's interval, which is 10 seconds, not "
#define AGAINST(key) "contradicts the block's own " key " line, so that no process could match"
#define PID                                                                                        \
	"takes a process id from 1 to 2147483647, or several in quotes with commas between them, " \
	"not "
#define NEVER_BOTH                                                                                 \
	"two values in one block that can never both match; lines of a block add up, so write a "  \
	"second <Group \"g\"> block for the other value"
#define DISAGREES                                                                                  \
	"disagrees with an earlier block of this group; blocks of one name are one group, so say " \
	"it once"
#define IN_PLUGIN                                                                                  \
	"unknown option; the plugin takes Group, Disks, ProcPath, SysPath, DevPath, RunPath, "     \
	"DockerPath, PodmanPath, StateFile, StateFileGroup, ReadTimeout, Budget, MaxAge, Verify, " \
	"ValuesAbsolute, ValuesPercentage, Detail, Activity, ReportPartial"
#define IN_GROUP                                                                                   \
	"unknown option; a group takes Comm, Exe, Cmdline, User, Env, Pid, PidFile, Cgroup, "      \
	"Unit, "                                                                                   \
	"Container, Not, ValuesAbsolute, ValuesPercentage, Detail, Activity, ReportPartial, "      \
	"Descendants, Interval, MaxGroups, Expire, AllowSecretName"
#define IN_DISKS "unknown option; <Disks> takes Disk, IgnoreSelected, Partitions, Name, StuckAfter"
#define SOURCES                                                                                    \
	"\"dm\", \"md\", \"label\", \"partlabel\", \"uuid\", \"id\", \"path\", \"wwn\", "          \
	"\"serial\" and \"kernel\""
#define NO_SELECTOR "has no selector; add " NAMES ", or Comm \"/./\" for every process"
#define NOTHING                                                                                    \
	"there is no <Group> and no <Disks> in it, so nothing would be measured (the daemon "      \
	"drops a block without content); the smallest that works is: <Plugin footprint> "          \
	"<Group \"all\"> Comm \"/./\" </Group> <Disks> Disk \"/./\" </Disks> </Plugin>, each on "  \
	"a line of its own"
#define NAME_USABLE                                                                                \
	" is not usable; it takes 1 to 63 of A-Z a-z 0-9 _ . - and does not begin with _"
#define EXPRESSION       "; a value between two '/' is a PCRE2 expression, any other is compared whole"
#define EMPTY_EXPRESSION "\"//\" is an empty regular expression; to match anything write \"/./\""

/* clang-format off */
static const struct {
	const char *text, *message; /* NULL: nothing is wrong */
} cases[] = {
	/* the plugin */
	{"", PLUGIN NOTHING},
	{"<Disks>\n</Disks>", PLUGIN NOTHING},
	{"Detail true", PLUGIN NOTHING},
	{"Budgets 1", PLUGIN "Budgets: " IN_PLUGIN},
	{"Budget 1", PLUGIN NOTHING},
	{"Budget 0", PLUGIN "Budget: takes a number from 0.01 to 100, not 0"},
	{"Budget 101", PLUGIN "Budget: takes a number from 0.01 to 100, not 101"},
	{"Budget \"1\"", PLUGIN "Budget: takes a number from 0.01 to 100, in plain digits without quotes, not \"1\""},
	{"Budget 1\nBudget 1", PLUGIN "Budget: " TWICE},
	{"MaxAge 0.5", PLUGIN "MaxAge: takes a number from 1 to 86400, not 0.5"},
	{"MaxAge 86401", PLUGIN "MaxAge: takes a number from 1 to 86400, not 86401"},
	{"MaxAge 60\nMaxAge 60", PLUGIN "MaxAge: " TWICE},
	{"Verify 1", PLUGIN "Verify: takes true or false, in small letters and without quotes, not 1"},
	{"Verify true\nVerify true", PLUGIN "Verify: " TWICE},
	{"Comm \"a\"", PLUGIN "Comm: " IN_PLUGIN},
	{"Proc_Path \"/p\"", PLUGIN "Proc_Path: " IN_PLUGIN},
	{"ProcPath \"proc\"", PLUGIN "ProcPath: takes an absolute path, such as \"/host/proc\", not \"proc\""},
	{"ProcPath \"\"", PLUGIN "ProcPath: takes an absolute path, such as \"/host/proc\", not \"\""},
	{"SysPath \"sys\"", PLUGIN "SysPath: takes an absolute path, such as \"/host/sys\", not \"sys\""},
	{"ProcPath 5", PLUGIN "ProcPath: the value 5 must be quoted, as in ProcPath \"5\""},
	{"ProcPath yes", PLUGIN "ProcPath: " BARE_TRUE "ProcPath \"true\""},
	{"ProcPath off", PLUGIN "ProcPath: a bare false, no or off must be quoted, as in ProcPath \"false\""},
	{"ProcPath \"/a\" \"/b\"", PLUGIN "ProcPath: " ONE_STRING},
	{"<ProcPath \"/a\">\nA 1\n</ProcPath>", PLUGIN "ProcPath: takes one value in quotes on its own line, it is not a block"},
	{"ProcPath \"/a\"\nProcPath \"/a\"", PLUGIN "ProcPath: " TWICE},
	{"syspath \"/a\"\nSYSPATH \"/b\"", PLUGIN "SysPath: " TWICE},
	{"DevPath \"dev\"", PLUGIN "DevPath: takes an absolute path, such as \"/host/dev\", not \"dev\""},
	{"RunPath \"\"", PLUGIN "RunPath: takes an absolute path, such as \"/host/run\", not \"\""},
	{"DevPath \"/a\"\nDevPath \"/a\"", PLUGIN "DevPath: " TWICE},
	{"DockerPath \"docker\"", PLUGIN "DockerPath: takes an absolute path, such as \"/var/lib/docker\", not \"docker\""},
	{"PodmanPath \"\"", PLUGIN "PodmanPath: takes an absolute path, such as \"/var/lib/containers/storage\", not \"\""},
	{"StateFile \"state.json\"", PLUGIN "StateFile: takes an absolute path, such as \"/run/footprint/state.json\", not \"state.json\""},
	{"StateFile true", PLUGIN "StateFile: " BARE_TRUE "StateFile \"true\""},
	{"StateFile \"/a\"\nStateFile \"/a\"", PLUGIN "StateFile: " TWICE},
	{"dockerpath \"/a\"\nDockerPath \"/b\"", PLUGIN "DockerPath: " TWICE},
	{"StateFileGroup 4", PLUGIN "StateFileGroup: the value 4 must be quoted, as in StateFileGroup \"4\""},
	{"StateFileGroup \"\"", PLUGIN "StateFileGroup: is empty; write for example StateFileGroup \"adm\""},
	{"StateFileGroup \"a\"\nStateFileGroup \"a\"", PLUGIN "StateFileGroup: " TWICE},
	{"StateFileGroup \"adm\"\n" G("Comm \"a\""), PLUGIN "StateFileGroup: is of no use without StateFile \"/run/footprint/state.json\""},
	{"StateFile \"/a\"\nStateFileGroup \"adm\"\n" G("Comm \"a\""), NULL},
	{"Activity 1", PLUGIN "Activity: " BOOLEAN "1"},
	{"Descendants true", PLUGIN "Descendants: " IN_PLUGIN},
	{"MaxGroups 5", PLUGIN "MaxGroups: " IN_PLUGIN},
	{"ReadTimeout 0.05", PLUGIN "ReadTimeout: takes a number from 0.1 to 60, not 0.05"},
	{"ReadTimeout 61", PLUGIN "ReadTimeout: takes a number from 0.1 to 60, not 61"},
	{"ReadTimeout -1", PLUGIN "ReadTimeout: takes a number from 0.1 to 60, not -1"},
	{"ReadTimeout \"2\"", PLUGIN "ReadTimeout: takes a number from 0.1 to 60, in plain digits without quotes, not \"2\""},
	{"ReadTimeout 1e1", PLUGIN "ReadTimeout: takes a number from 0.1 to 60, in plain digits without quotes, not \"1e1\""},
	{"ReadTimeout true", PLUGIN "ReadTimeout: takes a number from 0.1 to 60, in plain digits without quotes, not true"},
	{"ReadTimeout 1 2", PLUGIN "ReadTimeout: takes a number from 0.1 to 60, not 2 values"},
	{"<ReadTimeout 1>\nA 1\n</ReadTimeout>", PLUGIN "ReadTimeout: takes a number from 0.1 to 60 on its own line, it is not a block"},
	{"ReadTimeout 2\nReadTimeout 2", PLUGIN "ReadTimeout: " TWICE},
	{"Detail 1", PLUGIN "Detail: " BOOLEAN "1"},
	{"Detail \"true\"", PLUGIN "Detail: " BOOLEAN "\"true\""},
	{"Detail True", PLUGIN "Detail: " BOOLEAN "\"True\""},
	{"ValuesAbsolute 0", PLUGIN "ValuesAbsolute: " BOOLEAN "0"},
	{"ValuesPercentage 0.5", PLUGIN "ValuesPercentage: " BOOLEAN "0.5"},
	{"ReportPartial true false", PLUGIN "ReportPartial: " ONE_BOOLEAN},
	{"<Detail true>\nA 1\n</Detail>", PLUGIN "Detail: takes true or false on its own line, it is not a block"},
	{"Detail true\nDetail true", PLUGIN "Detail: " TWICE},
	{"Interval 20", PLUGIN "Interval: " IN_PLUGIN},
	/* the name of a group */
	{"<Group>\nComm \"a\"\n</Group>", PLUGIN "Group: takes one name in quotes, as in <Group \"shop\">, not 0 values"},
	{"<Group php-fpm>\nComm \"a\"\n</Group>", PLUGIN "Group: takes one name in quotes, as in <Group \"shop\">, not 2 values"},
	{"<Group 5>\nComm \"a\"\n</Group>", PLUGIN "Group: the value 5 must be quoted, as in <Group \"5\">"},
	{"<Group on>\nComm \"a\"\n</Group>", PLUGIN "Group: " BARE_TRUE "<Group \"true\">"},
	{"<Group \"\">\nComm \"a\"\n</Group>", PLUGIN "Group: the name \"\"" NAME_USABLE},
	{"<Group \"_self\">\nComm \"a\"\n</Group>", PLUGIN "Group: the name \"_self\"" NAME_USABLE},
	{"<Group \"a b\">\nComm \"a\"\n</Group>", PLUGIN "Group: the name \"a b\"" NAME_USABLE},
	{"<Group \"a\tb\n\177\">\nComm \"a\"\n</Group>", PLUGIN "Group: the name \"a?b??\"" NAME_USABLE},
	{"<Group \"" LONG_NAME "\">\nComm \"a\"\n</Group>", PLUGIN "Group: the name \"" LONG_NAME "\"" NAME_USABLE},
	/* what a group takes */
	{G(""), GROUP NO_SELECTOR},
	{G("Detail true"), GROUP NO_SELECTOR},
	{G("Command \"a\""), GROUP "Command: " IN_GROUP},
	{G("ProcPath \"/p\""), GROUP "ProcPath: " IN_GROUP},
	{G("<Group \"h\">\nComm \"a\"\n</Group>"), GROUP "Group: " IN_GROUP},
	{G("Comm \"a\"\nDetail 2"), GROUP "Detail: " BOOLEAN "2"},
	{G("Comm \"a\"\nDetail true\ndetail false"), GROUP "Detail: " TWICE},
	{G("Comm \"a\"\nValuesAbsolute true\nValuesAbsolute true"), GROUP "ValuesAbsolute: " TWICE},
	{G("Comm \"a\"\nInterval 0"), GROUP "Interval: takes a number from 0.01 to 86400, not 0"},
	{G("Comm \"a\"\nInterval 86401"), GROUP "Interval: takes a number from 0.01 to 86400, not 86401"},
	{G("Comm \"a\"\nInterval \"60\""), GROUP "Interval: takes a number from 0.01 to 86400, in plain digits without quotes, not \"60\""},
	{G("Comm \"a\"\nInterval 60s"), GROUP "Interval: takes a number from 0.01 to 86400, in plain digits without quotes, not \"60s\""},
	{G("Comm \"a\"\nInterval 1.5e3"), GROUP "Interval: takes a number from 0.01 to 86400, not 2 values"},
	{G("Comm \"a\"\nInterval 20\nInterval 20"), GROUP "Interval: " TWICE},
	{G("Comm \"a\"\nInterval 15"), GROUP "Interval: " MULTIPLE "15"},
	{G("Comm \"a\"\nInterval 5"), GROUP "Interval: " MULTIPLE "5"},
	{G("Comm \"a\"\nInterval 0.01"), GROUP "Interval: " MULTIPLE "0.01"},
	{G("Comm \"a\"\nInterval 20.1"), GROUP "Interval: " MULTIPLE "20.1"},
	{ALSO("Comm \"a\"\nInterval 20"), NULL},
	{G("Comm \"a\"\nInterval 20") "\n" G("Comm \"b\"\nInterval 30"), GROUP "Interval: " DISAGREES},
	{G("Comm \"a\"\nInterval 20") "\n" G("Comm \"b\"\nInterval 20"), NULL},
	{G("Comm \"a\"\nDetail true") "\n" G("Comm \"b\"\nDetail false"), GROUP "Detail: " DISAGREES},
	{G("Comm \"a\"\nValuesAbsolute no") "\n" G("Comm \"b\"\nValuesAbsolute yes"), GROUP "ValuesAbsolute: " DISAGREES},
	{G("Comm \"a\"\nReportPartial no") "\n" G("Comm \"b\"\nReportPartial no"), NULL},
	{G("Comm \"a\"\nActivity \"on\""), GROUP "Activity: " BOOLEAN "\"on\""},
	{G("Comm \"a\"\nActivity true") "\n" G("Comm \"b\"\nActivity false"), GROUP "Activity: " DISAGREES},
	{G("Comm \"a\"\nDescendants 1"), GROUP "Descendants: " BOOLEAN "1"},
	{G("Comm \"a\"\nDescendants true\nDescendants true"), GROUP "Descendants: " TWICE},
	{G("Comm \"a\"\nDescendants true") "\n" G("Comm \"b\"\nDescendants false"), GROUP "Descendants: " DISAGREES},
	/* selectors as such */
	{G("Comm 5"), GROUP "Comm: the value 5 must be quoted, as in Comm \"5\""},
	{G("Comm true"), GROUP "Comm: " BARE_TRUE "Comm \"true\""},
	{G("Comm php-fpm"), GROUP "Comm: takes one value in quotes, not 2, as in Comm \"php-fpm\""},
	{G("Not Comm php-fpm"), GROUP "Not Comm: takes one value in quotes, not 2, as in Not Comm \"php-fpm\""},
	{G("Exe \"/a\" \"/b\""), GROUP "Exe: takes one value in quotes, not 2, as in Exe \"/usr/sbin/php-fpm8.2\""},
	{G("Cmdline \"a\" \"b\""), GROUP "Cmdline: takes one value in quotes, not 2, as in Cmdline \"/--pool shop/\""},
	{G("User \"a\" \"b\""), GROUP "User: takes one value in quotes, not 2, as in User \"www-data\""},
	{G("PidFile \"/a\" \"/b\""), GROUP "PidFile: takes one value in quotes, not 2, as in PidFile \"/run/php-fpm.pid\""},
	{G("<Comm \"a\">\nA 1\n</Comm>"), GROUP "Comm: is one line, not a block, as in Comm \"php-fpm\""},
	{G("<Not Comm \"a\">\nA 1\n</Not>"), GROUP "Not Comm: is one line, not a block, as in Not Comm \"php-fpm\""},
	{G("Comm \"\""), GROUP "Comm: is empty; write for example Comm \"php-fpm\""},
	{G("Not Exe \"\""), GROUP "Not Exe: is empty; write for example Not Exe \"/usr/sbin/php-fpm8.2\""},
	{G("Env \"\""), GROUP "Env: is empty; write for example Env \"APP\" \"shop\""},
	{G("Env \"\" \"a\""), GROUP "Env: is empty; write for example Env \"APP\" \"shop\""},
	{G("User \"\""), GROUP "User: is empty; write for example User \"www-data\""},
	{G("PidFile \"\""), GROUP "PidFile: is empty; write for example PidFile \"/run/php-fpm.pid\""},
	/* expressions: PCRE2's words and the offset behind the first '/' */
	{G("Comm \"//\""), GROUP "Comm: " EMPTY_EXPRESSION},
	{G("Cmdline \"//\""), GROUP "Cmdline: " EMPTY_EXPRESSION},
	{G("User \"//\""), GROUP "User: " EMPTY_EXPRESSION},
	{G("Env \"A\" \"//\""), GROUP "Env: " EMPTY_EXPRESSION},
	{G("Not Exe \"//\""), GROUP "Not Exe: " EMPTY_EXPRESSION},
	{G("Comm \"/a(/\""), GROUP "Comm: bad regular expression \"/a(/\": missing closing parenthesis at offset 2" EXPRESSION},
	{G("Not Cmdline \"/a[/\""), GROUP "Not Cmdline: bad regular expression \"/a[/\": missing terminating ] for character class at offset 2" EXPRESSION},
	{G("Env \"A\" \"/(/\""), GROUP "Env: bad regular expression \"/(/\": missing closing parenthesis at offset 1" EXPRESSION},
	{G("User \"/(*CRLF)(/\""), GROUP "User: bad regular expression \"/(*CRLF)(/\": missing closing parenthesis at offset 8" EXPRESSION},
	{G("Comm \"/a\tb(/\""), GROUP "Comm: bad regular expression \"/a?b(/\": missing closing parenthesis at offset 4" EXPRESSION},
	/* Comm */
	{G("Comm \"a123456789b12345\""), GROUP "Comm: \"a123456789b12345\" has 16 bytes, but the kernel keeps only 15 of a name; select by Exe, or write \"a123456789b1234\""},
	{G("Comm \"a123456789b1234\""), NULL},
	{G("Comm \"/a123456789b123456789/\""), NULL},
	/* Exe */
	{G("Exe \"nginx\""), GROUP "Exe: \"nginx\" is not an absolute path, as every executable's is; write the whole path, or a regular expression such as \"/[/]nginx$/\""},
	{G("Exe \"/usr/bin/a (deleted)\""), GROUP "Exe: \"/usr/bin/a (deleted)\" can never match: \" (deleted)\" at the end is the kernel's and is not compared, so leave it out"},
	{G("Exe \"/usr/bin/a\""), NULL},
	/* User */
	{G("User -1"), GROUP "User: takes a user's name in quotes or a whole number from 0 to 4294967294, not -1"},
	{G("User 33.5"), GROUP "User: takes a user's name in quotes or a whole number from 0 to 4294967294, not 33.5"},
	{G("User 4294967295"), GROUP "User: takes a user's name in quotes or a whole number from 0 to 4294967294, not 4294967295"},
	{G("User 4294967294"), NULL},
	{G("User \"4294967295\""), GROUP "User: takes a user's name in quotes or a whole number from 0 to 4294967294, not 4294967295"},
	{G("Not User \"99999999999999999999\""), GROUP "Not User: takes a user's name in quotes or a whole number from 0 to 4294967294, not 1.84467440737096e+19"},
	{G("User true"), GROUP "User: " BARE_TRUE "User \"true\""},
	{G("User www-data"), GROUP "User: takes one value in quotes, not 2, as in User \"www-data\""},
	/* PidFile */
	{G("Pid 1"), NULL},
	{G("Pid \"1\""), NULL},
	{G("Pid \"1,22,2147483647\""), NULL},
	{G("Not Pid 1\nComm \"a\""), NULL},
	{G("Pid 0"), GROUP "Pid: " PID "0"},
	{G("Pid 1.5"), GROUP "Pid: " PID "1.5"},
	{G("Pid -1"), GROUP "Pid: " PID "-1"},
	{G("Pid 2147483648"), GROUP "Pid: " PID "2147483648"},
	{G("Pid \"2147483648\""), GROUP "Pid: " PID "\"2147483648\""},
	{G("Pid \"0\""), GROUP "Pid: " PID "\"0\""},
	{G("Pid \"01\""), GROUP "Pid: " PID "\"01\""},
	{G("Pid \"1,\""), GROUP "Pid: " PID "\"1,\""},
	{G("Pid \",1\""), GROUP "Pid: " PID "\",1\""},
	{G("Pid \"1 2\""), GROUP "Pid: " PID "\"1 2\""},
	{G("Not Pid \"/1/\""), GROUP "Not Pid: " PID "\"/1/\""},
	{G("Pid \"\""), GROUP "Pid: is empty; write for example Pid 1"},
	{G("Pid true"), GROUP "Pid: " BARE_TRUE "Pid \"true\""},
	{G("Pid 1 2"), GROUP "Pid: takes one value in quotes, not 2, as in Pid 1"},
	{G("Pid 1\nPid 2"), GROUP "Pid: " NEVER_BOTH},
	{G("Pid 1\nPid \"1,2\""), NULL},
	{G("Pid 1\nPid \"2,3\""), GROUP "Pid: " NEVER_BOTH},
	{G("Pid 1\nNot Pid 1"), GROUP "Not Pid: " AGAINST("Pid")},
	{G("PidFile \"run/a.pid\""), GROUP "PidFile: takes an absolute path, such as \"/run/php-fpm.pid\", not \"run/a.pid\""},
	/* Env */
	{G("Env \"A\" \"b\" \"c\""), GROUP "Env: takes a name, or a name and a value, in quotes, not 3 values, as in Env \"APP\" \"shop\""},
	{G("Env \"PORT\" 8080"), GROUP "Env: the value 8080 must be quoted, as in Env \"PORT\" \"8080\""},
	{G("Env \"DEBUG\" on"), GROUP "Env: " BARE_TRUE "Env \"DEBUG\" \"true\""},
	{G("Not Env \"DEBUG\" off"), GROUP "Not Env: a bare false, no or off must be quoted, as in Not Env \"DEBUG\" \"false\""},
	{G("Env 1 2"), GROUP "Env: the value 1 must be quoted, as in Env \"1\""},
	{G("Env \"APP=shop\""), GROUP "Env: the name \"APP=shop\" contains '=', which no name does; write it without, and its value as a second string, as in Env \"APP\" \"shop\""},
	{G("Env \"=\" \"a\""), GROUP "Env: the name \"=\" contains '=', which no name does; write it without, and its value as a second string, as in Env \"APP\" \"shop\""},
	{G("Env \"/^APP/\" \"a\""), GROUP "Env: the name \"/^APP/\" cannot be a regular expression, only the value can, as in Env \"APP\" \"/^shop-/\""},
	/* Not */
	{G("Not \"sh\""), GROUP "Not: \"sh\" is not a selector; it takes " NAMES},
	{G("Not Detail true"), GROUP "Not: \"Detail\" is not a selector; it takes " NAMES},
	{G("Not Not Comm \"a\""), GROUP "Not: \"Not\" is not a selector; it takes " NAMES},
	{G("Not 5"), GROUP "Not: takes a selector (" NAMES ") and its value, as in Not Comm \"sh\""},
	{G("Not true \"a\""), GROUP "Not: takes a selector (" NAMES ") and its value, as in Not Comm \"sh\""},
	{G("Not Comm"), GROUP "Not Comm: takes one value in quotes, not 0, as in Not Comm \"php-fpm\""},
	{G("not env"), GROUP "Not Env: takes a name, or a name and a value, in quotes, not 0 values, as in Not Env \"APP\" \"shop\""},
	/* lines that can never hold together */
	{G("Comm \"a\"\nComm \"b\""), GROUP "Comm: " NEVER_BOTH},
	{G("Comm \"a\"\nUser 5\nComm \"/^b/\""), GROUP "Comm: " NEVER_BOTH},
	{G("Cmdline \"/x/\"\nCmdline \"y\""), GROUP "Cmdline: " NEVER_BOTH},
	{G("Exe \"/a\"\nExe \"/b\""), GROUP "Exe: " NEVER_BOTH},
	{G("User 1\nUser \"2\""), GROUP "User: " NEVER_BOTH},
	{G("User \"a\"\nUser \"b\""), GROUP "User: " NEVER_BOTH},
	{G("PidFile \"/a\"\nPidFile \"/b\""), GROUP "PidFile: " NEVER_BOTH},
	{G("Env \"A\" \"1\"\nEnv \"A\" \"2\""), GROUP "Env: " NEVER_BOTH},
	{G("Env \"A\" \"\"\nEnv \"A\" \"/./\""), GROUP "Env: " NEVER_BOTH},
	{G("Comm \"a\"\nNot Comm \"a\""), GROUP "Not Comm: " AGAINST("Comm")},
	{G("Not Comm \"/a/\"\nComm \"xax\""), GROUP "Not Comm: " AGAINST("Comm")},
	{G("Not Cmdline \"/a/\"\nCmdline \"/a/\""), GROUP "Not Cmdline: " AGAINST("Cmdline")},
	{G("User 0\nNot User \"0\""), GROUP "Not User: " AGAINST("User")},
	{G("User \"a\"\nNot User \"/a/\""), GROUP "Not User: " AGAINST("User")},
	{G("Env \"A\"\nNot Env \"A\""), GROUP "Not Env: " AGAINST("Env")},
	{G("Env \"A\" \"x\"\nNot Env \"A\""), GROUP "Not Env: " AGAINST("Env")},
	{G("Env \"A\" \"x\"\nNot Env \"A\" \"x\""), GROUP "Not Env: " AGAINST("Env")},
	/* lines that can */
	{G("Comm \"a\"\nComm \"a\""), NULL},
	{G("Comm \"a\"\nComm \"/a/\"\nNot Comm \"/b/\"\nNot Comm \"c\"\nNot Comm \"d\""), NULL},
	{G("Comm \"/a/\"\nComm \"/b/\"\nNot Comm \"ab\""), NULL},
	{G("Env \"A\" \"1\"\nEnv \"B\" \"2\"\nNot Env \"C\""), NULL},
	{G("Env \"A\"\nNot Env \"A\" \"x\"\nNot Env \"A\" \"/y/\""), NULL},
	{G("User 5\nUser \"five\"\nNot User \"/six/\"\nNot User 6"), NULL},
	{G("Cmdline \"\""), NULL},
	{ALSO("Comm \"a\""), NULL},
	/* Disks */
	{"<Disks \"sda\">\nDisk \"sda\"\n</Disks>", PLUGIN "Disks: takes no value: write <Disks>"},
	{"Disks true", PLUGIN "Disks: takes no value: write <Disks>"},
	{D("") "\n" D(""), PLUGIN "Disks: given twice; put everything into one <Disks> block"},
	{D("Comm \"a\""), DISKS "Comm: " IN_DISKS},
	{D("Disk sda sdb"), DISKS "Disk: " ONE_STRING},
	{D("Disk 5"), DISKS "Disk: the value 5 must be quoted, as in Disk \"5\""},
	{D("Disk true"), DISKS "Disk: " BARE_TRUE "Disk \"true\""},
	{D("Disk \"\""), DISKS "Disk: is empty; write for example Disk \"sda\" or Disk \"/^(sd|nvme)/\""},
	{D("Disk \"//\""), DISKS "Disk: " EMPTY_EXPRESSION},
	{D("Disk \"/(sd/\""), DISKS "Disk: bad regular expression \"/(sd/\": missing closing parenthesis at offset 3" EXPRESSION},
	{D("Disk \"/dev/sda\""), DISKS "Disk: takes a device's name without /dev/, such as \"sda\" or \"/^sd/\", not \"/dev/sda\", which would match none"},
	{D("Disk \"/dev/sd./\""), DISKS "Disk: takes a device's name without /dev/, such as \"sda\" or \"/^sd/\", not \"/dev/sd./\", which would match none"},
	{D("IgnoreSelected 1"), DISKS "IgnoreSelected: " BOOLEAN "1"},
	{D("IgnoreSelected true\nIgnoreSelected true"), DISKS "IgnoreSelected: " TWICE},
	{D("Partitions \"true\""), DISKS "Partitions: " BOOLEAN "\"true\""},
	{D("Partitions true\nPartitions false"), DISKS "Partitions: " TWICE},
	{D("StuckAfter 0"), DISKS "StuckAfter: takes a whole number from 1 to 86400, not 0"},
	{D("StuckAfter 86401"), DISKS "StuckAfter: takes a whole number from 1 to 86400, not 86401"},
	{D("StuckAfter 1.5"), DISKS "StuckAfter: takes a whole number from 1 to 86400, not 1.5"},
	{D("StuckAfter \"30\""), DISKS "StuckAfter: takes a whole number from 1 to 86400, in plain digits without quotes, not \"30\""},
	{D("StuckAfter 30\nStuckAfter 30"), DISKS "StuckAfter: " TWICE},
	{D("Name \"labels\""), DISKS "Name: takes " SOURCES ", in quotes and in the order wanted, not \"labels\""},
	{D("Name \"DM\""), DISKS "Name: takes " SOURCES ", in quotes and in the order wanted, not \"DM\""},
	{D("Name \"dm\" 5"), DISKS "Name: takes " SOURCES ", in quotes and in the order wanted, not 5"},
	{D("Name \"dm\" \"dm\""), DISKS "Name: \"dm\" stands in it twice"},
	{D("Name \"dm\"\nName \"kernel\""), DISKS "Name: " TWICE},
	{D("<Name \"dm\">\nA 1\n</Name>"), DISKS "Name: takes " SOURCES " on one line, in the order wanted"},
	/* several blocks of the plugin add up */
	{"<Plugin footprint>\nDetail true\n</Plugin>\n<Plugin footprint>\nDetail false\n</Plugin>", PLUGIN "Detail: " TWICE},
	{"<Plugin footprint>\n" D("") "\n</Plugin>\n<Plugin footprint>\n" D("") "\n</Plugin>", PLUGIN "Disks: given twice; put everything into one <Disks> block"},
	/* what is shown of a value is cut, and the place is the block where the mistake stands */
	{G("Exe \"" LONG_NAME LONG_NAME "\""), GROUP "Exe: \"" LONG_NAME "a123456789b12345...\" is not an absolute path, as every executable's is; write the whole path, or a regular expression such as \"/[/]a123456789b123456789c123456789d123456789$/\""},
	{G("Comm \"a\"") "\n" "<Group \"other.one\">\nComm 1\n</Group>", "<Group \"other.one\">: Comm: the value 1 must be quoted, as in Comm \"1\""},
	{G("Comm \"a\"") "\nDetail 1", PLUGIN "Detail: " BOOLEAN "1"},
};
/* clang-format on */

static void test_messages(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *expected = cases[i].message ? cases[i].message : "";
		struct readtext read;
		readtext(cases[i].text, 10, &read);
		if (read.status != (cases[i].message ? -EINVAL : 0) ||
			strcmp(read.message, expected) != 0) {
			print_error("%s\ngives      %s\ninstead of %s\n\n", cases[i].text,
				read.message, expected);
			wrong++;
		}
		readtext_fini(&read);
	}
	assert_int_equal(wrong, 0);
}

/* What a daemon's file cannot say, but a command line could. */
static void check_items(const struct fp_item *children, size_t count, const char *message)
{
	struct fp_item plugin = {.key = "Plugin", .children = children, .child_count = count};
	char said[FP_MESSAGE_SIZE] = "";
	struct fp_reader *reader;

	assert_int_equal(fp_reader_new(NULL, &reader), 0);
	assert_int_equal(fp_reader_take(reader, &plugin, said), -EINVAL);
	assert_string_equal(said, message);
	fp_reader_free(reader);
}

static void test_messages_about_items(void **state)
{
	static const struct fp_value nan = {.type = FP_NUMBER, .number = NAN};
	static const struct fp_value infinite = {.type = FP_NUMBER, .number = INFINITY};
	static const struct fp_value name = {.type = FP_STRING, .string = "g"};
	static const struct fp_item bare[] = {{.key = "Detail"}, {.key = "ProcPath"}};
	static const struct fp_item timeout = {"ReadTimeout", &nan, 1, NULL, 0};
	static const struct fp_item user = {"User", &infinite, 1, NULL, 0};
	static const struct fp_item not = {.key = "Not"};
	static const struct fp_item disk_name = {.key = "Name"};
	static const struct fp_item groups[] = {
		{"Group", &name, 1, &user, 1}, {"Group", &name, 1, &not, 1}};
	static const struct fp_item disks = {"Disks", NULL, 0, &disk_name, 1};

	(void)state;
	check_items(&bare[0], 1, PLUGIN "Detail: takes true or false, not 0 values");
	check_items(&bare[1], 1, PLUGIN "ProcPath: takes one value in quotes, not 0 values");
	check_items(&timeout, 1, PLUGIN "ReadTimeout: takes a number from 0.1 to 60, not nan");
	check_items(&groups[0], 1,
		GROUP "User: takes a user's name in quotes or a whole number from 0 to 4294967294, "
		      "not inf");
	check_items(&groups[1], 1,
		GROUP "Not: takes a selector (" NAMES ") and its value, as in Not Comm \"sh\"");
	check_items(&disks, 1, DISKS "Name: takes " SOURCES " on one line, in the order wanted");
}

static void test_an_interval_that_the_daemon_rounded(void **state)
{
	struct readtext read;

	(void)state;
	/* 0.1 s in the daemon's units of 2^-30 s */
	readtext(G("Comm \"a\"\nInterval 0.25"), 107374182. / 1073741824, &read);
	assert_int_equal(read.status, -EINVAL);
	assert_string_equal(read.message,
		GROUP "Interval: takes a multiple of the plugin's interval, which is 0.1 seconds, "
		      "not 0.25");
	readtext_fini(&read);
}

static void check_hints(const char *text, const char *hints)
{
	struct readtext read;

	readtext(text, 10, &read);
	assert_string_equal(read.message, "");
	assert_string_equal(read.hints, hints);
	readtext_fini(&read);
}

static void test_hints(void **state)
{
	(void)state;
	check_hints(G("Exe \"/usr/bin/\""),
		"warning <Group \"g\">: Exe: \"/usr/bin/\" is taken as a regular expression, since "
		"it begins and ends with '/'; if the executable itself is meant, leave out the "
		"last "
		"'/'\n");
	check_hints(G("Exe \"/usr/bin/.*/\"\nExe \"/[/]nginx$/\"\nCmdline \"/abc/\""), "");
	check_hints(D("IgnoreSelected true"),
		"warning <Disks>: IgnoreSelected: there is no Disk line, so nothing is ignored\n");
	check_hints("StateFile \"/a\"\n<Disks>\nDisk \"a\"\n</Disks>",
		"warning <Plugin footprint>: StateFile: there is no <Group>, so none is written\n");
	check_hints(D("IgnoreSelected false"), "");
	check_hints(D("IgnoreSelected true\nDisk \"/^loop/\""), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_messages_about_items),
		cmocka_unit_test(test_an_interval_that_the_daemon_rounded),
		cmocka_unit_test(test_hints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
