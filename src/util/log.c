#include "util/log.h"

#include <stdarg.h>
#include <stdio.h>

void fp_log(const struct fp_log *log, enum fp_level level, const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	int len = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (len < 0)
		return;
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	log->say(log->context, level, line);
}
