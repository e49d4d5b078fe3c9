/* Takes from the test's own process what PCRE2's JIT needs: memory that is written, then run. */
#ifndef TESTS_DENYJIT_H
#define TESTS_DENYJIT_H

/*
 * 0, and from then on no memory can be made executable, as under SELinux without execmem or
 * systemd's MemoryDenyWriteExecute. -ENOTSUP where this kernel offers no way. To be called before
 * the first expression is compiled: memory that the JIT has already stays.
 */
int denyjit(void);

#endif
