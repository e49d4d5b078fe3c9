#include "parse/udev.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* As systemd's udev writes it, of the first partition of a disk. */
static const char entry[] = "S:disk/by-id/ata-ACME_SSD_870_S5Y1NJ0R-part1\n"
			    "S:disk/by-label/root\\x20fs\n"
			    "S:disk/by-id/wwn-0x5002538f12345678-part1\n"
			    "S:disk/by-id/\n"
			    "S:disk/by-id/a/b\n"
			    "S:disk/by-ids/none\n"
			    "I:2112345\n"
			    "E:ID_FS_LABEL=root_fs\n"
			    "E:ID_FS_LABEL_ENC=root\\x20fs\n"
			    "E:ID_FS_VERSION=\n"
			    "E:ID_SERIAL=ACME_SSD_870_S5Y1NJ0R\n"
			    "E:ID_SERIAL_SHORT=S5Y1NJ0R\n"
			    "E:ID_NOTE=a=b\n"
			    "G:systemd\n"
			    "V:1\n"
			    "E:ID_CUT=x";

static void check_property(const char *key, const char *wanted)
{
	const char *value = NULL;
	size_t len = 0;
	bool found = fp_udev_property(entry, sizeof(entry) - 1, key, &value, &len);

	if (found != (wanted != NULL))
		fail_msg("%s is %sfound", key, found ? "" : "not ");
	if (wanted && (len != strlen(wanted) || memcmp(value, wanted, len) != 0))
		fail_msg("%s is %.*s", key, (int)len, value);
}

static void test_properties(void **state)
{
	(void)state;
	check_property("ID_FS_LABEL", "root_fs");
	check_property("ID_FS_LABEL_ENC", "root\\x20fs");
	check_property("ID_SERIAL", "ACME_SSD_870_S5Y1NJ0R");
	check_property("ID_SERIAL_SHORT", "S5Y1NJ0R");
	check_property("ID_NOTE", "a=b");
	check_property("ID_FS_VERSION", NULL);
	check_property("ID_SERIAL_", NULL);
	check_property("D_SERIAL", NULL);
	/* the file was read while it was written */
	check_property("ID_CUT", NULL);
	check_property("2112345", NULL);
}

static void test_links(void **state)
{
	static const char *const wanted[] = {
		"ata-ACME_SSD_870_S5Y1NJ0R-part1", "wwn-0x5002538f12345678-part1"};
	const char *name;
	size_t offset = 0, len, count = 0;

	(void)state;
	while (fp_udev_link(entry, sizeof(entry) - 1, "disk/by-id", &offset, &name, &len)) {
		assert_true(count < 2);
		assert_int_equal(len, strlen(wanted[count]));
		assert_memory_equal(name, wanted[count], len);
		count++;
	}
	assert_int_equal(count, 2);
	offset = 0;
	assert_true(fp_udev_link(entry, sizeof(entry) - 1, "disk/by-label", &offset, &name, &len));
	assert_false(fp_udev_link(entry, sizeof(entry) - 1, "disk/by-label", &offset, &name, &len));
	offset = 0;
	assert_false(fp_udev_link("", 0, "disk/by-label", &offset, &name, &len));
}

static void check_decode(const char *text, const char *wanted)
{
	char out[64];

	memset(out, 'x', sizeof(out));
	size_t len = fp_udev_decode(text, strlen(text), out);
	assert_int_equal(len, strlen(wanted));
	assert_memory_equal(out, wanted, len);
	assert_int_equal(out[len], 'x');
}

static void test_decode(void **state)
{
	char own[] = "a\\x2fb\\x2Fc";

	(void)state;
	check_decode("plain", "plain");
	check_decode("", "");
	check_decode("EFI\\x20System", "EFI System");
	check_decode("\\x5cx20", "\\x20");
	check_decode("\\xc3\\xA4", "\xc3\xa4");
	check_decode("\\x2", "\\x2");
	check_decode("\\xg0\\x0g", "\\xg0\\x0g");
	check_decode("\\", "\\");
	check_decode("\\x20\\x20", "  ");
	own[fp_udev_decode(own, strlen(own), own)] = '\0';
	assert_string_equal(own, "a/b/c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_properties),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_decode),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
