#include "compute/disk_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_whole(void **state)
{
	static const struct {
		const char *name, *whole;
		uint64_t number;
	} cases[] = {
		{"sda1", "sda", 1},
		{"sdaa15", "sdaa", 15},
		{"nvme0n1p2", "nvme0n1", 2},
		{"md127p1", "md127", 1},
		{"cciss/c0d0p3", "cciss/c0d0", 3},
		{"mmcblk0p128", "mmcblk0", 128},
		{"sda", NULL, 0},
		{"dm-0", "dm-", 0},
		{"p1", "p", 1},
		{"1", NULL, 0},
		{"", NULL, 0},
	};
	char whole[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t number = 99;
		bool found = fp_disk_whole_name(cases[i].name, whole, &number);
		assert_int_equal(found, cases[i].whole != NULL);
		if (!found)
			continue;
		assert_string_equal(whole, cases[i].whole);
		assert_int_equal(number, cases[i].number);
		assert_true(fp_disk_whole_name(cases[i].name, whole, NULL));
	}
}

static void check_place(const char *place, const char *wanted)
{
	const char *name = NULL;
	size_t len = 0;
	bool found = fp_disk_name_of_place(place, strlen(place), &name, &len);

	assert_int_equal(found, wanted != NULL);
	if (found) {
		assert_int_equal(len, strlen(wanted));
		assert_memory_equal(name, wanted, len);
	}
}

static void test_place(void **state)
{
	(void)state;
	check_place(
		"../../devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda/"
		"sda1",
		"sda");
	check_place("../../devices/virtual/block/loop0/loop0p1", "loop0");
	check_place(
		"../../devices/pci0000:00/cciss0/c0d0/block/cciss!c0d0/cciss!c0d0p1", "cciss!c0d0");
	check_place("sda1", NULL);
	check_place("sda/sda1", NULL);
	check_place("a//b", NULL);
	check_place("", NULL);
}

static void check_wwn(const char *text, const char *wanted)
{
	char out[64] = "";
	bool made = fp_disk_name_make_wwn(text, strlen(text), out, sizeof(out));

	assert_int_equal(made, wanted != NULL);
	if (made)
		assert_string_equal(out, wanted);
}

static void test_wwn(void **state)
{
	char small[20];

	(void)state;
	check_wwn("0x5000c500a1b2c3d4", "wwn-0x5000c500a1b2c3d4");
	check_wwn("naa.5000c500a1b2c3d4", "wwn-0x5000c500a1b2c3d4");
	check_wwn("eui.0025385b71b00001", "nvme-eui.0025385b71b00001");
	check_wwn("uuid.c1f2", "nvme-uuid.c1f2");
	check_wwn("nguid.00", "nvme-nguid.00");
	check_wwn("nvme.1344-5331-4d", "nvme-nvme.1344-5331-4d");
	check_wwn("t10.ATA     ACME", NULL);
	check_wwn("naa.", NULL);
	check_wwn("0x", NULL);
	check_wwn("", NULL);
	assert_false(fp_disk_name_make_wwn("naa.5000c500a1b2c3d4", 20, small, sizeof(small)));
	assert_true(fp_disk_name_is_wwn("wwn-0x5000c500a1b2c3d4-part1"));
	assert_true(fp_disk_name_is_wwn("nvme-eui.0025385b71b00001"));
	assert_true(fp_disk_name_is_wwn("nvme-nvme.1344-5331-4d-00000001"));
	assert_false(fp_disk_name_is_wwn("nvme-ACME_SSD_S1"));
	assert_false(fp_disk_name_is_wwn("ata-ACME_SSD_S1"));
	assert_true(fp_disk_name_is_of_contents("lvm-pv-uuid-Ab"));
	assert_true(fp_disk_name_is_of_contents("dm-name-vg-root"));
	assert_true(fp_disk_name_is_of_contents("md-uuid-1:2"));
	assert_false(fp_disk_name_is_of_contents("dm-0"));
	assert_false(fp_disk_name_is_of_contents("scsi-3600"));
}

static void check_safe(const char *text, const char *wanted)
{
	char out[FP_NAME_SIZE];

	assert_true(fp_disk_name_make_safe(text, strlen(text), out));
	assert_string_equal(out, wanted);
}

#define TEN "0123456789"

static void test_safe(void **state)
{
	char out[FP_NAME_SIZE] = "as it was";

	(void)state;
	check_safe("cciss/c0d0", "cciss_c0d0");
	check_safe("my data", "my_data");
	check_safe("x-part1", "x-part1");
	check_safe(TEN TEN TEN TEN TEN TEN "abcdefg", TEN TEN TEN TEN TEN TEN "abc");
	check_safe(TEN TEN TEN TEN TEN TEN "abcdefg-part12", TEN TEN TEN TEN TEN "012345-part12");
	check_safe(TEN TEN TEN TEN TEN TEN "-part", TEN TEN TEN TEN TEN TEN "-pa");
	check_safe(TEN TEN TEN TEN TEN TEN "part1", TEN TEN TEN TEN TEN TEN "par");
	/* of 63 bytes: nothing is cut */
	check_safe(TEN TEN TEN TEN TEN "0123456-part1", TEN TEN TEN TEN TEN "0123456-part1");
	/* a number that is most of the name is no suffix */
	check_safe("a-part" TEN TEN TEN TEN TEN TEN, "a-part" TEN TEN TEN TEN TEN "0123456");
	assert_false(fp_disk_name_make_safe("", 0, out));
	assert_string_equal(out, "as it was");
}

enum { DEVICES = 8, NAMES = 3 };

struct world {
	char names[DEVICES][NAMES][FP_NAME_SIZE];
	struct fp_disk_claim claims[DEVICES];
	size_t count;
};

static void add(struct world *world, const char *first, const char *second, const char *third)
{
	const char *const names[NAMES] = {first, second, third};
	struct fp_disk_claim *claim = &world->claims[world->count];

	*claim = (struct fp_disk_claim){
		.names = (const char(*)[FP_NAME_SIZE])world->names[world->count]};
	for (size_t i = 0; i < NAMES && names[i]; i++)
		strcpy(world->names[world->count][claim->count++], names[i]);
	world->count++;
}

static const char *settled(struct world *world, size_t device)
{
	const struct fp_disk_claim *claim = &world->claims[device];

	return claim->nameless ? NULL : claim->names[claim->choice];
}

static void settle(struct world *world)
{
	struct fp_disk_candidate candidates[DEVICES];

	fp_disk_claims_settle(world->claims, world->count, candidates);
}

static void test_no_names_alike(void **state)
{
	struct world world = {.count = 0};

	(void)state;
	settle(&world);
	add(&world, "data", "sda", NULL);
	add(&world, "root", "sdb", NULL);
	add(&world, "sdc", NULL, NULL);
	settle(&world);
	assert_string_equal(settled(&world, 0), "data");
	assert_string_equal(settled(&world, 1), "root");
	assert_string_equal(settled(&world, 2), "sdc");
	for (size_t i = 0; i < 3; i++)
		assert_false(world.claims[i].lost);
}

static void test_both_go_by_their_next(void **state)
{
	struct world world = {.count = 0};

	(void)state;
	add(&world, "data", "serial-1", "sda");
	add(&world, "data", "serial-2", "sdb");
	add(&world, "other", "serial-1", "sdc");
	settle(&world);
	assert_string_equal(settled(&world, 0), "serial-1");
	assert_string_equal(settled(&world, 1), "serial-2");
	assert_string_equal(settled(&world, 2), "other");
	assert_true(world.claims[0].lost && world.claims[1].lost && !world.claims[2].lost);
	assert_int_equal(world.claims[0].lost_choice, 0);
	assert_int_equal(world.claims[0].rival, 1);
	assert_int_equal(world.claims[1].rival, 0);
}

/* One that would go by a name which a third goes by already: these two are alike as well. */
static void test_the_next_may_be_anothers(void **state)
{
	struct world world = {.count = 0};

	(void)state;
	add(&world, "data", "x", "sda");
	add(&world, "data", "sdb", NULL);
	add(&world, "x", "sdc", NULL);
	settle(&world);
	assert_string_equal(settled(&world, 0), "sda");
	assert_string_equal(settled(&world, 1), "sdb");
	assert_string_equal(settled(&world, 2), "sdc");
}

/* A volume that is called like a disk. */
static void test_the_kernels_name_stays(void **state)
{
	for (unsigned order = 0; order < 2; order++) {
		struct world world = {.count = 0};
		(void)state;
		if (order)
			add(&world, "sdb", "dm-0", NULL);
		add(&world, "sdb", NULL, NULL);
		if (!order)
			add(&world, "sdb", "dm-0", NULL);
		settle(&world);
		assert_string_equal(settled(&world, order), "sdb");
		assert_string_equal(settled(&world, !order), "dm-0");
		assert_false(world.claims[order].lost);
		assert_int_equal(world.claims[!order].rival, order);
	}
}

static void test_kernel_names_alike_leave_one_out(void **state)
{
	struct world world = {.count = 0};

	(void)state;
	add(&world, "cciss_c0d0", NULL, NULL);
	add(&world, "cciss_c0d0", NULL, NULL);
	add(&world, "cciss_c0d0", NULL, NULL);
	settle(&world);
	assert_string_equal(settled(&world, 0), "cciss_c0d0");
	assert_null(settled(&world, 1));
	assert_null(settled(&world, 2));
	assert_int_equal(world.claims[2].rival, 0);
}

static void test_many_of_one_name(void **state)
{
	struct world world = {.count = 0};
	char own[DEVICES][8];

	(void)state;
	for (size_t i = 0; i < DEVICES; i++) {
		snprintf(own[i], sizeof(own[i]), "sd%c", (char)('a' + i));
		add(&world, "EFI", "same", own[i]);
	}
	settle(&world);
	for (size_t i = 0; i < DEVICES; i++)
		assert_string_equal(settled(&world, i), own[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_wwn),
		cmocka_unit_test(test_safe),
		cmocka_unit_test(test_no_names_alike),
		cmocka_unit_test(test_both_go_by_their_next),
		cmocka_unit_test(test_the_next_may_be_anothers),
		cmocka_unit_test(test_the_kernels_name_stays),
		cmocka_unit_test(test_kernel_names_alike_leave_one_out),
		cmocka_unit_test(test_many_of_one_name),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
