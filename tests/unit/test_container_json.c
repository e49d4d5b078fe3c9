#include "parse/container_json.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ID1 "3f2b8c0de1a94756b7d0c3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f302"
#define ID2 "00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee"
#define ID3 "abcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcd"

/* As Docker 24 writes it. */
static const char docker_file[] =
	"{\"StreamConfig\":{},\"State\":{\"Running\":true,\"Paused\":false,\"Restarting\":false,"
	"\"OOMKilled\":false,\"RemovalInProgress\":false,\"Dead\":false,\"Pid\":4711,"
	"\"ExitCode\":0,\"Error\":\"\",\"StartedAt\":\"2026-03-05T10:11:12.123456789Z\","
	"\"FinishedAt\":\"0001-01-01T00:00:00Z\",\"Health\":null},\"ID\":\"" ID1
	"\",\"Created\":\"2026-03-05T10:11:11.987654321Z\",\"Managed\":false,"
	"\"Path\":\"/docker-entrypoint.sh\",\"Args\":[\"nginx\",\"-g\",\"daemon off;\"],"
	"\"Config\":{\"Hostname\":\"3f2b8c0de1a9\",\"Domainname\":\"\",\"User\":\"\","
	"\"AttachStdin\":false,\"AttachStdout\":false,\"AttachStderr\":false,"
	"\"ExposedPorts\":{\"80/tcp\":{}},\"Tty\":false,\"OpenStdin\":false,\"StdinOnce\":false,"
	"\"Env\":[\"PATH=/usr/sbin:/usr/bin:/sbin:/bin\",\"Name=/env\",\"ID=x\"],"
	"\"Cmd\":[\"nginx\",\"-g\",\"daemon off;\"],\"Image\":\"nginx:1.25\",\"Volumes\":null,"
	"\"WorkingDir\":\"\",\"Entrypoint\":[\"/docker-entrypoint.sh\"],\"OnBuild\":null,"
	"\"Labels\":{\"Name\":\"/label\",\"ID\":\"" ID3
	"\",\"maintainer\":\"a \\\"b\\\" \\u00e9\"},"
	"\"StopSignal\":\"SIGQUIT\"},\"Image\":\"sha256:" ID2 "\",\"NetworkSettings\":"
	"{\"Bridge\":\"\",\"SandboxID\":\"" ID2 "\",\"HairpinMode\":false,"
	"\"LinkLocalIPv6Address\":\"\",\"LinkLocalIPv6PrefixLen\":0,\"Networks\":{\"bridge\":"
	"{\"IPAMConfig\":null,\"Links\":null,\"Aliases\":null,\"NetworkID\":\"" ID3
	"\",\"EndpointID\":\"" ID3
	"\",\"Gateway\":\"172.17.0.1\",\"IPAddress\":\"172.17.0.2\",\"IPPrefixLen\":16,"
	"\"IPv6Gateway\":\"\",\"GlobalIPv6Address\":\"\",\"GlobalIPv6PrefixLen\":0,\"MacAddress\":"
	"\"02:42:ac:11:00:02\",\"DriverOpts\":null,\"IPAMOperational\":false}},\"Service\":null,"
	"\"Ports\":{\"80/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"8080\"}]},\"SandboxKey\":\"/"
	"var/run/docker/netns/"
	"00c0ffee00c0\",\"SecondaryIPAddresses\":null,\"SecondaryIPv6Addresses\":null,"
	"\"IsAnonymousEndpoint\":false,\"HasSwarmEndpoint\":false},"
	"\"LogPath\":\"/var/lib/docker/containers/" ID1 "/" ID1 "-json.log\","
	"\"Name\":\"/shop\",\"Driver\":\"overlay2\",\"OS\":\"linux\",\"MountLabel\":\"\","
	"\"ProcessLabel\":\"\",\"RestartCount\":0,\"HasBeenStartedBefore\":true,"
	"\"HasBeenManuallyStopped\":false,\"MountPoints\":{\"/data\":{\"Source\":\"\","
	"\"Destination\":\"/data\",\"RW\":true,\"Name\":\"shop-data\",\"Driver\":\"local\","
	"\"Type\":\"volume\",\"Spec\":{\"Type\":\"volume\",\"Source\":\"shop-data\","
	"\"Target\":\"/data\"},\"SkipMountpointCreation\":false}},\"SecretReferences\":null,"
	"\"ConfigReferences\":null,\"AppArmorProfile\":\"docker-default\","
	"\"HostnamePath\":\"/var/lib/docker/containers/" ID1 "/hostname\","
	"\"HostsPath\":\"/var/lib/docker/containers/" ID1 "/hosts\",\"ShmPath\":\"\","
	"\"ResolvConfPath\":\"/var/lib/docker/containers/" ID1 "/resolv.conf\","
	"\"SeccompProfile\":\"\",\"NoNewPrivileges\":false,"
	"\"LocalLogCacheMeta\":{\"HaveNotifyEnabled\":false}}";

/* As Podman 4 writes it, with one of Buildah's and one of CRI-O's beside it. */
static const char podman_file[] =
	"[{\"id\":\"" ID1 "\",\"names\":[\"shop\"],\"image\":\"" ID2 "\",\"layer\":\"" ID3 "\","
	"\"metadata\":\"{\\\"image-name\\\":\\\"docker.io/library/nginx:latest\\\","
	"\\\"image-id\\\":\\\"" ID2 "\\\",\\\"name\\\":\\\"not-this\\\","
	"\\\"created-at\\\":1772705471}\",\"created\":\"2026-03-05T10:11:11.987654321Z\","
	"\"flags\":{\"MountLabel\":\"system_u:object_r:container_file_t:s0:c1,c2\","
	"\"ProcessLabel\":\"system_u:system_r:container_t:s0:c1,c2\"}},"
	"{\"id\":\"" ID2 "\",\"names\":[\"nginx-working-container\",\"second\"],\"image\":\"" ID1
	"\",\"layer\":\"" ID2 "\",\"created\":\"2026-03-05T11:00:00Z\",\"flags\":{}},"
	"{\"id\":\"" ID3 "\",\"names\":[\"k8s_web_web-7d9c_default_6e4a1d5c-0a61_0\"],"
	"\"image\":\"" ID1 "\",\"layer\":\"" ID1
	"\",\"metadata\":\"{\\\"pod-name\\\":\\\"web\\\"}\","
	"\"created\":\"2026-03-05T12:00:00.5Z\"}]\n";

static int docker_of(const char *text, size_t len, struct fp_container *out)
{
	/* an exact copy, so that a sanitizer sees a byte read too many */
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	int status = fp_container_json_docker(copy, len, out);
	free(copy);
	return status;
}

/* What was taken, as "id=name;" of the id's first three digits. */
struct taken {
	char list[4096];
	unsigned left; /* how many are still welcome */
};

static int take(void *context, const struct fp_container *container)
{
	struct taken *taken = context;
	size_t len = strlen(taken->list);

	if (taken->left == 0)
		return -ENOMEM;
	taken->left--;
	assert_int_equal(strlen(container->id), 64);
	snprintf(taken->list + len, sizeof(taken->list) - len, "%.3s=%s;", container->id,
		container->name);
	return 0;
}

static int podman_of(const char *text, size_t len, struct taken *taken)
{
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	*taken = (struct taken){.left = 100};
	int status = fp_container_json_podman(copy, len, take, taken);
	free(copy);
	return status;
}

static void check_docker(const char *text, const char *name)
{
	struct fp_container container = {.id = "before", .name = "before"};
	int status = docker_of(text, strlen(text), &container);

	if (status != 0 || strcmp(container.id, ID1) != 0 || strcmp(container.name, name) != 0)
		fail_msg("%.200s: %d %s %s", text, status, container.id, container.name);
}

static void check_podman(const char *text, const char *list)
{
	struct taken taken;
	int status = podman_of(text, strlen(text), &taken);

	if (status != 0 || strcmp(taken.list, list) != 0)
		fail_msg("%.200s: %d %s", text, status, taken.list);
}

static void check_bad(const char *text, size_t len)
{
	struct fp_container container;
	struct taken taken;

	if (docker_of(text, len, &container) != -EBADMSG)
		fail_msg("taken for Docker's: %.200s", text);
	if (podman_of(text, len, &taken) != -EBADMSG)
		fail_msg("taken for Podman's: %.200s", text);
}

static void test_docker(void **state)
{
	(void)state;
	check_docker(docker_file, "shop");
	check_docker("{\"ID\":\"" ID1 "\",\"Name\":\"/a\"}", "a");
	check_docker(" {\n\t\"Name\" : \"a\" ,\r\n \"ID\" : \"" ID1 "\" } \n", "a");
	check_docker("{\"ID\":\"" ID1 "\",\"Name\":\"//a/b\"}", "/a/b");
	check_docker("{\"ID\":\"" ID1 "\",\"Name\":\"/\\u00e9\\n\\\"\\\\\\/\"}", "\xc3\xa9\n\"\\/");
	check_docker("{\"\\u0049D\":\"" ID1 "\",\"N\\u0061me\":\"/a\"}", "a");
	check_docker("{\"ID\":\"" ID1 "\",\"x\":{\"ID\":1,\"Name\":2},\"Name\":\"/a\",\"id\":3,"
		     "\"names\":4,\"NAME\":5}",
		"a");
	check_docker("{\"ID\":\"" ID1 "\",\"Name\":\"/a\",\"n\":99999999999999999999999999999,"
		     "\"m\":-1.5e999}",
		"a");
}

static void test_podman(void **state)
{
	(void)state;
	check_podman(podman_file, "3f2=shop;00c=nginx-working-container;"
				  "abc=k8s_web_web-7d9c_default_6e4a1d5c-0a61_0;");
	check_podman("[]", "");
	check_podman("null", "");
	check_podman("", "");
	check_podman("[{\"names\":[\"/a\"],\"id\":\"" ID1 "\"}]", "3f2=/a;");
	/* without a name, or with an id of somebody's own making */
	check_podman("[{\"id\":\"" ID1 "\"},{\"id\":\"" ID2 "\",\"names\":[\"b\"]}]", "00c=b;");
	check_podman("[{\"id\":\"" ID1 "\",\"names\":null}]", "");
	check_podman("[{\"id\":\"" ID1 "\",\"names\":[]}]", "");
	check_podman("[{\"id\":\"mine\",\"names\":[\"a\"]},{\"id\":\"" ID2 "\",\"names\":[\"b\"]}]",
		"00c=b;");
	check_podman("[{\"id\":\"" ID1 "0\",\"names\":[\"a\"]}]", "");
	check_podman("[{\"id\":\"" ID1
		     "\",\"names\":[\"a\"],\"x\":[{\"id\":1,\"names\":2}],\"ID\":3,"
		     "\"Name\":4}]",
		"3f2=a;");
}

static void test_long_names_are_cut(void **state)
{
	struct fp_container container;
	struct taken taken;
	char name[301], text[1024];

	(void)state;
	memset(name, 'n', 300);
	name[300] = '\0';
	snprintf(text, sizeof(text), "{\"ID\":\"" ID1 "\",\"Name\":\"/%s\"}", name);
	assert_int_equal(docker_of(text, strlen(text), &container), 0);
	assert_int_equal(strlen(container.name), 255);
	snprintf(text, sizeof(text), "[{\"id\":\"" ID1 "\",\"names\":[\"%s\"]}]", name);
	assert_int_equal(podman_of(text, strlen(text), &taken), 0);
	assert_int_equal(strlen(taken.list), 4 + 255 + 1);
}

static void test_docker_of_another_shape(void **state)
{
	static const char *const bad[] = {"null", "{}", "[{\"ID\":\"" ID1 "\",\"Name\":\"/a\"}]",
		"{\"ID\":\"" ID1 "\"}", "{\"Name\":\"/a\"}", "{\"ID\":null,\"Name\":\"/a\"}",
		"{\"ID\":7,\"Name\":\"/a\"}", "{\"ID\":\"x\",\"Name\":\"/a\"}",
		"{\"ID\":\"" ID1 "0\",\"Name\":\"/a\"}", "{\"ID\":\"" ID1 "\",\"Name\":null}",
		"{\"ID\":\"" ID1 "\",\"Name\":true}", "{\"ID\":\"" ID1 "\",\"Name\":[\"/a\"]}",
		"{\"ID\":\"" ID1 "\",\"Name\":{}}", "{\"ID\":\"" ID1 "\",\"Name\":\"\"}",
		"{\"ID\":\"" ID1 "\",\"Name\":\"/\"}",
		"{\"ID\":\"" ID1 "\",\"Name\":\"/a\\u0000b\"}",
		"{\"ID\":\"" ID1 "\",\"Name\":\"/a\",\"Name\":\"/b\"}",
		"{\"ID\":\"" ID1 "\",\"ID\":\"" ID1 "\",\"Name\":\"/a\"}",
		"{\"ID\":[\"" ID1 "\"],\"Name\":\"/a\"}"};
	struct fp_container container;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (docker_of(bad[i], strlen(bad[i]), &container) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(docker_of("", 0, &container), -EBADMSG);
}

static void test_podman_of_another_shape(void **state)
{
	static const char *const bad[] = {"{}", "{\"id\":\"" ID1 "\",\"names\":[\"a\"]}", "[null]",
		"[[]]", "[\"a\"]", "[1]", "[{}]", "[{\"names\":[\"a\"]}]", "[{\"id\":null}]",
		"[{\"id\":1}]", "[{\"id\":[\"" ID1 "\"]}]",
		"[{\"id\":\"" ID1 "\",\"names\":\"a\"}]", "[{\"id\":\"" ID1 "\",\"names\":{}}]",
		"[{\"id\":\"" ID1 "\",\"names\":[null]}]", "[{\"id\":\"" ID1 "\",\"names\":[1]}]",
		"[{\"id\":\"" ID1 "\",\"names\":[[\"a\"]]}]",
		"[{\"id\":\"" ID1 "\",\"names\":[{}]}]", "[{\"id\":\"" ID1 "\",\"names\":[\"\"]}]",
		"[{\"id\":\"" ID1 "\",\"names\":[\"a\\u0000b\"]}]",
		"[{\"id\":\"" ID1 "\",\"names\":[\"a\"],\"names\":[\"b\"]}]",
		"[{\"id\":\"" ID1 "\",\"id\":\"" ID2 "\"}]",
		"[{\"id\":\"" ID1 "\",\"names\":[\"a\"]},null]"};
	struct taken taken;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (podman_of(bad[i], strlen(bad[i]), &taken) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
}

static void test_no_json(void **state)
{
	static const char *const bad[] = {" ", "\n", "x", "{", "[", "}", "]", "{]", "[}", "\"",
		"nul", "nulll", "tru", "1", "true", "\"a\"", "{\"a\"}", "{\"a\":}", "{a:1}",
		"{'a':1}", "{\"a\":1,}", "[1,]", "[,]", "{\"a\":01}", "{\"a\":+1}", "{\"a\":.5}",
		"{\"a\":NaN}", "{\"a\":\"\n\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "/* */ {}",
		"// \n[]", "\xef\xbb\xbf{}", "{} {}", "[] []", "[]x", "{}x"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_bad(bad[i], strlen(bad[i]));
}

#define BAD_IN_BOTH(string)                                                                        \
	do {                                                                                       \
		static const char docker[] =                                                       \
			"{\"ID\":\"" ID1 "\",\"Name\":\"/a\",\"x\":" string "}";                   \
		static const char podman[] =                                                       \
			"[{\"id\":\"" ID1 "\",\"names\":[\"a\"],\"x\":" string "}]";               \
		check_bad(docker, sizeof(docker) - 1);                                             \
		check_bad(podman, sizeof(podman) - 1);                                             \
	} while (0)

static void test_hostile_bytes(void **state)
{
	(void)state;
	BAD_IN_BOTH("\"\xff\"");
	BAD_IN_BOTH("\"\xc3\"");
	BAD_IN_BOTH("\"\xc3\x28\"");
	BAD_IN_BOTH("\"\x80\"");
	BAD_IN_BOTH("\"\0\"");
	BAD_IN_BOTH("1\0");
	BAD_IN_BOTH("\"\x01\"");
	check_bad("{\"ID\":\"" ID1 "\",\"Name\":\"/a\"}\0",
		sizeof("{\"ID\":\"" ID1 "\",\"Name\":\"/a\"}"));
	check_bad("[]\0", 3);
	check_bad("\0", 1);
}

/* A file that is written to, or whose disk was full. */
static void test_every_cut_is_seen(void **state)
{
	struct fp_container container;
	struct taken taken;

	(void)state;
	for (size_t len = 0; len < sizeof(docker_file) - 1; len++)
		assert_int_equal(docker_of(docker_file, len, &container), -EBADMSG);
	/* behind the last ']' only a newline can be missing */
	for (size_t len = 1; len < sizeof(podman_file) - 2; len++)
		assert_int_equal(podman_of(podman_file, len, &taken), -EBADMSG);
}

/* A value of so many arrays, in the place of %s. */
static char *nest(const char *before, size_t depth, const char *after)
{
	size_t len = strlen(before);
	char *text = malloc(len + 2 * depth + strlen(after) + 1);

	assert_non_null(text);
	memcpy(text, before, len);
	memset(text + len, '[', depth);
	memset(text + len + depth, ']', depth);
	strcpy(text + len + 2 * depth, after);
	return text;
}

static void test_depth_is_bounded(void **state)
{
	static const struct {
		size_t depth;
		int status;
	} cases[] = {{0, -EBADMSG}, {1, 0}, {62, 0}, {64, -EBADMSG}, {65, -EBADMSG},
		{1000000, -EBADMSG}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fp_container container;
		struct taken taken;
		char *text =
			nest("{\"ID\":\"" ID1 "\",\"x\":", cases[i].depth, ",\"Name\":\"/a\"}");
		assert_int_equal(docker_of(text, strlen(text), &container), cases[i].status);
		free(text);
		text = nest("[{\"id\":\"" ID1 "\",\"x\":", cases[i].depth, "}]");
		assert_int_equal(podman_of(text, strlen(text), &taken), cases[i].status);
		free(text);
	}
}

static void test_the_taker_may_end_it(void **state)
{
	struct taken taken = {.left = 2};

	(void)state;
	assert_int_equal(
		fp_container_json_podman(podman_file, sizeof(podman_file) - 1, take, &taken),
		-ENOMEM);
	assert_string_equal(taken.list, "3f2=shop;00c=nginx-working-container;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_docker),
		cmocka_unit_test(test_podman),
		cmocka_unit_test(test_long_names_are_cut),
		cmocka_unit_test(test_docker_of_another_shape),
		cmocka_unit_test(test_podman_of_another_shape),
		cmocka_unit_test(test_no_json),
		cmocka_unit_test(test_hostile_bytes),
		cmocka_unit_test(test_every_cut_is_seen),
		cmocka_unit_test(test_depth_is_bounded),
		cmocka_unit_test(test_the_taker_may_end_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
