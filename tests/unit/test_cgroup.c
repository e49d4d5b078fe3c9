#include "parse/cgroup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ID1  "3f2b8c0de1a94756b7d0c3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f302"
#define ID2  "00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee"
#define POD  "pod6e4a1d5c-0a61-4f2e-9c52-1c9b5d4f7a10"
#define POD_ "pod6e4a1d5c_0a61_4f2e_9c52_1c9b5d4f7a10"

/* An exact copy, so that a sanitizer sees a byte read too many. */
static char *copy_of(const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	return copy;
}

static void check_path(const char *text, size_t len, const char *expected)
{
	char *copy = copy_of(text, len);
	const char *path = NULL;
	size_t path_len = SIZE_MAX;

	int status = fp_cgroup_path(copy, len, &path, &path_len);
	if (status != 0 || path_len != strlen(expected) || memcmp(path, expected, path_len) != 0)
		fail_msg("%s: %d %.*s, not %s", text, status, status ? 0 : (int)path_len, path,
			expected);
	assert_true(path > copy && path + path_len < copy + len);
	free(copy);
}

#define PATH(text, expected) check_path(text, sizeof(text) - 1, expected)

static void check_unit(const char *path, const char *expected)
{
	char *copy = copy_of(path, strlen(path)), unit[FP_UNIT_SIZE] = "before";
	bool found = fp_cgroup_unit(copy, strlen(path), unit, sizeof(unit));

	if (found != (expected != NULL) || strcmp(unit, expected ? expected : "") != 0)
		fail_msg("%s: %s, not %s", path, found ? unit : "none",
			expected ? expected : "none");
	free(copy);
}

static void check_container(const char *path, const char *expected)
{
	char *copy = copy_of(path, strlen(path)), id[FP_CONTAINER_ID_SIZE] = "before";
	bool found = fp_cgroup_container(copy, strlen(path), id);

	if (found != (expected != NULL) || strcmp(id, expected ? expected : "") != 0)
		fail_msg("%s: %s, not %s", path, found ? id : "none", expected ? expected : "none");
	free(copy);
}

/* ---- Which line ---- */

static void test_version_2(void **state)
{
	(void)state;
	PATH("0::/\n", "/");
	PATH("0::/init.scope\n", "/init.scope");
	PATH("0::/system.slice/ssh.service\n", "/system.slice/ssh.service");
	PATH("0::/../../system.slice/cron.service\n", "/../../system.slice/cron.service");
	PATH("0::/user.slice/user-1000.slice/session-2.scope\n",
		"/user.slice/user-1000.slice/session-2.scope");
}

static void test_version_1(void **state)
{
	(void)state;
	PATH("12:pids:/system.slice/ssh.service\n"
	     "11:hugetlb:/\n"
	     "10:net_cls,net_prio:/\n"
	     "9:memory:/system.slice/ssh.service\n"
	     "8:freezer:/\n"
	     "7:rdma:/\n"
	     "6:perf_event:/\n"
	     "5:blkio:/system.slice\n"
	     "4:cpuset:/\n"
	     "3:cpu,cpuacct:/system.slice\n"
	     "2:devices:/system.slice/ssh.service\n"
	     "1:name=systemd:/system.slice/ssh.service\n",
		"/system.slice/ssh.service");
	PATH("12:memory:/user.slice\n"
	     "11:pids:/user.slice/user-1000.slice/session-4.scope\n"
	     "10:devices:/user.slice\n"
	     "1:name=systemd:/user.slice/user-1000.slice/session-4.scope\n",
		"/user.slice/user-1000.slice/session-4.scope");
	/* a host without systemd */
	PATH("11:cpuset:/\n10:memory:/docker/" ID1 "\n9:pids:/docker/" ID1 "/inner\n",
		"/docker/" ID1);
	PATH("4:name=openrc:/nginx\n3:memory:/\n", "/nginx");
	PATH("3:cpuset:/\n2:memory:/\n1:name=systemd:/\n", "/");
	PATH("3:memory:/batch\n1:name=systemd:/\n", "/batch");
	/* 2.6.32 */
	PATH("1:blkio,net_cls,freezer,devices,memory,cpuacct,cpu,ns,cpuset:/lxc/web\n", "/lxc/web");
}

static void test_hybrid(void **state)
{
	(void)state;
	PATH("9:memory:/system.slice/a.service\n"
	     "1:name=systemd:/system.slice/b.service\n"
	     "0::/system.slice/c.service\n",
		"/system.slice/c.service");
	PATH("9:memory:/system.slice/a.service\n"
	     "1:name=systemd:/system.slice/b.service\n"
	     "0::/\n",
		"/system.slice/b.service");
	PATH("0::/\n"
	     "9:cpuset:/\n"
	     "8:memory:/system.slice/a.service\n"
	     "1:name=systemd:/\n",
		"/system.slice/a.service");
	PATH("9:memory:/\n1:name=systemd:/\n0::/\n", "/");
	PATH("9:memory:/a\n0::/x\n", "/x");
	PATH("9:name=systemd2:/a\n8:name=system:/b\n1:name=systemd:/c\n", "/c");
}

static void test_removed_cgroups(void **state)
{
	(void)state;
	PATH("0::/system.slice/old.service (deleted)\n", "/system.slice/old.service");
	PATH("0::/ (deleted)\n", "/");
	PATH("0::/a (deleted) (deleted)\n", "/a (deleted)");
	PATH("0::/a (deleted)/b\n", "/a (deleted)/b");
	PATH("0::/a(deleted)\n", "/a(deleted)");
	/* version 1 has no such mark, so it can only be a name */
	PATH("1:name=systemd:/a (deleted)\n", "/a (deleted)");
}

static void test_paths_of_any_bytes(void **state)
{
	(void)state;
	PATH("0::/system.slice/containerd.service/kubepods-" POD_ ".slice:cri-containerd:" ID1 "\n",
		"/system.slice/containerd.service/kubepods-" POD_ ".slice:cri-containerd:" ID1);
	PATH("0::/::/0::/x\n", "/::/0::/x");
	PATH("0::/a b\t\x01\xff\xc3\x28'\"\\\n", "/a b\t\x01\xff\xc3\x28'\"\\");
	PATH("5:memory:/x:name=systemd:/y\n", "/x:name=systemd:/y");
}

static void test_lines_that_are_none(void **state)
{
	static const char *const bad[] = {"\n", "0", "0::", "0::/", "0::/system.slice/a.service",
		"0::\n", "0:/a\n", "::/a\n", ":memory:/a\n", "x:memory:/a\n", "-1:memory:/a\n",
		" 1:memory:/a\n", "4294967296:memory:/a\n", "1:memory:a\n", "1:memory:\n",
		"1:memory/a\n", "memory:/a\n", "/a\n", "\n\n\n"};
	const char *path;
	size_t path_len;

	(void)state;
	assert_int_equal(fp_cgroup_path("", 0, &path, &path_len), -ENODATA);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (fp_cgroup_path(bad[i], strlen(bad[i]), &path, &path_len) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
	PATH("rubbish\n\n1:memory:/a\n:::\n", "/a");
	PATH("1:memory:/a\n0::/cut", "/a");
	/* only "0::" is version 2 */
	PATH("00::/a\n1:name=systemd:/b\n", "/b");
	PATH("0:cpu:/a\n1:name=systemd:/b\n", "/b");
	PATH("2::/a\n1:name=systemd:/b\n", "/b");
	PATH("0::/first\n0::/second\n", "/first");
}

/* ---- Which unit ---- */

static void test_units_of_the_system(void **state)
{
	(void)state;
	check_unit("/init.scope", "init.scope");
	check_unit("/system.slice/ssh.service", "ssh.service");
	check_unit("/system.slice/php8.2-fpm.service/worker/3", "php8.2-fpm.service");
	check_unit("/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service");
	check_unit("/system.slice/system-systemd\\x2dfsck.slice/systemd-fsck@dev-sda1.service",
		"systemd-fsck@dev-sda1.service");
	check_unit("/system.slice/dbus.socket", "dbus.socket");
	check_unit("/system.slice/srv-data.mount", "srv-data.mount");
	check_unit("/system.slice/dev-sda2.swap", "dev-sda2.swap");
	check_unit("/user.slice/user-1000.slice/session-2.scope", "session-2.scope");
	check_unit("/-.slice/a.service", "a.service");
	check_unit("system.slice/a.service", "a.service");
	check_unit("//system.slice//a.service/", "a.service");
}

static void test_units_of_users(void **state)
{
	(void)state;
	check_unit("/user.slice/user-1000.slice/user@1000.service", "user@1000.service");
	check_unit("/user.slice/user-1000.slice/user@1000.service/init.scope",
		"user@1000.service/init.scope");
	check_unit("/user.slice/user-1000.slice/user@1000.service/app.slice/"
		   "app-org.gnome.Terminal.slice/vte-spawn-1.scope",
		"user@1000.service/vte-spawn-1.scope");
	check_unit("/user.slice/user-1000.slice/user@1000.service/session.slice/pulse.service/x",
		"user@1000.service/pulse.service");
	check_unit("/user.slice/user-0.slice/user@0.service/app.slice", "user@0.service");
	/* a user may name his cgroups after anybody's unit */
	check_unit("/user.slice/user-1000.slice/user@1000.service/system.slice/ssh.service",
		"user@1000.service/ssh.service");
	check_unit(
		"/user.slice/user-1000.slice/user@1000.service/x/ssh.service", "user@1000.service");
	/* only a user's manager has units of its own */
	check_unit("/system.slice/a.service/b.service", "a.service");
	check_unit("/system.slice/user@.service/b.service", "user@.service");
	check_unit("/system.slice/user@x.service/b.service", "user@x.service");
	check_unit("/system.slice/xuser@1.service/b.service", "xuser@1.service");
	check_unit("/system.slice/user@1.scope/b.service", "user@1.scope");
	check_unit("/user.slice/user@1.service/user@2.service/b.service",
		"user@1.service/user@2.service");
}

static void test_units_of_containers(void **state)
{
	(void)state;
	check_unit("/machine.slice/systemd-nspawn@web.service/payload/system.slice/nginx.service",
		"systemd-nspawn@web.service");
	check_unit("/machine.slice/machine-web.scope/init.scope", "machine-web.scope");
	check_unit("/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator",
		"machine-qemu\\x2d1\\x2dvm.scope");
	check_unit("/system.slice/docker-" ID1 ".scope/system.slice/nginx.service",
		"docker-" ID1 ".scope");
	check_unit("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-" POD_
		   ".slice/cri-containerd-" ID1 ".scope",
		"cri-containerd-" ID1 ".scope");
	/* as seen from inside a container's cgroup namespace */
	check_unit("/../../system.slice/cron.service", "cron.service");
	check_unit("/..", NULL);
	check_unit("/../cri-containerd-" ID1 ".scope", "cri-containerd-" ID1 ".scope");
	/* whoever is root in there may call a cgroup what he likes */
	check_unit("/docker/" ID1 "/system.slice/nginx.service", NULL);
	check_unit("/kubepods/burstable/" POD "/" ID1 "/nginx.service", NULL);
	check_unit("/lxc.payload.web/system.slice/nginx.service", NULL);
}

static void test_no_unit(void **state)
{
	(void)state;
	check_unit("/", NULL);
	check_unit("/system.slice", NULL);
	check_unit("/docker/" ID1, NULL);
	check_unit("/system.slice/.service", NULL);
	check_unit("/system.slice/.scope/a.service", NULL);
	check_unit("/.slice/a.service", NULL);
	check_unit("/system.slice/@a.service", NULL);
	check_unit("/system.slice/a.servicex", NULL);
	check_unit("/system.slice/a.timer", NULL);
	check_unit("/system.slice/a.target", NULL);
	check_unit("/a b.slice/a.service", NULL);
	check_unit("/system.slice/a b.service", NULL);
	check_unit("/system.slice/a\n.service", NULL);
	check_unit("/system.slice/\xff.service", NULL);
	check_unit("/system.slice/a%.service", NULL);
}

static void test_escaped_names(void **state)
{
	(void)state;
	check_unit("/system.slice/_cpu.service", "cpu.service");
	check_unit("/system.slice/__own.service", "_own.service");
	check_unit("/_cpu.slice/a.service", "a.service");
	check_unit("/system.slice/_.service", NULL);
	check_unit("/_../a.service", NULL);
	check_unit("/user.slice/user@7.service/_memory.scope", "user@7.service/memory.scope");
}

static void test_names_of_all_lengths(void **state)
{
	char name[300], path[700], expected[600], unit[FP_UNIT_SIZE];

	(void)state;
	memset(name, 'n', sizeof(name));
	memcpy(name + 247, ".service", sizeof(".service"));
	snprintf(path, sizeof(path), "/user.slice/user@%0*d.service/%s", 242, 7, name);
	snprintf(expected, sizeof(expected), "user@%0*d.service/%s", 242, 7, name);
	assert_int_equal(strlen(expected), FP_UNIT_SIZE - 1);
	check_unit(path, expected);
	assert_true(fp_cgroup_unit(path, strlen(path), unit, sizeof(unit)));
	assert_false(fp_cgroup_unit(path, strlen(path), unit, sizeof(unit) - 1));
	assert_string_equal(unit, "");

	assert_true(fp_cgroup_unit("/a.service", 10, unit, 10));
	assert_string_equal(unit, "a.service");
	strcpy(unit, "before");
	assert_false(fp_cgroup_unit("/a.service", 10, unit, 9));
	assert_string_equal(unit, "");
	strcpy(unit, "before");
	assert_false(fp_cgroup_unit("/a.service", 10, unit, 0));
	assert_string_equal(unit, "before");

	memset(name, 'n', sizeof(name));
	memcpy(name + 248, ".service", sizeof(".service"));
	snprintf(path, sizeof(path), "/system.slice/%s", name);
	check_unit(path, NULL);
}

/* ---- Which container ---- */

static void test_containers(void **state)
{
	(void)state;
	check_container("/docker/" ID1, ID1);
	check_container("/docker/" ID1 "/inner", ID1);
	check_container("/system.slice/docker-" ID1 ".scope", ID1);
	check_container("/system.slice/docker-" ID1 ".scope/init.scope", ID1);
	check_container("/machine.slice/libpod-" ID1 ".scope", ID1);
	check_container("/machine.slice/libpod-" ID1 ".scope/container", ID1);
	check_container("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID1
			".scope/container",
		ID1);
	check_container("/system.slice/web.service/libpod-payload-" ID1, ID1);
	check_container("/libpod_parent/libpod-" ID1, ID1);
	check_container("/kubepods/besteffort/" POD "/" ID1, ID1);
	check_container("/kubepods/burstable/" POD "/" ID1, ID1);
	check_container(
		"/kubepods.slice/kubepods-" POD_ ".slice/cri-containerd-" ID1 ".scope", ID1);
	check_container(
		"/kubepods.slice/kubepods-" POD_ ".slice/crio-" ID1 ".scope/container", ID1);
	check_container("/system.slice/containerd.service/kubepods-" POD_
			".slice:cri-containerd:" ID1,
		ID1);
	check_container("/ecs/4f3c2a1b-9d8e-4c7b-a6f5-0e1d2c3b4a59/" ID1, ID1);
	check_container("/default/" ID1, ID1);
	check_container("/../" ID1, ID1);
	/* a container in a container */
	check_container("/docker/" ID1 "/docker/" ID2, ID2);
	check_container("/docker/" ID2 "/system.slice/docker-" ID1 ".scope/x", ID1);
}

static void test_monitors_are_outside(void **state)
{
	(void)state;
	check_container("/machine.slice/libpod-conmon-" ID1 ".scope", NULL);
	check_container("/kubepods.slice/kubepods-" POD_ ".slice/crio-conmon-" ID1 ".scope", NULL);
	check_container("/docker/" ID1 "/machine.slice/libpod-conmon-" ID2 ".scope", ID1);
	check_container("/conmon/" ID1, ID1);
}

static void test_no_container(void **state)
{
	(void)state;
	check_container("", NULL);
	check_container("/", NULL);
	check_container("/init.scope", NULL);
	check_container("/system.slice/ssh.service", NULL);
	check_container("/lxc/web", NULL);
	check_container("/lxc.payload.web/system.slice/ssh.service", NULL);
	check_container("/machine.slice/machine-web.scope", NULL);
	check_container("/kubepods/burstable/" POD, NULL);
	/* a static pod's, of 32 digits */
	check_container("/kubepods/burstable/pod4f3c2a1b9d8e4c7ba6f50e1d2c3b4a59", NULL);
	/* 63, 65, 128 digits, upper case */
	check_container(
		"/docker/3f2b8c0de1a94756b7d0c3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f30", NULL);
	check_container("/docker/" ID1 "0", NULL);
	check_container("/docker/f" ID1, NULL);
	check_container("/docker/F" ID1, NULL);
	check_container("/docker/" ID1 "A", NULL);
	check_container("/docker/" ID1 ID2, NULL);
	check_container("/docker/" ID1 "/" ID2 "0", ID1);
	check_container(
		"/docker/00C0FFEE00C0FFEE00C0FFEE00C0FFEE00C0FFEE00C0FFEE00C0FFEE00C0FFEE", NULL);
	check_container("/docker/\xff" ID1 "\xff", ID1);
}

static void test_ids(void **state)
{
	(void)state;
	assert_true(fp_cgroup_is_container_id(ID1, 64));
	assert_false(fp_cgroup_is_container_id(ID1, 63));
	assert_false(fp_cgroup_is_container_id(ID1 "0", 65));
	assert_false(fp_cgroup_is_container_id("../" ID1, 64));
	assert_false(fp_cgroup_is_container_id("", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version_2),
		cmocka_unit_test(test_version_1),
		cmocka_unit_test(test_hybrid),
		cmocka_unit_test(test_removed_cgroups),
		cmocka_unit_test(test_paths_of_any_bytes),
		cmocka_unit_test(test_lines_that_are_none),
		cmocka_unit_test(test_units_of_the_system),
		cmocka_unit_test(test_units_of_users),
		cmocka_unit_test(test_units_of_containers),
		cmocka_unit_test(test_no_unit),
		cmocka_unit_test(test_escaped_names),
		cmocka_unit_test(test_names_of_all_lengths),
		cmocka_unit_test(test_containers),
		cmocka_unit_test(test_monitors_are_outside),
		cmocka_unit_test(test_no_container),
		cmocka_unit_test(test_ids),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
