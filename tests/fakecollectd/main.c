/* fakecollectd MODULE TYPES SCRIPT, in an empty directory that the script may fill. */
#include "fake.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/syscall.h>

/* So that what a script denies is denied, and all else is the same, whoever runs this. */
static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

	if (syscall(SYS_capset, &header, none) < 0)
		fake_die("capset: %s", strerror(errno));
}

static int open_files(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void load(const char *path)
{
	void (*module_register)(void);
	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!module)
		fake_die("%s", dlerror());
	*(void **)&module_register = dlsym(module, "module_register");
	if (!module_register)
		fake_die("%s", dlerror());
	module_register();
}

int main(int argc, char *argv[])
{
	if (argc != 4)
		fake_die("usage: fakecollectd MODULE TYPES SCRIPT");
	setvbuf(stdout, NULL, _IOLBF, 0);
	fake_clock_start();
	fake_types_read(argv[2]);
	load(argv[1]);
	drop_capabilities();
	int before = open_files();
	fake_script_run(argv[3]);
	if (open_files() != before)
		fake_fault("%d more files are open than before", open_files() - before);
	fake_forget();
	fake_types_free();
	return fake_faults() ? 1 : 0;
}
