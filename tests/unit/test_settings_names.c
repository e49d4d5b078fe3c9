/* What is said of selectors by cgroup, unit and container, and of names with %{} in them. */
#include "../lib/readtext.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define G(lines)       "<Group \"g\">\n" lines "\n</Group>"
#define N(name, lines) "<Group \"" name "\">\n" lines "\n</Group>"
#define GROUP          "<Group \"g\">: "
#define AT(name)       "<Group \"" name "\">: "
#define TEN            "a123456789"
#define FIFTY          TEN TEN TEN TEN TEN
#define BARE_TRUE      "a bare true, yes or on must be quoted, as in "
#define AGAINST(key)   "contradicts the block's own " key " line, so that no process could match"
#define NEVER_BOTH                                                                                 \
	"two values in one block that can never both match; lines of a block add up, so write a "  \
	"second <Group \"g\"> block for the other value"
#define EXPRESSION       "; a value between two '/' is a PCRE2 expression, any other is compared whole"
#define EMPTY_EXPRESSION "\"//\" is an empty regular expression; to match anything write \"/./\""
#define TAKES                                                                                      \
	"a name takes %{env:NAME}, %{user}, %{comm}, %{exe}, %{unit}, %{container}, %{cgroup:N} "  \
	"and %{cmdline:N}, with at most 63 of A-Z a-z 0-9 _ . - between them"
#define NOT_USABLE  " in the name is not usable: " TAKES "; the first is not _"
#define NOT_CAPTURE " in the name is not the number of a capture, which is from 1 to 99"
#define NEEDS(key)                                                                                 \
	"a capture of " key " in the name needs a line " key " with a regular expression and "     \
	"without Not in each block"
#define ONLY_DYNAMIC "is for a name with %{} in it, such as <Group \"app-%{env:APP}\">"
#define DISAGREES                                                                                  \
	"disagrees with an earlier block of this group; blocks of one name are one group, so say " \
	"it once"

struct expectation {
	const char *text, *message; /* NULL: nothing is wrong */
};

static void check_all(const struct expectation *cases, size_t count)
{
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++) {
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

#define CHECK(cases) check_all(cases, sizeof(cases) / sizeof(cases[0]))

/* clang-format off */
static void test_selectors(void **state)
{
	static const struct expectation cases[] = {
		{G("Cgroup \"/a\" \"/b\""), GROUP "Cgroup: takes one value in quotes, not 2, as in Cgroup \"/^[/]kubepods/\""},
		{G("Unit php-fpm"), GROUP "Unit: takes one value in quotes, not 2, as in Unit \"php-fpm.service\""},
		{G("Not Container \"a\" \"b\""), GROUP "Not Container: takes one value in quotes, not 2, as in Not Container \"shop\""},
		{G("<Unit \"a\">\nA 1\n</Unit>"), GROUP "Unit: is one line, not a block, as in Unit \"php-fpm.service\""},
		{G("Cgroup \"\""), GROUP "Cgroup: is empty; write for example Cgroup \"/^[/]kubepods/\""},
		{G("Unit \"\""), GROUP "Unit: is empty; write for example Unit \"php-fpm.service\""},
		{G("Not Container \"\""), GROUP "Not Container: is empty; write for example Not Container \"shop\""},
		{G("Cgroup \"kubepods\""), GROUP "Cgroup: \"kubepods\" is not a path from the root of the cgroups; write for example \"/system.slice/kubepods\", or a regular expression such as \"/kubepods/\""},
		{G("Not Cgroup \"//\""), GROUP "Not Cgroup: " EMPTY_EXPRESSION},
		{G("Cgroup \"/a(/\""), GROUP "Cgroup: bad regular expression \"/a(/\": missing closing parenthesis at offset 2" EXPRESSION},
		{G("Cgroup 5"), GROUP "Cgroup: the value 5 must be quoted, as in Cgroup \"5\""},
		{G("Cgroup \"/\""), NULL},
		{G("Unit \"php-fpm\""), GROUP "Unit: \"php-fpm\" is not the full name of a unit; write for example \"php-fpm.service\""},
		{G("Not Unit \"cron\""), GROUP "Not Unit: \"cron\" is not the full name of a unit; write for example \"cron.service\""},
		{G("Unit \"//\""), GROUP "Unit: " EMPTY_EXPRESSION},
		{G("Unit 5"), GROUP "Unit: the value 5 must be quoted, as in Unit \"5\""},
		{G("Unit \"/php/\"\nUnit \"user@1000.service/php.service\""), NULL},
		{G("Container \"//\""), GROUP "Container: " EMPTY_EXPRESSION},
		{G("Container true"), GROUP "Container: " BARE_TRUE "Container \"true\""},
		{G("Cgroup \"/a\"\nCgroup \"/b\""), GROUP "Cgroup: " NEVER_BOTH},
		{G("Unit \"a.service\"\nUnit \"b.service\""), GROUP "Unit: " NEVER_BOTH},
		{G("Unit \"a.service\"\nUnit \"/[.]scope$/\""), GROUP "Unit: " NEVER_BOTH},
		{G("Unit \"a.service\"\nNot Unit \"/^a/\""), GROUP "Not Unit: " AGAINST("Unit")},
		{G("Cgroup \"/a/b\"\nNot Cgroup \"/a/\""), GROUP "Not Cgroup: " AGAINST("Cgroup")},
		{G("Container \"shop\"\nNot Container \"shop\""), GROUP "Not Container: " AGAINST("Container")},
		/* a container has both a name and an id */
		{G("Container \"shop\"\nContainer \"3f2b8c0de1a9\"\nContainer \"/^[0-9a-f]{64}$/\""), NULL},
	};

	(void)state;
	CHECK(cases);
}

static void test_names(void **state)
{
	static const struct expectation cases[] = {
		{N("%{comm}", "Comm \"/./\""), NULL},
		{N("a-%{comm}-%{USER}.%{exe}_%{Unit}%{container}", "Comm \"/./\""), NULL},
		{N("a-%{foo}", "Comm \"/./\""), AT("a-%{foo}") "%{foo} in the name is not known: " TAKES},
		{N("%{}", "Comm \"/./\""), AT("%{}") "%{} in the name is not known: " TAKES},
		{N("%{ comm}", "Comm \"/./\""), AT("%{ comm}") "%{ comm} in the name is not known: " TAKES},
		{N("%{comm:1}", "Comm \"/./\""), AT("%{comm:1}") "%{comm:1} in the name is not known: " TAKES},
		{N("%{user:}", "Comm \"/./\""), AT("%{user:}") "%{user:} in the name is not known: " TAKES},
		{N("%{env}", "Comm \"/./\""), AT("%{env}") "%{env} in the name is not known: " TAKES},
		{N("%{env:}", "Env \"A\""), AT("%{env:}") "%{env:} in the name is not known: " TAKES},
		{N("%{cgroup}", "Comm \"/./\""), AT("%{cgroup}") "%{cgroup} in the name is not known: " TAKES},
		{N("%{" FIFTY FIFTY "}", "Comm \"/./\""), AT("%{" FIFTY FIFTY "}") "%{" FIFTY TEN TEN TEN "} in the name is not known: " TAKES},
		{N("%{a\tb}", "Comm \"/./\""), "<Group \"%{a?b}\">: %{a?b} in the name is not known: " TAKES},
		{N("a-%{comm", "Comm \"/./\""), AT("a-%{comm") "%{comm in the name lacks its }: " TAKES},
		{N("%{comm}-%{", "Comm \"/./\""), AT("%{comm}-%{") "%{ in the name lacks its }: " TAKES},
		/* what stands between */
		{N("a b-%{comm}", "Comm \"/./\""), AT("a b-%{comm}") "\"a b-\"" NOT_USABLE},
		{N("%{comm}}", "Comm \"/./\""), AT("%{comm}}") "\"}\"" NOT_USABLE},
		{N("100%-%{comm}", "Comm \"/./\""), AT("100%-%{comm}") "\"100%-\"" NOT_USABLE},
		{N("%{comm}/%{user}", "Comm \"/./\""), AT("%{comm}/%{user}") "\"/\"" NOT_USABLE},
		{N("_%{comm}", "Comm \"/./\""), AT("_%{comm}") "\"_\"" NOT_USABLE},
		{N("%{comm}_", "Comm \"/./\""), NULL},
		{N("%{comm}" FIFTY TEN "b12", "Comm \"/./\""), NULL},
		{N("%{comm}" FIFTY TEN "b123", "Comm \"/./\""), AT("%{comm}" FIFTY TEN "b123") "\"" FIFTY TEN "b123\"" NOT_USABLE},
		{N("%{comm}" FIFTY "%{comm}" FIFTY "%{comm}" FIFTY "%{comm}" FIFTY "%{comm}" TEN TEN, "Comm \"/./\""), NULL},
		{N("%{comm}" FIFTY "%{comm}" FIFTY "%{comm}" FIFTY "%{comm}" FIFTY "%{comm}" TEN TEN "x", "Comm \"/./\""),
			"<Plugin footprint>: Group: the name \"%{comm}" FIFTY "%{comm}" TEN "a12345...\" is too long; with %{} in it, it takes at most 255 bytes"},
	};

	(void)state;
	CHECK(cases);
}

static void test_what_names_draw_on(void **state)
{
	static const struct expectation cases[] = {
		{N("%{env:A}", "Env \"A\""), NULL},
		{N("%{env:A}", "Env \"A\" \"/x/\"\nNot Env \"A\" \"y\""), NULL},
		{N("%{env:A}", "Comm \"a\""), AT("%{env:A}") "%{env:A} in the name needs a line Env \"A\" without Not in each block"},
		{N("%{env:A}", "Not Env \"A\" \"x\""), AT("%{env:A}") "%{env:A} in the name needs a line Env \"A\" without Not in each block"},
		{N("%{env:A}", "Env \"a\""), AT("%{env:A}") "%{env:A} in the name needs a line Env \"A\" without Not in each block"},
		{N("%{env:A}-%{env:B}", "Env \"A\""), AT("%{env:A}-%{env:B}") "%{env:B} in the name needs a line Env \"B\" without Not in each block"},
		{N("%{env:A}", "Env \"A\"") "\n" N("%{env:A}", "Comm \"a\""), AT("%{env:A}") "%{env:A} in the name needs a line Env \"A\" without Not in each block"},
		{N("%{env:A}", "Env \"A\" \"1\"") "\n" N("%{env:A}", "Env \"A\" \"2\""), NULL},
		{N("%{env:A}", "Detail true"), AT("%{env:A}") "has no selector; add Comm, Exe, Cmdline, User, Env, Pid, PidFile, Cgroup, Unit or Container, or Comm \"/./\" for every process"},
		/* captures */
		{N("%{cmdline:1}", "Cmdline \"/(a)/\""), NULL},
		{N("%{cmdline:2}-%{cmdline:1}", "Cmdline \"/(a)|(?<n>b)/\""), NULL},
		{N("%{cgroup:1}", "Cgroup \"/[/](.)/\""), NULL},
		{N("%{cmdline:0}", "Cmdline \"/(a)/\""), AT("%{cmdline:0}") "\"0\"" NOT_CAPTURE},
		{N("%{cmdline:100}", "Cmdline \"/(a)/\""), AT("%{cmdline:100}") "\"100\"" NOT_CAPTURE},
		{N("%{cgroup:-1}", "Cgroup \"/(a)/\""), AT("%{cgroup:-1}") "\"-1\"" NOT_CAPTURE},
		{N("%{cgroup:one}", "Cgroup \"/(a)/\""), AT("%{cgroup:one}") "\"one\"" NOT_CAPTURE},
		{N("%{cgroup:1 }", "Cgroup \"/(a)/\""), AT("%{cgroup:1 }") "\"1 \"" NOT_CAPTURE},
		{N("%{cmdline:1}", "Comm \"/(a)/\""), AT("%{cmdline:1}") NEEDS("Cmdline")},
		{N("%{cmdline:1}", "Cmdline \"a\""), AT("%{cmdline:1}") NEEDS("Cmdline")},
		{N("%{cmdline:1}", "Not Cmdline \"/(a)/\"\nComm \"a\""), AT("%{cmdline:1}") NEEDS("Cmdline")},
		{N("%{cgroup:1}", "Cmdline \"/(a)/\""), AT("%{cgroup:1}") NEEDS("Cgroup")},
		{N("%{cgroup:1}", "Cgroup \"/(a)/\"") "\n" N("%{cgroup:1}", "Cgroup \"/a\""), AT("%{cgroup:1}") NEEDS("Cgroup")},
		{N("%{cmdline:1}", "Cmdline \"/a/\""), AT("%{cmdline:1}") "the name asks for capture 1, but the block's first Cmdline expression has 0; a capture is what stands in ( )"},
		{N("%{cgroup:3}", "Cgroup \"/(a)(?:b)(c)/\""), AT("%{cgroup:3}") "the name asks for capture 3, but the block's first Cgroup expression has 2; a capture is what stands in ( )"},
		/* only the first expression without Not counts, whatever stands around it */
		{N("%{cmdline:1}", "Cmdline \"/a/\"\nCmdline \"/(b)/\""), AT("%{cmdline:1}") "the name asks for capture 1, but the block's first Cmdline expression has 0; a capture is what stands in ( )"},
		{N("%{cmdline:1}", "Not Cmdline \"/x/\"\nComm \"b\"\nCmdline \"/(b)/\"\nCmdline \"/a/\""), NULL},
	};

	(void)state;
	CHECK(cases);
}

static void test_options_of_such_groups(void **state)
{
	static const struct expectation cases[] = {
		{N("%{comm}", "Comm \"/./\"\nMaxGroups 1\nExpire 1"), NULL},
		{N("%{comm}", "Comm \"/./\"\nMaxGroups 10000\nExpire 86400\nAllowSecretName false\nDescendants true"), NULL},
		{N("%{comm}", "Comm \"/./\"\nMaxGroups 0"), AT("%{comm}") "MaxGroups: takes a whole number from 1 to 10000, not 0"},
		{N("%{comm}", "Comm \"/./\"\nMaxGroups 10001"), AT("%{comm}") "MaxGroups: takes a whole number from 1 to 10000, not 10001"},
		{N("%{comm}", "Comm \"/./\"\nMaxGroups 1.5"), AT("%{comm}") "MaxGroups: takes a whole number from 1 to 10000, not 1.5"},
		{N("%{comm}", "Comm \"/./\"\nMaxGroups \"5\""), AT("%{comm}") "MaxGroups: takes a whole number from 1 to 10000, in plain digits without quotes, not \"5\""},
		{N("%{comm}", "Comm \"/./\"\nMaxGroups 5\nMaxGroups 5"), AT("%{comm}") "MaxGroups: given twice; leave one of them out"},
		{N("%{comm}", "Comm \"/./\"\nExpire 0"), AT("%{comm}") "Expire: takes a whole number from 1 to 86400, not 0"},
		{N("%{comm}", "Comm \"/./\"\nExpire 5m"), AT("%{comm}") "Expire: takes a whole number from 1 to 86400, in plain digits without quotes, not \"5m\""},
		{N("%{comm}", "Comm \"a\"\nExpire 5") "\n" N("%{comm}", "Comm \"b\"\nExpire 6"), AT("%{comm}") "Expire: " DISAGREES},
		{N("%{comm}", "Comm \"a\"\nMaxGroups 5") "\n" N("%{comm}", "Comm \"b\""), NULL},
		{G("Comm \"a\"\nMaxGroups 5"), GROUP "MaxGroups: " ONLY_DYNAMIC},
		{G("Comm \"a\"\nExpire 5"), GROUP "Expire: " ONLY_DYNAMIC},
		{G("Comm \"a\"\nAllowSecretName false"), GROUP "AllowSecretName: " ONLY_DYNAMIC},
		{G("Comm \"a\"\nDescendants true"), NULL},
		/* where the rest is summed */
		{N("%{comm}", "Comm \"/./\"") "\n" N("%{user}", "Comm \"/./\""), AT("%{user}") "what is beyond MaxGroups would be summed in \"other\", which is the name of <Group \"%{comm}\"> too; choose another fixed part"},
		{N("a-%{comm}", "Comm \"/./\"") "\n" N("a-%{user}", "Comm \"/./\""), AT("a-%{user}") "what is beyond MaxGroups would be summed in \"a-other\", which is the name of <Group \"a-%{comm}\"> too; choose another fixed part"},
		{N("a-%{comm}-b", "Comm \"/./\"") "\n" N("a-%{user}", "Comm \"/./\""), NULL},
		{N("other", "Comm \"a\"") "\n" N("%{user}", "Comm \"/./\""), AT("%{user}") "what is beyond MaxGroups would be summed in \"other\", which is the name of <Group \"other\"> too; choose another fixed part"},
		{N("a-%{user}", "Comm \"/./\"") "\n" N("a-other", "Comm \"a\""), AT("a-%{user}") "what is beyond MaxGroups would be summed in \"a-other\", which is the name of <Group \"a-other\"> too; choose another fixed part"},
		{N("%{user}", "Comm \"a\"") "\n" N("%{user}", "Comm \"b\""), NULL},
	};

	(void)state;
	CHECK(cases);
}
/* clang-format on */

static void check_secret(const char *name, const char *lines, bool refused)
{
	char text[512], message[512];

	snprintf(text, sizeof(text), "<Group \"a-%%{env:%s}\">\nEnv \"%s\"\n%s</Group>", name, name,
		lines);
	snprintf(message, sizeof(message),
		"<Group \"a-%%{env:%s}\">: %%{env:%s} would write what may be a secret into the "
		"names of metrics; if it is none, say AllowSecretName true",
		name, name);
	struct expectation expected = {text, refused ? message : NULL};
	check_all(&expected, 1);
}

static void test_secrets(void **state)
{
	static const char *const secrets[] = {"KEY", "TOKEN", "SECRET", "PASS", "AUTH", "CRED",
		"DSN", "_URL", "AWS_SECRET_ACCESS_KEY", "github_token", "MySecretThing",
		"PGPASSWORD", "mongo_Auth", "Credentials", "SENTRY_dsn", "DATABASE_url", "MONKEY"};
	static const char *const others[] = {"APP", "URL", "KE_Y", "TOKE", "DS", "PAS", "POD_NAME"};

	(void)state;
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		check_secret(secrets[i], "", true);
		check_secret(secrets[i], "AllowSecretName false\n", true);
		check_secret(secrets[i], "AllowSecretName true\n", false);
		/* any block of the group may allow it */
		char later[128];
		snprintf(later, sizeof(later),
			"</Group>\n<Group \"a-%%{env:%s}\">\nEnv \"%s\" \"x\"\n"
			"AllowSecretName true\n",
			secrets[i], secrets[i]);
		check_secret(secrets[i], later, false);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		check_secret(others[i], "", false);
}

/* A selector may ask for any variable: only names are written. */
static void test_secrets_may_select(void **state)
{
	static const struct expectation cases[] = {
		{G("Env \"API_KEY\" \"x\""), NULL},
		{N("%{user}", "Env \"API_KEY\""), NULL},
	};

	(void)state;
	CHECK(cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_selectors),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_what_names_draw_on),
		cmocka_unit_test(test_options_of_such_groups),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_secrets_may_select),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
