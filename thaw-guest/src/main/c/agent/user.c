/* The function's user, from the image's own passwd and group files: name, uid, uid:gid, name:group, or nothing for root. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

struct text {
    const char *start;
    size_t length;
};

static struct text map_file(const char *path) {
    struct text text = {"", 0};
    struct stat info;
    int fd = open(in_root(path), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return text;
    }
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0) {
        void *memory = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (memory != MAP_FAILED) {
            text = (struct text){memory, (size_t)info.st_size};
        }
    }
    close(fd);
    return text;
}

static void unmap(struct text text) {
    if (text.length > 0) {
        munmap((void *)text.start, text.length);
    }
}

/* Cuts the next piece off the text, up to the separator or the end. */
static bool next(struct text *rest, char separator, struct text *piece) {
    const char *end;
    if (rest->length == 0) {
        return false;
    }
    end = memchr(rest->start, separator, rest->length);
    piece->start = rest->start;
    piece->length = end != NULL ? (size_t)(end - rest->start) : rest->length;
    rest->start += piece->length + (end != NULL);
    rest->length -= piece->length + (end != NULL);
    return true;
}

static bool same(struct text text, const char *other, size_t length) {
    return text.length == length && memcmp(text.start, other, length) == 0;
}

static bool number(const char *start, size_t length, uint32_t *value) {
    uint64_t sum = 0;
    if (length == 0 || length > 10) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (start[i] < '0' || start[i] > '9') {
            return false;
        }
        sum = sum * 10 + (uint64_t)(start[i] - '0');
    }
    *value = (uint32_t)sum;
    return sum < UINT32_MAX;
}

/* Finds a line whose first field is the name, or whose third field is the same number; gives its fields. */
static bool find_line(struct text file, const char *name, size_t length, struct text fields[], size_t count) {
    uint32_t wanted = 0;
    uint32_t found = 0;
    bool numeric = number(name, length, &wanted);
    for (struct text line; next(&file, '\n', &line);) {
        size_t have = 0;
        while (have < count && next(&line, ':', &fields[have])) {
            have++;
        }
        for (size_t i = have; i < count; i++) {
            fields[i] = (struct text){"", 0};
        }
        if (have >= 3 && (same(fields[0], name, length)
                          || (numeric && number(fields[2].start, fields[2].length, &found) && found == wanted))) {
            return true;
        }
    }
    return false;
}

static bool find_group(const char *name, size_t length, gid_t *gid) {
    struct text fields[3];
    struct text file = map_file("/etc/group");
    bool found = find_line(file, name, length, fields, 3) && number(fields[2].start, fields[2].length, gid);
    unmap(file);
    return found || number(name, length, gid);
}

static void add_groups(struct text name, struct user *user) {
    struct text all = map_file("/etc/group");
    struct text rest = all;
    for (struct text line; next(&rest, '\n', &line);) {
        struct text fields[3];
        size_t have = 0;
        gid_t gid;
        while (have < 3 && next(&line, ':', &fields[have])) {
            have++;
        }
        if (have < 3 || !number(fields[2].start, fields[2].length, &gid)) {
            continue;
        }
        for (struct text member; user->group_count < ARRAY_LENGTH(user->groups) && next(&line, ',', &member);) {
            if (same(member, name.start, name.length)) {
                user->groups[user->group_count++] = gid;
                break;
            }
        }
    }
    unmap(all);
}

bool user_find(const char *text, struct user *user) {
    const char *colon = strchr(text, ':');
    size_t length = colon != NULL ? (size_t)(colon - text) : strlen(text);
    struct text fields[6];
    struct text file = map_file("/etc/passwd");
    bool known;
    bool valid = true;

    memset(user, 0, sizeof *user);
    memcpy(user->home, "/", 2);
    if (length == 0) {
        text = "0";
        length = 1;
    }
    known = find_line(file, text, length, fields, 6);
    if (known) {
        valid = number(fields[2].start, fields[2].length, &user->uid) && number(fields[3].start, fields[3].length, &user->gid);
        if (fields[5].length > 0 && fields[5].length < sizeof user->home) {
            memcpy(user->home, fields[5].start, fields[5].length);
            user->home[fields[5].length] = '\0';
        }
    } else {
        valid = number(text, length, &user->uid);
    }
    if (valid && colon != NULL) {
        valid = find_group(colon + 1, strlen(colon + 1), &user->gid);
    } else if (valid && known) {
        add_groups(fields[0], user);
    }
    unmap(file);
    return valid;
}
