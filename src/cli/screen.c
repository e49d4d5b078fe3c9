#include "cli/screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* Another screen than the one with the shell on it; no cursor; long lines are not broken (xterm). */
static const char enter[] = "\x1b[?1049h\x1b[?25l\x1b[?7l";
static const char leave[] = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";

/* What stops or does nothing by default, or cannot be caught: all other signals end the program. */
static const int others[] = {
	SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGCHLD, SIGURG, SIGWINCH};

static sigset_t ending;

static struct termios before, raw;
static volatile sig_atomic_t taken;

/* Of as much use in a signal's handler as elsewhere: only what is safe there. */
static void put(const char *text, size_t len)
{
	while (len) {
		ssize_t written = write(STDOUT_FILENO, text, len);
		if (written <= 0)
			return;
		text += written;
		len -= (size_t)written;
	}
}

static void take(void)
{
	/* before it is so: a signal in between finds something to give back */
	taken = 1;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	put(enter, sizeof(enter) - 1);
}

/* Where nobody can tell, there is no other who could have the terminal. */
static bool is_foreground(void)
{
	pid_t foreground = tcgetpgrp(STDIN_FILENO);

	return foreground <= 0 || foreground == getpgrp();
}

static void give_back(void)
{
	if (!taken)
		return;
	taken = 0;
	put(leave, sizeof(leave) - 1);
	/* in the background the modes are somebody else's already, such as the shell's */
	if (is_foreground())
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

/* Ends by the signal that came, so that the parent sees it. */
static void on_end(int number)
{
	int error = errno;

	give_back();
	signal(number, SIG_DFL);
	raise(number);
	errno = error;
}

/* In the background there is no terminal to take. What ends the program does so here, too. */
static void stop_until_foreground(void)
{
	sigset_t was;

	do {
		pthread_sigmask(SIG_UNBLOCK, &ending, &was);
		raise(SIGSTOP);
		pthread_sigmask(SIG_SETMASK, &was, NULL);
	} while (!is_foreground());
}

/* Also by a key or an output in the background, which stop the others there. */
static void on_stop(int number)
{
	int error = errno;

	(void)number;
	give_back();
	stop_until_foreground();
	take();
	errno = error;
}

static void on_continue(int number)
{
	int error = errno;

	(void)number;
	if (!is_foreground()) {
		give_back();
		stop_until_foreground();
	}
	/* whoever had the terminal meanwhile may have changed it */
	take();
	errno = error;
}

/* It is there to interrupt a wait. */
static void on_resize(int number)
{
	(void)number;
}

static void handle(int number, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler}, was;

	/* what is ignored, as under nohup, stays ignored */
	if (sigaction(number, NULL, &was) < 0 || was.sa_handler == SIG_IGN)
		return;
	sigfillset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

static void handle_ends(void)
{
	sigfillset(&ending);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		sigdelset(&ending, others[i]);
	for (int number = 1; number <= SIGRTMAX; number++)
		if (sigismember(&ending, number) == 1)
			handle(number, on_end);
}

static void handle_signals(void)
{
	sigset_t later;

	/* these come in a wait only, so that none falls between a look and the wait */
	sigemptyset(&later);
	sigaddset(&later, SIGWINCH);
	sigaddset(&later, SIGCONT);
	sigprocmask(SIG_BLOCK, &later, NULL);
	handle_ends();
	handle(SIGTSTP, on_stop);
	handle(SIGTTIN, on_stop);
	handle(SIGTTOU, on_stop);
	handle(SIGCONT, on_continue);
	handle(SIGWINCH, on_resize);
}

int fp_screen_open(void)
{
	const char *term = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || !term || !*term ||
		strcmp(term, "dumb") == 0)
		return -ENOTTY;
	/* stops a program in the background, until the terminal is its own */
	if (tcdrain(STDIN_FILENO) < 0 || tcgetattr(STDIN_FILENO, &before) < 0)
		return -errno;
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	handle_signals();
	take();
	return 0;
}

void fp_screen_close(void)
{
	sigset_t all, was;

	/* no signal may find it half given back */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &was);
	give_back();
	signal(SIGCONT, SIG_DFL);
	signal(SIGTSTP, SIG_DFL);
	signal(SIGTTIN, SIG_DFL);
	signal(SIGTTOU, SIG_DFL);
	sigprocmask(SIG_SETMASK, &was, NULL);
}

struct fp_screen_size fp_screen_size(void)
{
	struct winsize size = {0};

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	return (struct fp_screen_size){
		.rows = size.ws_row ? size.ws_row : 24, .columns = size.ws_col ? size.ws_col : 80};
}

int fp_screen_wait(int fd, int timeout_ms, bool *keys, bool *ready)
{
	struct pollfd polled[2] = {
		{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
	struct timespec timeout = {
		.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000L};
	sigset_t mask;

	*keys = *ready = false;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	sigdelset(&mask, SIGWINCH);
	sigdelset(&mask, SIGCONT);
	int count = ppoll(polled, 2, timeout_ms < 0 ? NULL : &timeout, &mask);
	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	*keys = polled[0].revents != 0;
	*ready = polled[1].revents != 0;
	return 0;
}

int fp_screen_show(struct fp_out *frame, const struct fp_out *lines)
{
	const char *at = lines->buf.data, *end = at ? at + lines->buf.len : at;

	/* not over what somebody else has there by now */
	if (!is_foreground())
		raise(SIGTTOU);
	fp_out_text(frame, at == end ? "\x1b[H\x1b[J" : "\x1b[H");
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = newline ? (size_t)(newline - at) : (size_t)(end - at);
		bool last = at + len + 1 >= end;
		/* what stood there goes first: behind a full line the cursor is still on its end */
		fp_out_text(frame, last ? "\x1b[J" : "\x1b[K");
		fp_out_bytes(frame, at, len);
		/* no newline that would scroll */
		if (!last)
			fp_out_text(frame, "\r\n");
		at += len + 1;
	}
	return lines->status < 0 ? lines->status : fp_out_send(frame, STDOUT_FILENO);
}
