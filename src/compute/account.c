#include "compute/account.h"

void fp_account_init(struct fp_account *account)
{
	*account = (struct fp_account){0};
}

/* A sum that ran over stays absent: it lost its has flag, but keeps bytes that are not 0. */
static void add_metric(struct fp_memory *sum, enum fp_metric metric, uint64_t bytes)
{
	bool ran_over = !fp_memory_has(sum, metric) && sum->bytes[metric] != 0;

	if (ran_over)
		return;
	if (bytes > UINT64_MAX - sum->bytes[metric])
		sum->has &= ~(UINT32_C(1) << metric);
	else
		fp_memory_set(sum, metric, sum->bytes[metric] + bytes);
}

static void note_age(struct fp_account *account, uint64_t read_ns)
{
	if (read_ns && (account->oldest_ns == 0 || read_ns < account->oldest_ns))
		account->oldest_ns = read_ns;
}

void fp_account_member(struct fp_account *account, uint64_t threads, const struct fp_memory *memory,
	uint64_t read_ns, bool denied)
{
	account->processes++;
	account->threads += threads;
	if (denied)
		account->denied++;
	account->missing |= ~memory->has & FP_METRICS_ALL;
	for (unsigned i = 0; i < FP_METRICS; i++)
		if (fp_memory_has(memory, (enum fp_metric)i))
			add_metric(&account->sum, (enum fp_metric)i, memory->bytes[i]);
	if (fp_memory_has(memory, FP_USS) && memory->bytes[FP_USS] > account->uss_max_bytes)
		account->uss_max_bytes = memory->bytes[FP_USS];
	if (memory->has)
		note_age(account, read_ns);
}

void fp_account_kernel(struct fp_account *account, uint64_t threads, uint64_t read_ns)
{
	account->processes++;
	account->bodiless++;
	account->threads += threads;
	note_age(account, read_ns);
}

void fp_account_sharer(struct fp_account *account, uint64_t threads)
{
	account->processes++;
	account->threads += threads;
}

void fp_account_undecided(struct fp_account *account, uint64_t count)
{
	account->denied += count;
	account->undecided += count;
}

void fp_account_stuck(struct fp_account *account)
{
	account->stuck++;
}

void fp_account_unread(struct fp_account *account)
{
	account->unread++;
}

void fp_account_stuck_undecided(struct fp_account *account, uint64_t count)
{
	account->stuck += count;
	account->stuck_undecided += count;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void add_sums(struct fp_memory *total, const struct fp_memory *sum)
{
	for (unsigned i = 0; i < FP_METRICS; i++) {
		if (fp_memory_has(sum, (enum fp_metric)i)) {
			add_metric(total, (enum fp_metric)i, sum->bytes[i]);
		} else if (sum->bytes[i]) {
			/* it ran over, and so does the total */
			total->has &= ~(UINT32_C(1) << i);
			total->bytes[i] = sum->bytes[i];
		}
	}
}

void fp_account_add(struct fp_account *total, const struct fp_account *account)
{
	uint64_t undecided = larger(total->undecided, account->undecided);
	uint64_t stuck = larger(total->stuck_undecided, account->stuck_undecided);

	total->denied += account->denied - account->undecided - total->undecided + undecided;
	total->stuck += account->stuck - account->stuck_undecided - total->stuck_undecided + stuck;
	total->undecided = undecided;
	total->stuck_undecided = stuck;
	total->processes += account->processes;
	total->threads += account->threads;
	total->bodiless += account->bodiless;
	total->unread += account->unread;
	total->deferred += account->deferred;
	total->missing |= account->missing;
	total->uss_max_bytes = larger(total->uss_max_bytes, account->uss_max_bytes);
	note_age(total, account->oldest_ns);
	add_sums(&total->sum, &account->sum);
}

bool fp_account_sum(
	const struct fp_account *account, enum fp_metric metric, bool partial, uint64_t *bytes)
{
	bool has = fp_memory_has(&account->sum, metric);
	bool lacking = account->undecided || account->stuck_undecided ||
		       ((account->missing >> metric) & 1);
	bool complete = !lacking && (has || account->processes == account->bodiless);

	if (!complete && !(partial && has))
		return false;
	*bytes = account->sum.bytes[metric];
	return true;
}

bool fp_account_countable(const struct fp_account *account, bool partial)
{
	return partial || (account->undecided == 0 && account->stuck_undecided == 0);
}
