/* A disk that fills up: preloaded, it lets what grows below LANTAI_FULL_ROOT fail with ENOSPC.
 *
 * full_after(n): n more growths succeed, then none; full_after(-1): there is room again.
 * Growing is: creating a file or folder, linking, writing or truncating beyond the end of a file.
 * Writing over bytes that a file already has needs no room and always succeeds, as on a real disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long left = -1, grown = 0;

void full_after(long n) { left = n; grown = 0; }
long full_count(void) { return grown; }

static int below(const char *path) {
    const char *root = getenv("LANTAI_FULL_ROOT");
    return root && path && strncmp(path, root, strlen(root)) == 0;
}

static int full(void) {
    grown++;
    if (left < 0) return 0;
    if (left == 0) { errno = ENOSPC; return 1; }
    left--;
    return 0;
}

static int file_full(int fd, off_t end) {
    char link[64], path[PATH_MAX];
    struct stat told;
    if (left < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0) return 0;
    path[size] = 0;
    if (!below(path) || fstat(fd, &told) || !S_ISREG(told.st_mode) || end <= told.st_size) return 0;
    return full();
}

static off_t place(int fd) {
    struct stat told;
    if (fcntl(fd, F_GETFL) & O_APPEND) return fstat(fd, &told) ? 0 : told.st_size;
    return lseek(fd, 0, SEEK_CUR);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t size) {
    if (left >= 0 && file_full(fd, place(fd) + (off_t)size)) return -1;
    return REAL(write)(fd, data, size);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    off_t size = 0;
    for (int i = 0; i < count; i++) size += parts[i].iov_len;
    if (left >= 0 && file_full(fd, place(fd) + size)) return -1;
    return REAL(writev)(fd, parts, count);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    if (file_full(fd, at + (off_t)size)) return -1;
    return REAL(pwrite)(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    if (file_full(fd, at + (off_t)size)) return -1;
    return REAL(pwrite64)(fd, data, size, at);
}

int ftruncate(int fd, off_t size) { return file_full(fd, size) ? -1 : REAL(ftruncate)(fd, size); }
int ftruncate64(int fd, off64_t size) { return file_full(fd, size) ? -1 : REAL(ftruncate64)(fd, size); }
int posix_fallocate(int fd, off_t at, off_t size) {
    return file_full(fd, at + size) ? ENOSPC : REAL(posix_fallocate)(fd, at, size);
}

static int new_full(const char *path, int flags) {
    struct stat told;
    return left >= 0 && (flags & O_CREAT) && below(path) && lstat(path, &told) && full();
}

#define MODE(mode) va_list more; va_start(more, flags); mode_t mode = va_arg(more, mode_t); va_end(more)

int open(const char *path, int flags, ...) {
    MODE(mode);
    return new_full(path, flags) ? -1 : REAL(open)(path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    MODE(mode);
    return new_full(path, flags) ? -1 : REAL(open64)(path, flags, mode);
}
int openat(int folder, const char *path, int flags, ...) {
    MODE(mode);
    return new_full(path, flags) ? -1 : REAL(openat)(folder, path, flags, mode);
}
int openat64(int folder, const char *path, int flags, ...) {
    MODE(mode);
    return new_full(path, flags) ? -1 : REAL(openat64)(folder, path, flags, mode);
}
int mkdir(const char *path, mode_t mode) { return new_full(path, O_CREAT) ? -1 : REAL(mkdir)(path, mode); }
int link(const char *from, const char *to) { return new_full(to, O_CREAT) ? -1 : REAL(link)(from, to); }
int linkat(int one, const char *from, int other, const char *to, int flags) {
    return new_full(to, O_CREAT) ? -1 : REAL(linkat)(one, from, other, to, flags);
}
