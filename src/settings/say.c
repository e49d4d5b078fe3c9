#include "settings/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void hide_control_bytes(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

void fp_reader_at_plugin(struct fp_reader *reader, char *message)
{
	snprintf(reader->where, sizeof(reader->where), "<Plugin footprint>");
	reader->message = message;
}

int fp_reader_fail(struct fp_reader *reader, const char *option, const char *format, ...)
{
	char what[FP_MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	snprintf(reader->message, FP_MESSAGE_SIZE, "%s: %s%s%.740s", reader->where,
		option ? option : "", option ? ": " : "", what);
	hide_control_bytes(reader->message);
	return -EINVAL;
}

int fp_reader_no_memory(struct fp_reader *reader)
{
	fp_reader_fail(reader, NULL, "out of memory");
	return -ENOMEM;
}

struct fp_shown fp_shown_string(const char *string)
{
	struct fp_shown shown;

	snprintf(shown.text, sizeof(shown.text), "\"%.80s%s\"", string,
		strlen(string) > 80 ? "..." : "");
	return shown;
}

struct fp_shown fp_shown_value(const struct fp_value *value)
{
	struct fp_shown shown;

	switch (value->type) {
	case FP_STRING:
		return fp_shown_string(value->string);
	case FP_NUMBER:
		snprintf(shown.text, sizeof(shown.text), "%.15g", value->number);
		return shown;
	case FP_BOOLEAN:
		break;
	}
	snprintf(shown.text, sizeof(shown.text), "%s", value->boolean ? "true" : "false");
	return shown;
}

struct fp_shown fp_shown_unquoted(const struct fp_value *value)
{
	struct fp_shown shown;

	if (value->type == FP_BOOLEAN)
		snprintf(shown.text, sizeof(shown.text), "a bare %s",
			value->boolean ? "true, yes or on" : "false, no or off");
	else
		snprintf(shown.text, sizeof(shown.text), "the value %.80s",
			fp_shown_value(value).text);
	return shown;
}
