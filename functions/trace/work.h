/* The work of an invocation: busy for a time, holding memory. */
#ifndef TRACE_WORK_H
#define TRACE_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_RUNTIME_MS = 3600000, MAX_MEMORY_MIB = 1048576 };

struct work {
    uint32_t runtime_ms, memory_mib; /* asked for */
    uint32_t micros, memory_kb;      /* done */
    bool no_memory;                  /* the memory could not be had; nothing was done */
    char message[96];                /* for the answer */
};

/* Measures how much of the busy loop makes a slice of time on this host. Call once, before any work. */
void work_calibrate(void);

/*
 * Burns the asked time of CPU, touching the asked memory first and holding it until the end. Time counts on the thread's
 * CPU clock, so that a function that has to share its CPU takes longer, as a real one does.
 */
void work_run(struct work *work);

/* The answer over HTTP: JSON in In-Vitro's names, or the message alone when there was no memory. Returns its length. */
int work_json(const struct work *work, char *to, size_t size);

#endif
