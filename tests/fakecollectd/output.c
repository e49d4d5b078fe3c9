#include "fake.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned faults;

static const char place[] = "@dir@";

void fake_die(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

void *fake_memory(size_t size)
{
	void *memory = calloc(1, size ? size : 1);

	if (!memory)
		fake_die("out of memory");
	return memory;
}

/* The text with every occurrence of one word replaced. */
static char *replace(const char *text, const char *from, const char *to)
{
	size_t count = 0, from_len = strlen(from), to_len = strlen(to);

	for (const char *p = text; (p = strstr(p, from)); p += from_len)
		count++;
	char *out = fake_memory(strlen(text) + count * to_len + 1), *end = out;
	for (const char *found; (found = strstr(text, from)); text = found + from_len) {
		memcpy(end, text, (size_t)(found - text));
		end += found - text;
		memcpy(end, to, to_len);
		end += to_len;
	}
	memcpy(end, text, strlen(text) + 1);
	return out;
}

static char *directory(void)
{
	char *path = getcwd(NULL, 0);

	if (!path)
		fake_die("the directory of the run: %s", strerror(errno));
	return path;
}

char *fake_expand(const char *text)
{
	char *path = directory(), *out = replace(text, place, path);

	free(path);
	return out;
}

static void __attribute__((format(printf, 2, 0)))
print(const char *head, const char *format, va_list args)
{
	char *path = directory(), *raw = NULL;

	if (vasprintf(&raw, format, args) < 0)
		fake_die("out of memory");
	char *line = replace(raw, path, place);
	pthread_mutex_lock(&lock);
	printf("%s%s\n", head, line);
	pthread_mutex_unlock(&lock);
	free(line);
	free(raw);
	free(path);
}

void fake_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print("", format, args);
	va_end(args);
}

void fake_fault(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print("FAULT: ", format, args);
	va_end(args);
	pthread_mutex_lock(&lock);
	faults++;
	pthread_mutex_unlock(&lock);
}

unsigned fake_faults(void)
{
	return faults;
}
