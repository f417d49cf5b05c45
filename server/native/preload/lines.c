/* SPDX-License-Identifier: Apache-2.0 */
/* Gives the terminals of emulated boards their modem lines, in any program: preload this library (LD_PRELOAD) and name the folder of the
 * sockets in VMRIG_LINES (`vmrig run-with-lines` does both).
 *
 * A pseudo-terminal answers TIOCMGET, TIOCMSET, TIOCMBIS and TIOCMBIC with ENOTTY. Where the kernel does so, and the folder has a socket
 * named after the terminal's number, the request goes there: two words, what is asked and the bits; the answer is one word, the bits as
 * they are then. On all other files, and if nobody answers, the caller sees what the kernel said. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#define FOLDER "VMRIG_LINES"
/* Majors of Unix98 terminals: Linux, Documentation/admin-guide/devices.txt. Each has 256 of them. */
#define PTS_MAJOR_FIRST 136u
#define PTS_MAJOR_LAST 143u

enum { GET, SET, RAISE, DROP };

#if defined(__GLIBC__)
typedef unsigned long request_type;
#else
typedef int request_type;
#endif

static int kernel_ioctl(int fd, request_type request, void *argument) {
    int (*next)(int, request_type, ...) = NULL;
    void *symbol = dlsym(RTLD_NEXT, "ioctl");
    memcpy(&next, &symbol, sizeof next); /* ISO C has no cast from an object to a function */
    if (next) return next(fd, request, argument);
    errno = ENOSYS;
    return -1;
}

/* Number of the terminal, or -1: this is none. */
static long terminal(int fd) {
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISCHR(status.st_mode)) return -1;
    unsigned first = major(status.st_rdev);
    if (first < PTS_MAJOR_FIRST || first > PTS_MAJOR_LAST) return -1;
    return (long)(first - PTS_MAJOR_FIRST) * 256 + (long)minor(status.st_rdev);
}

static int connect_to(const char *folder, long number) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/%ld.sock", folder, number), parent = -1;
    if (length < 0 || (size_t)length >= sizeof path) return -1;
    if ((size_t)length >= sizeof address.sun_path) { /* through the folder's descriptor: paths may be longer than an address */
        parent = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (parent < 0) return -1;
        snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%ld.sock", parent, number);
    } else {
        memcpy(address.sun_path, path, (size_t)length + 1);
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        fd = -1;
    }
    if (parent >= 0) close(parent);
    return fd;
}

static int transfer(int fd, uint32_t what, uint32_t bits, uint32_t *answer) {
    uint32_t request[2] = {what, bits};
    if (send(fd, request, sizeof request, MSG_NOSIGNAL) != (ssize_t)sizeof request) return -1;
    size_t have = 0;
    while (have < sizeof *answer) {
        ssize_t n = recv(fd, (char *)answer + have, sizeof *answer - have, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return -1;
        have += (size_t)n;
    }
    return 0;
}

/* 0, or -1: nobody answers for this file. */
static int ask(int fd, uint32_t what, uint32_t bits, uint32_t *answer) {
    const char *folder = getenv(FOLDER);
    long number = folder && *folder ? terminal(fd) : -1;
    int sock = number < 0 ? -1 : connect_to(folder, number);
    if (sock < 0) return -1;
    int result = transfer(sock, what, bits, answer);
    close(sock);
    return result;
}

__attribute__((visibility("default"))) int ioctl(int fd, request_type request, ...) {
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);

    int result = kernel_ioctl(fd, request, argument);
    if (result == 0 || (errno != ENOTTY && errno != EINVAL)) return result;
    uint32_t what;
    switch ((unsigned long)request) {
    case TIOCMGET: what = GET; break;
    case TIOCMSET: what = SET; break;
    case TIOCMBIS: what = RAISE; break;
    case TIOCMBIC: what = DROP; break;
    default: return result;
    }
    int saved = errno, bits = 0;
    uint32_t answer = 0;
    if (argument && what != GET) memcpy(&bits, argument, sizeof bits);
    if (!argument || ask(fd, what, (uint32_t)bits, &answer) != 0) {
        errno = saved;
        return result;
    }
    if (what == GET) {
        bits = (int)answer;
        memcpy(argument, &bits, sizeof bits);
    }
    errno = saved;
    return 0;
}
