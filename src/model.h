/*
 * The plain data that every part of the program speaks in.
 *
 * A quantity that may be unknown has a presence flag beside it, so that "not known" is never
 * mistaken for 0. Sizes are bytes unless a name says otherwise.
 */
#ifndef FP_MODEL_H
#define FP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest name of a group or a device that is dispatched, and its buffer. */
enum { FP_NAME_MAX = 63, FP_NAME_SIZE = FP_NAME_MAX + 1 };

/* The kernel names a user's process with at most 15 bytes and its own workers with up to 63. */
enum { FP_COMM_MAX = 15, FP_COMM_SIZE = 64 };

/*
 * What is known of the memory of one process, or summed over a group. The first block comes from
 * smaps_rollup or smaps, in the kernel's own terms (Documentation/filesystems/proc.rst).
 */
enum fp_metric {
	FP_RSS,       /* Rss */
	FP_USS,       /* Private_Clean + Private_Dirty + Private_Hugetlb: ends with the process */
	FP_PSS,       /* Pss: each page divided by the number of its mappings */
	FP_SWAP,      /* Swap, counted once for each process of a forked family */
	FP_SWAP_PSS,  /* SwapPss: each swapped page divided by the number of its users */
	FP_PSS_ANON,  /* Pss_Anon */
	FP_PSS_FILE,  /* Pss_File */
	FP_PSS_SHMEM, /* Pss_Shmem */
	FP_PSS_DIRTY, /* Pss_Dirty */
	FP_LOCKED,    /* Locked */
	FP_ANON_HUGE, /* AnonHugePages */
	FP_HUGETLB,   /* Private_Hugetlb + Shared_Hugetlb, which Rss and Pss leave out */
	FP_LAZYFREE,  /* LazyFree */
	FP_KSM,       /* KSM */
	/* from status */
	FP_PAGE_TABLES, /* VmPTE + VmPMD */
	/* from statm, or from status where there is no statm */
	FP_SHARED, /* resident pages of files and shared memory (statm.shared) */
	FP_VMS,    /* size of the address space */
	FP_TEXT,   /* size of the executable's code */
	FP_DATA,   /* size of private writable mappings and stack */
	FP_METRICS
};

struct fp_memory {
	uint32_t has; /* bit 1 << metric: bytes[metric] is known */
	uint64_t bytes[FP_METRICS];
	/* what is not told, but compared: Anonymous of smaps, statm's resident without shared */
	bool has_anonymous;
	uint64_t anonymous_bytes;
};

#define FP_METRICS_ALL ((UINT32_C(1) << FP_METRICS) - 1)

static inline bool fp_memory_has(const struct fp_memory *memory, enum fp_metric metric)
{
	return (memory->has >> metric) & 1;
}

static inline void fp_memory_set(struct fp_memory *memory, enum fp_metric metric, uint64_t bytes)
{
	memory->has |= UINT32_C(1) << metric;
	memory->bytes[metric] = bytes;
}

/* A mapping of an address space: a line of /proc/PID/maps (man 5 proc), or one of PROCMAP_QUERY. */
struct fp_mapping {
	uint64_t start, end; /* addresses: the first, and behind the last */
	bool writable, executable, shared;
	uint32_t dev_major, dev_minor; /* of its file's file system, as the kernel tells it here */
	uint64_t inode, offset;        /* of its file, and where in that it begins, in bytes */
	uint64_t page_bytes;           /* of the kernel's pages in it; 0: not told */
};

/* Its pages come of a file, be it one without a name: else they are anonymous, or the kernel's own. */
static inline bool fp_mapping_has_file(const struct fp_mapping *mapping)
{
	return mapping->inode != 0 || mapping->dev_major != 0 || mapping->dev_minor != 0;
}

/* A line of /proc/diskstats (Documentation/admin-guide/iostats.rst). */
enum fp_disk_field {
	FP_DISK_READS,
	FP_DISK_READS_MERGED,
	FP_DISK_READ_SECTORS, /* of 512 bytes, whatever the device's own sector is */
	FP_DISK_READ_MS,
	FP_DISK_WRITES,
	FP_DISK_WRITES_MERGED,
	FP_DISK_WRITE_SECTORS,
	FP_DISK_WRITE_MS,
	FP_DISK_IN_FLIGHT, /* the only field that is not a counter */
	FP_DISK_IO_MS,
	FP_DISK_WEIGHTED_MS,
	FP_DISK_DISCARDS, /* Linux 4.18 */
	FP_DISK_DISCARDS_MERGED,
	FP_DISK_DISCARD_SECTORS,
	FP_DISK_DISCARD_MS,
	FP_DISK_FLUSHES, /* Linux 5.5 */
	FP_DISK_FLUSH_MS,
	FP_DISK_FIELDS
};

struct fp_disk_counters {
	uint32_t has; /* bit 1 << field: value[field] is known */
	uint64_t value[FP_DISK_FIELDS];
};

static inline bool fp_disk_has(const struct fp_disk_counters *counters, enum fp_disk_field field)
{
	return (counters->has >> field) & 1;
}

/* What a group's members did, as counters that never go back. */
enum fp_activity {
	FP_CPU_USER_US,
	FP_CPU_SYSTEM_US,
	FP_FAULTS_MINOR,
	FP_FAULTS_MAJOR,
	FP_IO_READ_BYTES,  /* from storage */
	FP_IO_WRITE_BYTES, /* to storage */
	FP_IO_READ_OPS,    /* calls */
	FP_IO_WRITE_OPS,
	FP_SWITCHES_VOLUNTARY,
	FP_SWITCHES_INVOLUNTARY,
	FP_ACTIVITIES
};

struct fp_activity_counters {
	uint32_t has; /* bit 1 << activity */
	uint64_t value[FP_ACTIVITIES];
	bool has_handles;
	uint64_t handles; /* open files of the moment, not a counter */
};

static inline bool fp_activity_has(
	const struct fp_activity_counters *counters, enum fp_activity activity)
{
	return (counters->has >> activity) & 1;
}

static inline void fp_activity_set(
	struct fp_activity_counters *counters, enum fp_activity activity, uint64_t value)
{
	counters->has |= UINT32_C(1) << activity;
	counters->value[activity] = value;
}

/* ---- What the operator asked for ---- */

struct fp_pattern; /* util/pattern.h */

/* Selectors, cheapest to find out first: a block's lines are tried in this order. */
enum fp_selector {
	FP_SEL_COMM,
	FP_SEL_PIDFILE,
	FP_SEL_PID,
	FP_SEL_USER,
	FP_SEL_CGROUP,
	FP_SEL_UNIT,
	FP_SEL_CONTAINER,
	FP_SEL_EXE,
	FP_SEL_CMDLINE,
	FP_SEL_ENV,
	FP_SELECTORS
};

/* One line of a <Group> block, such as: Not Env "APP" "/^shop-/" */
struct fp_line {
	enum fp_selector selector;
	bool negate;
	size_t index;               /* among all lines of the settings */
	char *name;                 /* the variable of Env, the path of PidFile, the name of User */
	struct fp_pattern *pattern; /* NULL where existing, or equality of the uid, is enough */
	bool has_uid;               /* User with an exact value: once it is known */
	uint32_t uid;
};

struct fp_block {
	struct fp_line *lines;
	size_t count;
};

struct fp_group_options {
	bool values_absolute, values_percentage, detail, activity, report_partial;
	bool descendants;    /* what matches, and all its descendants */
	double interval_s;   /* 0: the plugin's */
	uint64_t max_groups; /* of a name with %{}: how many there may be beside "other" */
	double expire_s;     /* of such a group without members */
};

/* What a piece of a group's name stands for. */
enum fp_part_kind {
	FP_PART_TEXT, /* itself */
	FP_PART_ENV,  /* the value of the variable text */
	FP_PART_EXE,  /* the last component of the executable's path */
	FP_PART_USER,
	FP_PART_COMM,
	FP_PART_UNIT,
	FP_PART_CONTAINER,
	FP_PART_CGROUP, /* a capture of the matching block's first Cgroup expression without Not */
	FP_PART_CMDLINE /* as well, of Cmdline */
};

struct fp_part {
	enum fp_part_kind kind;
	char *text;
	unsigned capture;
	size_t index; /* among the parts of all groups */
};

struct fp_group {
	char name[FP_NAME_SIZE]; /* static; else where what is beyond max_groups is summed */
	struct fp_part *parts;   /* of a name with %{}; else none */
	size_t part_count;
	char *template_text;     /* such as "app-%{env:APP}"; NULL where the name is static */
	struct fp_block *blocks; /* alternatives */
	size_t count;
	struct fp_group_options options;
};

/* Where a device's name comes from. */
enum fp_disk_name {
	FP_DISK_NAME_DM,        /* that device-mapper gave */
	FP_DISK_NAME_MD,        /* of an array */
	FP_DISK_NAME_LABEL,     /* of the file system */
	FP_DISK_NAME_PARTLABEL, /* in the partition table */
	FP_DISK_NAME_UUID,      /* of the file system */
	FP_DISK_NAME_ID,        /* udev's, of model and serial number */
	FP_DISK_NAME_PATH,      /* udev's, of the place where it is plugged in */
	FP_DISK_NAME_WWN,
	FP_DISK_NAME_SERIAL,
	FP_DISK_NAME_KERNEL,
	FP_DISK_NAMES
};

struct fp_disk_settings {
	bool enabled;
	struct fp_pattern **disks; /* none: all that are in use */
	size_t count;
	bool ignore_selected;
	bool partitions;
	enum fp_disk_name names[FP_DISK_NAMES];
	size_t name_count;
	double stuck_after_s;
	char *dev_path, *run_path; /* where udev's links are, and its database below udev/data */
};

struct fp_settings {
	char *proc_path, *sys_path;
	double read_timeout_s;
	double budget_percent;           /* of one CPU, on average: what reading may cost */
	double max_age_s;                /* after which a member is read again, whatever moved */
	bool verify;                     /* compare readings without a walk with walks */
	char *state_file, *state_group;  /* NULL: none */
	char *docker_path, *podman_path; /* where containers' names are looked up */
	struct fp_group *groups;
	size_t group_count;
	size_t line_count, part_count; /* of all groups */
	struct fp_disk_settings disks;
};

#endif
