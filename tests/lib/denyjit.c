#include "denyjit.h"

#include <endian.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* of Linux 6.3 */
enum { SET_MEMORY_DENY_WRITE_EXECUTE = 65, REFUSE_EXEC_GAIN = 1 };

/* The half of a system call's third argument that holds its low bits. */
enum {
	PROTECTION = offsetof(struct seccomp_data, args[2]) +
		     (__BYTE_ORDER == __BIG_ENDIAN ? sizeof(__u32) : 0)
};

#ifdef __NR_mmap2
enum { MAP_CALL = __NR_mmap2 };
#else
enum { MAP_CALL = __NR_mmap };
#endif

/* Older kernels: a filter that refuses every mapping that is to be executable. */
static int filter_calls(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MAP_CALL, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mprotect, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, PROTECTION),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -ENOTSUP;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ? 0 : -ENOTSUP;
}

int denyjit(void)
{
	if (prctl(SET_MEMORY_DENY_WRITE_EXECUTE, REFUSE_EXEC_GAIN, 0, 0, 0) == 0)
		return 0;
	return filter_calls();
}
