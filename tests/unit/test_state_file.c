#include "sample/state_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATH_SIZE = 256, NOBODY = 65534 };

struct scene {
	char folder[PATH_SIZE], path[PATH_SIZE + 16];
	char said[1024];
	struct fp_log log;
	bool mounted;
};

static void say(void *context, enum fp_level level, const char *line)
{
	struct scene *scene = context;

	assert_int_equal(level, FP_ERROR);
	snprintf(scene->said, sizeof(scene->said), "%s", line);
}

static int set_up(void **state)
{
	const char *base = getenv("TMPDIR");
	struct scene *scene = calloc(1, sizeof(*scene));

	if (!scene)
		return -1;
	snprintf(scene->folder, PATH_SIZE, "%.200s/footprint-test.XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(scene->folder)) {
		free(scene);
		return -1;
	}
	snprintf(scene->path, sizeof(scene->path), "%s/state.json", scene->folder);
	scene->log = (struct fp_log){.say = say, .context = scene};
	*state = scene;
	return 0;
}

/* What only root can set up is left out otherwise. */
static bool is_root(void)
{
	if (geteuid() == 0)
		return true;
	print_message("# left out: it needs root\n");
	return false;
}

static void remove_all(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (unlinkat(dirfd(dir), entry->d_name, 0) < 0)
			unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
	}
	closedir(dir);
}

static int tear_down(void **state)
{
	struct scene *scene = *state;
	int status = 0;

	if (scene->mounted)
		status = umount(scene->folder);
	remove_all(scene->folder);
	if (rmdir(scene->folder) < 0)
		status = -1;
	free(scene);
	return status;
}

static void assert_content(const char *path, const char *wanted)
{
	char text[64] = "";
	int fd = open(path, O_RDONLY | O_NOFOLLOW);

	assert_true(fd >= 0);
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	assert_true(n >= 0);
	assert_string_equal(text, wanted);
}

static size_t count_entries(const char *folder)
{
	DIR *dir = opendir(folder);
	size_t count = 0;

	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));)
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return count;
}

static void test_written_and_replaced(void **state)
{
	struct scene *scene = *state;
	struct stat st;

	assert_int_equal(fp_state_file_write(scene->path, false, 0, "first", 5), 0);
	assert_content(scene->path, "first");
	assert_int_equal(fp_state_file_write(scene->path, false, 0, "2nd", 3), 0);
	assert_content(scene->path, "2nd");
	assert_int_equal(fp_state_file_write(scene->path, false, 0, "", 0), 0);
	assert_content(scene->path, "");
	assert_int_equal(count_entries(scene->folder), 1);
	assert_int_equal(stat(scene->path, &st), 0);
	assert_int_equal(st.st_uid, geteuid());
}

/* Who opened the file before goes on reading what it was. */
static void test_a_reader_sees_one_or_the_other(void **state)
{
	struct scene *scene = *state;
	char text[8] = "";

	assert_int_equal(fp_state_file_write(scene->path, false, 0, "first", 5), 0);
	int fd = open(scene->path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(fp_state_file_write(scene->path, false, 0, "other", 5), 0);
	assert_int_equal(read(fd, text, sizeof(text) - 1), 5);
	close(fd);
	assert_string_equal(text, "first");
}

static void test_mode_whatever_the_umask(void **state)
{
	static const mode_t masks[] = {0, 022, 077, 0777};
	struct scene *scene = *state;
	struct stat st;

	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		mode_t before = umask(masks[i]);
		int status = fp_state_file_write(scene->path, false, 0, "x", 1);
		umask(before);
		assert_int_equal(status, 0);
		assert_int_equal(stat(scene->path, &st), 0);
		assert_int_equal(st.st_mode, S_IFREG | 0640);
	}
}

static void test_group(void **state)
{
	struct scene *scene = *state;
	struct stat st;

	if (!is_root())
		return;
	assert_int_equal(fp_state_file_write(scene->path, true, 54321, "x", 1), 0);
	assert_int_equal(stat(scene->path, &st), 0);
	assert_int_equal(st.st_gid, 54321);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
}

/* A group that this user may not give: the old file stays, and nothing lies beside it. */
static void test_group_of_others(void **state)
{
	struct scene *scene = *state;

	if (!is_root())
		return;
	assert_int_equal(chown(scene->folder, NOBODY, NOBODY), 0);
	assert_int_equal(fp_state_file_write(scene->path, false, 0, "old", 3), 0);
	assert_int_equal(setegid(NOBODY), 0);
	assert_int_equal(seteuid(NOBODY), 0);
	int status = fp_state_file_write(scene->path, true, 54321, "new", 3);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(0), 0);
	assert_int_equal(status, -EACCES);
	assert_content(scene->path, "old");
	assert_int_equal(count_entries(scene->folder), 1);
}

static void test_link_is_replaced(void **state)
{
	struct scene *scene = *state;
	char victim[PATH_SIZE + 16];

	snprintf(victim, sizeof(victim), "%s/victim", scene->folder);
	assert_int_equal(fp_state_file_write(victim, false, 0, "victim", 6), 0);
	assert_int_equal(symlink("victim", scene->path), 0);
	assert_int_equal(fp_state_file_write(scene->path, false, 0, "x", 1), 0);
	assert_content(scene->path, "x");
	assert_content(victim, "victim");
}

static void test_no_permission(void **state)
{
	struct scene *scene = *state;

	if (!is_root())
		return;
	assert_int_equal(chmod(scene->folder, 0755), 0);
	assert_int_equal(fp_state_file_write(scene->path, false, 0, "old", 3), 0);
	assert_int_equal(seteuid(NOBODY), 0);
	int status = fp_state_file_write(scene->path, false, 0, "new", 3);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(status, -EACCES);
	assert_content(scene->path, "old");
	assert_int_equal(count_entries(scene->folder), 1);
}

static void test_nowhere(void **state)
{
	struct scene *scene = *state;
	char path[PATH_SIZE + 16];

	snprintf(path, sizeof(path), "%s/no/state.json", scene->folder);
	assert_int_equal(fp_state_file_write(path, false, 0, "x", 1), -ENOENT);
	assert_int_equal(fp_state_file_write("state.json", false, 0, "x", 1), -EINVAL);
	assert_int_equal(fp_state_file_write("/", false, 0, "x", 1), -EINVAL);
	assert_int_equal(mkdir(scene->path, 0700), 0);
	assert_int_equal(fp_state_file_write(scene->path, false, 0, "x", 1), -EISDIR);
	assert_int_equal(count_entries(scene->folder), 1);
}

/* Seen by this process alone; false where only root may. */
static bool mount_small(struct scene *scene)
{
	if (!is_root())
		return false;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("tmpfs", scene->folder, "tmpfs", 0, "size=16k") < 0) {
		print_message("# left out: nothing may be mounted here\n");
		return false;
	}
	scene->mounted = true;
	return true;
}

static void test_no_space(void **state)
{
	static const char large[32 * 1024];
	struct scene *scene = *state;

	if (!mount_small(scene))
		return;
	assert_int_equal(fp_state_file_write(scene->path, false, 0, "old", 3), 0);
	assert_int_equal(fp_state_file_write(scene->path, false, 0, large, sizeof(large)), -ENOSPC);
	assert_content(scene->path, "old");
	assert_int_equal(count_entries(scene->folder), 1);
	assert_int_equal(fp_state_file_write(scene->path, false, 0, "new", 3), 0);
	assert_content(scene->path, "new");
}

static void test_read_only(void **state)
{
	struct scene *scene = *state;

	if (!mount_small(scene))
		return;
	assert_int_equal(fp_state_file_write(scene->path, false, 0, "old", 3), 0);
	assert_int_equal(mount(NULL, scene->folder, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	assert_int_equal(fp_state_file_write(scene->path, false, 0, "new", 3), -EROFS);
	assert_content(scene->path, "old");
	assert_int_equal(count_entries(scene->folder), 1);
}

static void assert_refused(struct scene *scene, const char *path, int status, const char *what)
{
	char wanted[1024];

	scene->said[0] = '\0';
	assert_int_equal(fp_state_file_check(path, &scene->log), status);
	snprintf(wanted, sizeof(wanted), "<Plugin footprint>: StateFile: \"%s\": %s", path, what);
	assert_string_equal(scene->said, wanted);
}

static void test_right_paths(void **state)
{
	struct scene *scene = *state;
	char path[PATH_SIZE + 32];

	assert_int_equal(fp_state_file_check(scene->path, &scene->log), 0);
	assert_int_equal(fp_state_file_write(scene->path, false, 0, "x", 1), 0);
	assert_int_equal(fp_state_file_check(scene->path, &scene->log), 0);
	snprintf(path, sizeof(path), "%s///state.json", scene->folder);
	assert_int_equal(fp_state_file_check(path, &scene->log), 0);
	assert_int_equal(fp_state_file_check("/footprint-state.json", &scene->log), 0);
	assert_string_equal(scene->said, "");
}

static void test_wrong_paths(void **state)
{
	struct scene *scene = *state;
	char path[PATH_SIZE + 32];

	assert_refused(scene, "state.json", -EINVAL,
		"takes an absolute path, such as \"/run/footprint/state.json\"");
	assert_refused(scene, "", -EINVAL,
		"takes an absolute path, such as \"/run/footprint/state.json\"");
	assert_refused(scene, "/run/", -EINVAL,
		"names a folder; it takes a file, such as \"/run/footprint/state.json\"");
	assert_int_equal(mkdir(scene->path, 0700), 0);
	assert_refused(scene, scene->path, -EEXIST,
		"what lies there is no regular file, and would be replaced");
	assert_refused(scene, "/dev/null", -EEXIST,
		"what lies there is no regular file, and would be replaced");
	snprintf(path, sizeof(path), "%s/no/state.json", scene->folder);
	assert_refused(
		scene, path, -ENOENT, "its folder has to be there: No such file or directory");
	assert_int_equal(rmdir(scene->path), 0);
	assert_int_equal(fp_state_file_write(scene->path, false, 0, "x", 1), 0);
	snprintf(path, sizeof(path), "%s/x", scene->path);
	assert_refused(scene, path, -ENOTDIR, "it has to lie in a folder");
}

static void test_folder_of_everybody(void **state)
{
	static const mode_t modes[] = {0777, 01777, 0703};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod(scene->folder, modes[i]), 0);
		assert_refused(scene, scene->path, -EPERM,
			"everybody may write to its folder; take one of the daemon's own, such as "
			"\"/run/footprint/\"");
	}
	assert_int_equal(chmod(scene->folder, 0775), 0);
	assert_int_equal(fp_state_file_check(scene->path, &scene->log), 0);
}

static void test_links(void **state)
{
	struct scene *scene = *state;
	char link[PATH_SIZE + 8], path[PATH_SIZE + 32];

	snprintf(link, sizeof(link), "%s/link", scene->folder);
	snprintf(path, sizeof(path), "%s/link//state.json", scene->folder);
	assert_int_equal(symlink(".", link), 0);
	assert_int_equal(fp_state_file_check(path, &scene->log), 0);
	/* dangling */
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("no", link), 0);
	assert_refused(
		scene, path, -ENOENT, "its folder has to be there: No such file or directory");
	/* at the path itself */
	assert_int_equal(symlink("victim", scene->path), 0);
	assert_refused(scene, scene->path, -EEXIST,
		"what lies there is no regular file, and would be replaced");
	if (!is_root())
		return;
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink(".", link), 0);
	assert_int_equal(lchown(link, NOBODY, NOBODY), 0);
	assert_refused(scene, path, -EPERM, "its folder is a link that another user owns");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_written_and_replaced),
		TEST(test_a_reader_sees_one_or_the_other),
		TEST(test_mode_whatever_the_umask),
		TEST(test_group),
		TEST(test_group_of_others),
		TEST(test_link_is_replaced),
		TEST(test_no_permission),
		TEST(test_nowhere),
		TEST(test_no_space),
		TEST(test_read_only),
		TEST(test_right_paths),
		TEST(test_wrong_paths),
		TEST(test_folder_of_everybody),
		TEST(test_links),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
