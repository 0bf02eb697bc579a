#include "launcher.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

__attribute__((noreturn)) static void usage(const char *problem, const char *argument)
{
    fprintf(stdout,
            "launcher: %s: %s\n"
            "usage: launcher [--user UID:GID[:EXTRA-GID]] [--limit NAME=VALUE]... [--listen FD=SOCKET]...\n"
            "                [--open FD=FILE]... [--private-file FILE | --late STATE-FD] [--guest-memory BYTES]\n"
            "                [--adopt-at SOCKET] [--patience SECONDS]\n"
            "                [--egress FD=RULES --nft PROGRAM] -- COMMAND [ARGUMENT]...\n"
            "limits: as, core, data, fsize, memlock, nofile, nproc\n",
            problem, argument);
    exit(2);
}

static unsigned long long number(const char *text, char end, unsigned long long most, const char **rest)
{
    char *stop;
    errno = 0;
    unsigned long long value = strtoull(text, &stop, 10);
    if (errno != 0 || stop == text || *stop != end || value > most || *text < '0' || *text > '9')
        usage("not a number in range", text);
    if (rest != NULL)
        *rest = stop + 1;
    return value;
}

static void parse_user(struct options *options, const char *text)
{
    const char *rest;
    options->uid = (uid_t)number(text, ':', INT_MAX, &rest);
    const char *colon = strchr(rest, ':');
    options->gid = (gid_t)number(rest, colon != NULL ? ':' : '\0', INT_MAX, colon != NULL ? &rest : NULL);
    options->extra_group = colon != NULL ? (gid_t)number(rest, '\0', INT_MAX, NULL) : options->gid;
    options->drop = true;
}

static void parse_limit(struct options *options, const char *text)
{
    static const struct {
        const char *name;
        int resource;
    } names[] = {{"as", RLIMIT_AS},         {"core", RLIMIT_CORE},       {"data", RLIMIT_DATA},  {"fsize", RLIMIT_FSIZE},
                 {"memlock", RLIMIT_MEMLOCK}, {"nofile", RLIMIT_NOFILE}, {"nproc", RLIMIT_NPROC}};
    if (options->limit_count == MAX_LIMITS)
        usage("too many limits", text);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i].name);
        if (strncmp(text, names[i].name, length) == 0 && text[length] == '=') {
            struct limit *limit = &options->limits[options->limit_count++];
            limit->resource = names[i].resource;
            limit->value = number(text + length + 1, '\0', ULLONG_MAX / 2, NULL);
            return;
        }
    }
    usage("unknown limit", text);
}

static void parse_file(struct options *options, const char *text, bool listening)
{
    if (options->file_count == MAX_FILES)
        usage("too many files", text);
    struct inherited *file = &options->files[options->file_count++];
    file->number = (int)number(text, '=', ABOVE_INHERITED - 1, &file->path);
    file->listening = listening;
    if (file->number < 3)
        usage("the first descriptor for a file is 3", text);
}

static void parse_egress(struct options *options, const char *text)
{
    options->egress_number = (int)number(text, '=', ABOVE_INHERITED - 1, &options->egress_rules);
    if (options->egress_number < 3)
        usage("the first descriptor for a tap is 3", text);
}

void parse_options(int argc, char **argv, struct options *options)
{
    memset(options, 0, sizeof *options);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            if (i + 1 == argc)
                usage("no command after", "--");
            if ((options->egress_rules == NULL) != (options->nft == NULL))
                usage("one is of no use without the other", "--egress, --nft");
            if (options->private_file != NULL && options->late_state != 0)
                usage("one excludes the other", "--private-file, --late");
            options->command = &argv[i + 1];
            return;
        }
        if (i + 1 == argc)
            usage("a value is missing after", argv[i]);
        const char *option = argv[i++];
        if (strcmp(option, "--user") == 0)
            parse_user(options, argv[i]);
        else if (strcmp(option, "--limit") == 0)
            parse_limit(options, argv[i]);
        else if (strcmp(option, "--listen") == 0)
            parse_file(options, argv[i], true);
        else if (strcmp(option, "--open") == 0)
            parse_file(options, argv[i], false);
        else if (strcmp(option, "--private-file") == 0)
            options->private_file = argv[i];
        else if (strcmp(option, "--late") == 0)
            options->late_state = (int)number(argv[i], '\0', ABOVE_INHERITED - 1, NULL);
        else if (strcmp(option, "--guest-memory") == 0)
            options->guest_memory = number(argv[i], '\0', ULLONG_MAX / 2, NULL);
        else if (strcmp(option, "--adopt-at") == 0)
            options->adopt_at = argv[i];
        else if (strcmp(option, "--patience") == 0)
            options->patience_seconds = (int)number(argv[i], '\0', MAX_PATIENCE_SECONDS, NULL);
        else if (strcmp(option, "--egress") == 0)
            parse_egress(options, argv[i]);
        else if (strcmp(option, "--nft") == 0)
            options->nft = argv[i];
        else
            usage("unknown option", option);
    }
    usage("no command: it follows", "--");
}
