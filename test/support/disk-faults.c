/*
 * A disk that misbehaves, for one process: preloaded, it delays, refuses or cuts off by SIGKILL the calls that write, flush or rename files below
 * $FAULT_DIRECTORY. What it does is read at each call from the file $FAULT_CONTROL, mapped, which a test writes while the process runs
 * (disk-faults.ts has the same layout):
 *
 *   0 mode u32: 0 nothing, 1 delay, 2 refuse, 3 kill before the call, 4 kill after it     4 calls u32: 1 flush, 2 write, 4 rename
 *   8 argument u32: milliseconds, or the errno     12 skip u32: so many calls pass first     16 hits u32: counted here     32 a part of the path, 0
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { FLUSH = 1, WRITE = 2, RENAME = 4 };
enum { NOTHING = 0, DELAY = 1, REFUSE = 2, KILL_BEFORE = 3, KILL_AFTER = 4 };

struct control {
	volatile uint32_t mode, calls, argument, skip, hits, unused[3];
	char part[224];
};

static struct control *control;
static const char *directory;

__attribute__((constructor)) static void begin(void) {
	const char *file = getenv("FAULT_CONTROL");
	directory = getenv("FAULT_DIRECTORY");
	if (!file || !directory)
		return;
	int fd = open(file, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	void *map = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	control = map == MAP_FAILED ? NULL : map;
}

static int concerns(const char *path) {
	return strncmp(path, directory, strlen(directory)) == 0 && strstr(path, control->part) != NULL;
}

/* What is to be done about this call: the mode, or NOTHING. */
static int judge(const char *path) {
	if (!concerns(path))
		return NOTHING;
	/* Several threads write: each call takes one of those that pass. */
	uint32_t skip = control->skip;
	while (skip > 0) {
		if (__sync_bool_compare_and_swap(&control->skip, skip, skip - 1))
			return NOTHING;
		skip = control->skip;
	}
	__sync_fetch_and_add(&control->hits, 1);
	return control->mode;
}

static int judge_descriptor(int call, int fd) {
	if (!control || control->mode == NOTHING || !(control->calls & call))
		return NOTHING;
	char link[64], path[PATH_MAX];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, sizeof path - 1);
	if (length < 0)
		return NOTHING;
	path[length] = 0;
	return judge(path);
}

/* True if the call is refused, errno set. */
static int before(int mode) {
	if (mode == DELAY) {
		struct timespec time = {control->argument / 1000, (control->argument % 1000) * 1000000L};
		nanosleep(&time, NULL);
	}
	if (mode == KILL_BEFORE)
		kill(getpid(), SIGKILL);
	if (mode == REFUSE)
		errno = (int)control->argument;
	return mode == REFUSE;
}

static void after(int mode) {
	if (mode == KILL_AFTER)
		kill(getpid(), SIGKILL);
}

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) {
	return dlsym(RTLD_NEXT, name);
}

#define GUARD(call, fd, type, expression)                                                                                                                      \
	int mode = judge_descriptor(call, fd);                                                                                                                     \
	if (before(mode))                                                                                                                                          \
		return -1;                                                                                                                                             \
	type result = expression;                                                                                                                                  \
	after(mode);                                                                                                                                               \
	return result

int fdatasync(int fd) {
	GUARD(FLUSH, fd, int, REAL(fdatasync)(fd));
}

int fsync(int fd) {
	GUARD(FLUSH, fd, int, REAL(fsync)(fd));
}

ssize_t write(int fd, const void *bytes, size_t count) {
	GUARD(WRITE, fd, ssize_t, REAL(write)(fd, bytes, count));
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
	GUARD(WRITE, fd, ssize_t, REAL(pwrite)(fd, bytes, count, at));
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
	GUARD(WRITE, fd, ssize_t, REAL(pwrite64)(fd, bytes, count, at));
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
	GUARD(WRITE, fd, ssize_t, REAL(writev)(fd, parts, count));
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
	GUARD(WRITE, fd, ssize_t, REAL(pwritev)(fd, parts, count, at));
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
	GUARD(WRITE, fd, ssize_t, REAL(pwritev64)(fd, parts, count, at));
}

int rename(const char *from, const char *to) {
	int mode = control && control->mode != NOTHING && (control->calls & RENAME) ? judge(to) : NOTHING;
	if (before(mode))
		return -1;
	int result = REAL(rename)(from, to);
	after(mode);
	return result;
}
