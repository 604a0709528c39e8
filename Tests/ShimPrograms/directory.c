/// What a program sees of devices without opening one: /dev, stat, access, sysfs. It makes the sockets itself
/// and starts itself again with the variable set; the library must be preloaded.
#include "check.h"
#include <dirent.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>

extern char **environ;

static int count_entries(DIR *directory, const char *name) {
    int count = 0;
    struct dirent *entry;
    while (errno = 77, (entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, name) == 0) {
            count++;
            CHECK(entry->d_type == DT_CHR && entry->d_ino != 0);
            CHECK(entry->d_reclen >= offsetof(struct dirent, d_name) + strlen(name) + 1);
        }
    }
    return errno == 77 ? count : -1;
}

static void listing(void) {
    DIR *directory = opendir("/dev"), *other = opendir("/dev/");
    CHECK(count_entries(directory, "video0") == 1);
    CHECK(count_entries(other, "video112") == 1);
    rewinddir(directory);
    rewinddir(other);
    CHECK(count_entries(directory, "video112") == 1);
    CHECK(count_entries(other, "null") == 1);
    rewinddir(directory);
    CHECK(count_entries(directory, "video7") == 0); // a plain file, not a socket
    CHECK(closedir(directory) == 0 && closedir(other) == 0);
    directory = fdopendir(open("/dev", O_RDONLY | O_DIRECTORY));
    CHECK(count_entries(directory, "video0") == 1 && closedir(directory) == 0);
    directory = opendir("/");
    CHECK(count_entries(directory, "video0") == 0 && closedir(directory) == 0);
    int entries = 0;
    struct dirent64 *entry;
    directory = opendir("/dev");
    while ((entry = readdir64(directory)) != NULL) {
        entries += strncmp(entry->d_name, "video", 5) == 0;
    }
    CHECK(entries >= 2 && closedir(directory) == 0);
}

static void statuses(void) {
    struct stat status, same;
    struct statx extended;
    CHECK(stat("/dev/video112", &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(81, 112));
    CHECK(lstat("//dev/video112", &same) == 0 && same.st_ino == status.st_ino && same.st_dev == status.st_dev);
    CHECK(statx(AT_FDCWD, "/dev/video0", 0, STATX_BASIC_STATS, &extended) == 0);
    CHECK(S_ISCHR(extended.stx_mode) && extended.stx_rdev_major == 81 && extended.stx_rdev_minor == 0);
    int dev = open("/dev", O_RDONLY | O_DIRECTORY);
    CHECK(fstatat(dev, "video0", &status, 0) == 0 && status.st_rdev == makedev(81, 0));
    CHECK(faccessat(dev, "video0", R_OK | W_OK, 0) == 0);
    CHECK(close(dev) == 0);
    CHECK_ERROR(stat("/dev/video7", &status), ENOENT);
    CHECK_ERROR(stat("/dev/video00", &status), ENOENT);
    CHECK_ERROR(stat("/dev/video0/", &status), ENOENT);
    CHECK_ERROR(stat("/dev/video0112", &status), ENOENT);
    CHECK_ERROR(stat("/dev/video99999", &status), ENOENT);
}

static void accessing(void) {
    char path[4096], *name;
    CHECK(access("/dev/video0", F_OK) == 0 && access("/dev/video0", R_OK | W_OK) == 0);
    CHECK_ERROR(access("/dev/video0", X_OK), EACCES);
    CHECK_ERROR(access("/dev/video7", F_OK), ENOENT);
    CHECK_ERROR(readlink("/dev/video0", path, sizeof path), EINVAL);
    CHECK(realpath("/dev//video0", path) && strcmp(path, "/dev/video0") == 0);
    CHECK((name = realpath("/dev/video112", NULL)) && strcmp(name, "/dev/video112") == 0);
    free(name);
}

static void sysfs(void) {
    char text[128] = "";
    FILE *stream = fopen("/sys/dev/char/81:112/uevent", "r");
    CHECK(stream && fread(text, 1, sizeof text - 1, stream) > 0);
    CHECK(strcmp(text, "MAJOR=81\nMINOR=112\nDEVNAME=video112\n") == 0);
    CHECK(stream && fclose(stream) == 0);
    errno = 0;
    CHECK(fopen("/sys/dev/char/81:7/uevent", "r") == NULL && errno == ENOENT);
}

/// Nobody listens: as if there were no device.
static void nobody(void) {
    CHECK_ERROR(open("/dev/video0", O_RDWR), ENOENT);
    CHECK_ERROR(openat(AT_FDCWD, "/dev/video112", O_RDWR), ENOENT);
}

static void make_socket(const char *folder, const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", folder, name);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    close(fd);
}

int main(int count, char **arguments) {
    if (count > 1) {
        environ = NULL; // the kernel still knows what it was
        RUN(listing);
        RUN(statuses);
        RUN(accessing);
        RUN(sysfs);
        RUN(nobody);
        return failures;
    }
    char folder[] = P_tmpdir "/shim-directory-XXXXXX", path[96];
    if (!mkdtemp(folder)) {
        return 99;
    }
    make_socket(folder, "video0.vb2");
    make_socket(folder, "video112.vb2");
    snprintf(path, sizeof path, "%s/video7.vb2", folder);
    close(open(path, O_RDWR | O_CREAT, 0600));
    setenv("VB2_DIRECTORY", folder, 1);
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", arguments[0], "inside", (char *)NULL);
        _exit(98);
    }
    int status = 0;
    waitpid(child, &status, 0);
    unlink(path);
    snprintf(path, sizeof path, "%s/video0.vb2", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/video112.vb2", folder);
    unlink(path);
    rmdir(folder);
    return failures + (WIFEXITED(status) ? WEXITSTATUS(status) : 97);
}
