/*
 * Work is done in slices with a look at the clock between them. The busy loop is calibrated, because a fixed number of
 * rounds that is a fraction of a millisecond on real hardware is many milliseconds on an emulated CPU, where it would
 * overshoot short run times; looking at the clock on every round instead would measure the clock, which costs an exit of
 * the guest on some hosts.
 */
#include "work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, SLICE_NS = 200000, CALIBRATIONS = 5, FIRST_ROUNDS = 1000 };

static uint64_t rounds_per_slice = FIRST_ROUNDS; /* written before any work begins */

static int64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t wall_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Integer arithmetic with a result that depends on every round. */
static void burn(uint64_t rounds)
{
    volatile uint64_t sink;
    uint64_t x = 88172645463325252ULL;
    for (uint64_t i = 0; i < rounds; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    sink = x;
    (void)sink;
}

void work_calibrate(void)
{
    uint64_t rounds = FIRST_ROUNDS, best = 0;
    /* Until a measurement is long enough for the clock's resolution. */
    int64_t took = 0;
    while (took < SLICE_NS) {
        int64_t begun = cpu_ns();
        rounds *= 2;
        burn(rounds);
        took = cpu_ns() - begun;
    }
    /* The fastest of a few: disturbances only ever slow a loop down. */
    for (int i = 0; i < CALIBRATIONS; i++) {
        int64_t begun = cpu_ns();
        burn(rounds);
        took = cpu_ns() - begun;
        uint64_t per_slice = took > 0 ? rounds * SLICE_NS / (uint64_t)took : rounds;
        if (per_slice > best)
            best = per_slice;
    }
    rounds_per_slice = best > 0 ? best : 1;
}

/* Asking for more than there is would not fail here but have a process killed at the first touch. */
static bool is_available(size_t bytes)
{
    char line[128];
    unsigned long long kb = 0;
    bool found = false;
    FILE *file = fopen("/proc/meminfo", "re");
    if (!file)
        return true;
    while (!found && fgets(line, sizeof line, file))
        found = sscanf(line, "MemAvailable: %llu kB", &kb) == 1;
    fclose(file);
    return !found || bytes / 1024 <= kb;
}

static char *hold(size_t bytes)
{
    if (!is_available(bytes))
        return NULL;
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    for (size_t at = 0; at < bytes; at += PAGE)
        memory[at] = (char)(at / PAGE + 1);
    return memory;
}

void work_run(struct work *work)
{
    int64_t begun = wall_ns(), cpu_begun = cpu_ns(), asked = work->runtime_ms * 1000000LL;
    size_t bytes = (size_t)work->memory_mib << 20;
    char *memory = NULL, *name = getenv("K_SERVICE"), host[64] = "";
    if (bytes > 0 && !(memory = hold(bytes))) {
        work->no_memory = true;
        snprintf(work->message, sizeof work->message, "FAILURE - mem_alloc of %u MiB", work->memory_mib);
        return;
    }
    int64_t left;
    while ((left = asked - (cpu_ns() - cpu_begun)) > 0)
        burn(left >= SLICE_NS ? rounds_per_slice : 1 + rounds_per_slice * (uint64_t)left / SLICE_NS);
    if (memory)
        munmap(memory, bytes);
    work->micros = (uint32_t)((wall_ns() - begun) / 1000);
    work->memory_kb = work->memory_mib * 1024;
    gethostname(host, sizeof host - 1);
    snprintf(work->message, sizeof work->message, "OK - trace-func-%.40s", name ? name : host);
}

int work_json(const struct work *work, char *to, size_t size)
{
    char host[64] = "";
    if (work->no_memory)
        return snprintf(to, size, "%s\n", work->message);
    gethostname(host, sizeof host - 1);
    return snprintf(to, size,
                    "{\"Status\":\"OK\",\"Function\":\"%s\",\"MachineName\":\"%s\",\"ExecutionTime\":%u,"
                    "\"MemoryUsageInKb\":%u}\n",
                    work->message + strlen("OK - "), host, work->micros, work->memory_kb);
}
