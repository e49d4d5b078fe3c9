/*
 * The one grammar of the plugin's configuration: a table of options over neutral items.
 *
 * Every mistake is one line that says where it stands, what was found and what is right.
 */
#ifndef FP_SETTINGS_SETTINGS_H
#define FP_SETTINGS_SETTINGS_H

#include "model.h"
#include "settings/item.h"
#include "util/log.h"

enum { FP_MESSAGE_SIZE = 1024 };

struct fp_reader; /* settings in the making */

/*
 * A reader without any option yet. 0 or -ENOMEM; freed with fp_reader_free(). Hints, which are no
 * mistakes, go to the log, which must outlive the reader.
 */
int fp_reader_new(const struct fp_log *log, struct fp_reader **out);
void fp_reader_free(struct fp_reader *reader);

/*
 * Takes one <Plugin footprint> block; several add up. 0; -EINVAL with the mistake in message;
 * -ENOMEM, said in message too. After a mistake the reader can only be freed.
 */
int fp_reader_take(
	struct fp_reader *reader, const struct fp_item *plugin, char message[FP_MESSAGE_SIZE]);

/*
 * Checks what needs all blocks and the plugin's interval (seconds), fills in the defaults and hands
 * over the settings; the caller frees them with fp_settings_free(). The reader is left empty.
 * Results as for fp_reader_take().
 */
int fp_reader_finish(struct fp_reader *reader, double plugin_interval_s, struct fp_settings **out,
	char message[FP_MESSAGE_SIZE]);

void fp_settings_free(struct fp_settings *settings);

#endif
