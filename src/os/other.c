/* The default on a system that has no backend of its own: see PORTING.md. */
#include "os/os.h"

const struct fp_os_backend *fp_os_default(void)
{
	return &fp_os_null;
}
