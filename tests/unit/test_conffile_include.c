#include "cli/conffile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { FILES = 12 };

struct scene {
	char folder[128];
	char names[FILES][64];
	size_t count;
	struct fp_conf conf;
	char message[FP_CONF_MESSAGE_SIZE];
};

static int set_up(void **state)
{
	const char *base = getenv("TMPDIR");
	struct scene *scene = calloc(1, sizeof(*scene));

	if (!scene)
		return -1;
	*state = scene;
	snprintf(scene->folder, sizeof(scene->folder), "%.80s/footprint-test.XXXXXX",
		base ? base : "/tmp");
	return mkdtemp(scene->folder) && chdir(scene->folder) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	while (scene->count)
		remove(scene->names[--scene->count]);
	int status = chdir("/") == 0 ? rmdir(scene->folder) : -1;
	fp_conffile_fini(&scene->conf);
	free(scene);
	return status;
}

static void write_file(struct scene *scene, const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_true(scene->count < FILES);
	snprintf(scene->names[scene->count++], sizeof(scene->names[0]), "%s", name);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void make_folder(struct scene *scene, const char *name)
{
	assert_int_equal(mkdir(name, 0700), 0);
	snprintf(scene->names[scene->count++], sizeof(scene->names[0]), "%s", name);
}

static void assert_piece(
	const struct scene *scene, size_t index, const char *path, const char *text)
{
	assert_true(index < scene->conf.pieces.len);
	const struct fp_conf_piece *piece = &scene->conf.pieces.at[index];
	assert_string_equal(piece->path, path);
	assert_int_equal(piece->text.len, strlen(text));
	assert_memory_equal(piece->text.data, text, strlen(text));
}

static void read_conf(struct scene *scene, const char *path, int status)
{
	fp_conffile_fini(&scene->conf);
	assert_int_equal(fp_conffile_read(&scene->conf, path, scene->message), status);
}

/* Files come in the place of their Include, in order, and lines stay where they were. */
static void test_includes(void **state)
{
	struct scene *scene = *state;

	make_folder(scene, "d");
	write_file(scene, "d/b.conf", "<Plugin footprint>\nB 1\n</Plugin>\n");
	write_file(scene, "d/a.conf", "Interval 3\n\n<Plugin footprint>\nA 1\n</Plugin>\n");
	write_file(scene, "d/c.txt", "<Plugin footprint>\nC 1\n</Plugin>\n");
	write_file(scene, "d/.hidden.conf", "<Plugin footprint>\nH 1\n</Plugin>\n");
	write_file(scene, "main",
		"<Plugin footprint>\nM 1\n</Plugin>\nInclude \"d/*.conf\"\nLoadPlugin footprint\n"
		"<Plugin footprint>\nM 2\n</Plugin>\n");
	read_conf(scene, "main", 0);
	assert_int_equal(scene->conf.pieces.len, 4);
	assert_piece(scene, 0, "main", "<Plugin footprint>\nM 1\n</Plugin>\n");
	assert_piece(scene, 1, "d/a.conf", "\n\n<Plugin footprint>\nA 1\n</Plugin>\n");
	assert_piece(scene, 2, "d/b.conf", "<Plugin footprint>\nB 1\n</Plugin>\n");
	assert_piece(scene, 3, "main", "\n\n\n\n\n<Plugin footprint>\nM 2\n</Plugin>\n");
	assert_int_equal((int)fp_conffile_interval(&scene->conf), 3);
	assert_string_equal(scene->conf.early, "main:1");
}

static void test_include_of_a_folder(void **state)
{
	struct scene *scene = *state;

	make_folder(scene, "d");
	make_folder(scene, "d/z");
	write_file(scene, "d/a.conf", "<Plugin footprint>\nA 1\n</Plugin>\n");
	write_file(scene, "d/c.txt", "<Plugin footprint>\nC 1\n</Plugin>\n");
	write_file(scene, "d/.hidden.conf", "not closed \"");
	write_file(scene, "d/z/y.conf", "<Plugin footprint>\nY 1\n</Plugin>\n");
	write_file(scene, "filtered",
		"<INCLUDE \"d\">\n  filter \"*.conf\"\n</INCLUDE>\n"
		"<Plugin footprint>\nM 1\n</Plugin>\n");
	read_conf(scene, "filtered", 0);
	assert_int_equal(scene->conf.pieces.len, 3);
	assert_piece(scene, 0, "d/a.conf", "<Plugin footprint>\nA 1\n</Plugin>\n");
	assert_piece(scene, 1, "d/z/y.conf", "<Plugin footprint>\nY 1\n</Plugin>\n");
	assert_piece(scene, 2, "filtered", "\n\n\n<Plugin footprint>\nM 1\n</Plugin>\n");
	write_file(scene, "all", "Include \"d\"\n");
	read_conf(scene, "all", 0);
	assert_int_equal(scene->conf.pieces.len, 3);
	assert_piece(scene, 1, "d/c.txt", "<Plugin footprint>\nC 1\n</Plugin>\n");
	/* a folder may be named itself */
	read_conf(scene, "d", 0);
	assert_int_equal(scene->conf.pieces.len, 3);
}

static void test_include_that_the_daemon_refuses(void **state)
{
	struct scene *scene = *state;

	make_folder(scene, "d");
	write_file(scene, "d/a.conf", "A 1\n");
	write_file(scene, "d/b.txt", "B 1\n");
	write_file(scene, "main", "<Include \"d/*\">\n  Filter \"*.conf\"\n</Include>\n");
	read_conf(scene, "main", -EINVAL);
	assert_non_null(strstr(scene->message, "d/b.txt: is named by an Include whose Filter"));
	write_file(scene, "command", "Include \"$(touch d/x)\"\n");
	read_conf(scene, "command", -EINVAL);
	assert_int_equal(access("d/x", F_OK), -1);
	write_file(scene, "wrong", "\nInclude \"d/wrong\"\n");
	write_file(scene, "d/wrong", "\n\nA \"\n");
	read_conf(scene, "wrong", -EINVAL);
	assert_string_equal(scene->message, "d/wrong:3: a string is not closed");
}

/* What is not there the daemon warns of, and goes on; in an argument it is a mistake. */
static void test_missing(void **state)
{
	struct scene *scene = *state;

	write_file(scene, "main",
		"Include \"none/*.conf\"\nInclude \"none\"\n<Plugin footprint>\nA 1\n</Plugin>\n");
	read_conf(scene, "main", 0);
	assert_int_equal(scene->conf.pieces.len, 1);
	read_conf(scene, "none", -ENOENT);
	assert_string_equal(scene->message, "none: No such file or directory");
}

static void test_depth(void **state)
{
	struct scene *scene = *state;
	char name[8], text[64];

	write_file(scene, "loop", "Include \"loop\"\n");
	read_conf(scene, "loop", -EINVAL);
	assert_non_null(strstr(scene->message, "the daemon goes 7 deep"));
	for (int i = 0; i < 7; i++) {
		snprintf(name, sizeof(name), "%d", i);
		snprintf(text, sizeof(text), "Include \"%d\"\n", i + 1);
		write_file(scene, name, text);
	}
	write_file(scene, "7", "<Plugin footprint>\nA 1\n</Plugin>\n");
	read_conf(scene, "0", 0);
	assert_piece(scene, 0, "7", "<Plugin footprint>\nA 1\n</Plugin>\n");
}

/* Several files add up, as one after the other. */
static void test_several_files(void **state)
{
	struct scene *scene = *state;

	write_file(scene, "a", "Interval 3\nLoadPlugin footprint\n");
	write_file(scene, "b", "<Plugin footprint>\nA 1\n</Plugin>\n");
	read_conf(scene, "a", 0);
	assert_int_equal(fp_conffile_read(&scene->conf, "b", scene->message), 0);
	assert_piece(scene, 0, "b", "<Plugin footprint>\nA 1\n</Plugin>\n");
	assert_true(scene->conf.loads);
	assert_null(scene->conf.early);
	assert_int_equal((int)fp_conffile_interval(&scene->conf), 3);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_includes),
		TEST(test_include_of_a_folder),
		TEST(test_include_that_the_daemon_refuses),
		TEST(test_missing),
		TEST(test_depth),
		TEST(test_several_files),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
