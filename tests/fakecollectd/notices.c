#include "fake.h"

static char host[] = "made.example";

/* The daemon's own name, which it puts into values, but not into notifications. */
char *hostname_g = host;

static const char *severity_of(const notification_t *notice)
{
	switch (notice->severity) {
	case NOTIF_FAILURE:
		return "FAILURE";
	case NOTIF_WARNING:
		return "WARNING";
	case NOTIF_OKAY:
		return "OKAY";
	default:
		fake_fault("a notification of severity %d", notice->severity);
		return "?";
	}
}

int plugin_dispatch_notification(const notification_t *notice)
{
	const char *severity = severity_of(notice);
	char name[4 * DATA_MAX_NAME_LEN];

	snprintf(name, sizeof(name), "%s-%s/%s-%s", notice->plugin, notice->plugin_instance,
		notice->type, notice->type_instance);
	if (strcmp(notice->host, host) != 0)
		fake_fault("a notification of the host \"%s\"", notice->host);
	if (notice->time != cdtime())
		fake_fault("a notification of another time than now");
	if (!fake_is_safe(notice->plugin) || strchr(notice->plugin, '-') ||
		!fake_is_safe(notice->plugin_instance) || !fake_is_safe(notice->type_instance))
		fake_fault("a notification of %s, which is not usable", name);
	if (!plugin_get_ds(notice->type))
		fake_fault("a notification of %s, which has no stock type", name);
	if (notice->meta)
		fake_fault("a notification with more than a line");
	for (const char *p = notice->message; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			fake_fault("a notification with the byte %#x in it", (unsigned char)*p);
	fake_say("  notification: %s %s: %s", severity, name, notice->message);
	return 0;
}
