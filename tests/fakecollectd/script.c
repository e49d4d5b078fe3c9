#include "fake.h"

#include <fcntl.h>
#include <sys/stat.h>

struct script {
	FILE *file;
	const char *path;
	size_t line;
};

/* The next line without its end; NULL at the end of the script. The caller frees. */
static char *next_line(struct script *script)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len = getline(&line, &size, script->file);

	script->line++;
	if (len < 0) {
		free(line);
		return NULL;
	}
	if (len && line[len - 1] == '\n')
		line[len - 1] = '\0';
	return line;
}

static void __attribute__((noreturn)) fail(const struct script *script, const char *what)
{
	fake_die("%s:%zu: %s", script->path, script->line, what);
}

/* The lines until the one that is the mark; each ends with a newline. The caller frees. */
static char *text_until(struct script *script, const char *mark)
{
	char *text = NULL, *line;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		fake_die("out of memory");
	while ((line = next_line(script)) && strcmp(line, mark) != 0) {
		fprintf(out, "%s\n", line);
		free(line);
	}
	if (!line)
		fail(script, "the text has no end");
	free(line);
	fclose(out);
	return text;
}

static double number(const struct script *script, const char *text)
{
	char *end;
	double value = text ? strtod(text, &end) : 0;

	if (!text || end == text || *end)
		fail(script, "a number is wanted");
	return value;
}

/* Files are named relative to the directory of the run. */
static const char *file_name(const struct script *script, const char *name)
{
	if (!name || name[0] == '/' || strstr(name, ".."))
		fail(script, "a file below the directory of the run is wanted");
	return name;
}

static void make_folders(const char *name)
{
	char *path = strdup(name);

	for (char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			fake_die("%s: %s", path, strerror(errno));
		*p = '/';
	}
	free(path);
}

/* write FILE <<MARK: the text that follows; \0 in it stands for a NUL. */
static void write_file(struct script *script, const char *name, const char *mark)
{
	if (!mark || strncmp(mark, "<<", 2) != 0)
		fail(script, "write FILE <<MARK");
	char *text = text_until(script, mark + 2);
	make_folders(name);
	FILE *file = fopen(name, "w");
	if (!file)
		fake_die("%s: %s", name, strerror(errno));
	for (const char *p = text; *p; p++) {
		bool nul = p[0] == '\\' && p[1] == '0';
		fputc(nul ? '\0' : *p, file);
		p += nul;
	}
	fclose(file);
	free(text);
}

/* link NAME TARGET: the target may well be nowhere. */
static void make_link(const char *name, const char *target)
{
	if (!target)
		fake_die("link NAME TARGET");
	make_folders(name);
	if (symlink(target, name) < 0)
		fake_die("%s: %s", name, strerror(errno));
}

static void remove_file(const char *name)
{
	if (remove(name) < 0)
		fake_die("%s: %s", name, strerror(errno));
}

static void deny_file(const char *name)
{
	if (chmod(name, 0) < 0)
		fake_die("%s: %s", name, strerror(errno));
	int fd = open(name, O_RDONLY);
	if (fd >= 0)
		fake_die("%s can still be read", name);
}

static void run_config(struct script *script)
{
	char *text = text_until(script, "end"), *expanded = fake_expand(text);

	fake_configure(expanded);
	free(expanded);
	free(text);
}

static void run_dispatch(const struct script *script, const char *how)
{
	bool fails = how && strcmp(how, "fails") == 0;

	if (!fails && !(how && strcmp(how, "works") == 0))
		fail(script, "dispatch fails, or dispatch works");
	fake_values_accept(!fails);
}

static void run_command(
	struct script *script, const char *verb, const char *first, const char *second)
{
	if (strcmp(verb, "config") == 0)
		run_config(script);
	else if (strcmp(verb, "init") == 0)
		fake_init();
	else if (strcmp(verb, "read") == 0)
		fake_read(first);
	else if (strcmp(verb, "shutdown") == 0)
		fake_shutdown();
	else if (strcmp(verb, "wait") == 0)
		fake_clock_move(number(script, first));
	else if (strcmp(verb, "interval") == 0)
		fake_interval_set(number(script, first));
	else if (strcmp(verb, "show") == 0)
		fake_values_show(first);
	else if (strcmp(verb, "dispatch") == 0)
		run_dispatch(script, first);
	else if (strcmp(verb, "write") == 0)
		write_file(script, file_name(script, first), second);
	else if (strcmp(verb, "link") == 0)
		make_link(file_name(script, first), second);
	else if (strcmp(verb, "remove") == 0)
		remove_file(file_name(script, first));
	else if (strcmp(verb, "deny") == 0)
		deny_file(file_name(script, first));
	else if (strcmp(verb, "allow") == 0)
		chmod(file_name(script, first), 0644);
	else
		fail(script, "no such command");
}

void fake_script_run(const char *path)
{
	struct script script = {.file = fopen(path, "r"), .path = path};
	char *line;

	if (!script.file)
		fake_die("%s: %s", path, strerror(errno));
	while ((line = next_line(&script))) {
		char *rest = NULL, *verb = NULL;
		if (line[0] == '#' || line[0] == '\0')
			fake_say("%s", line);
		else
			fake_say("> %s", line);
		if (line[0] != '#')
			verb = strtok_r(line, " ", &rest);
		if (verb) {
			char *first = strtok_r(NULL, " ", &rest);
			run_command(&script, verb, first, strtok_r(NULL, " ", &rest));
		}
		free(line);
	}
	fclose(script.file);
}
