/* Prints how fast this host's time stamp counter runs, in kHz: as the processor says it, or else measured against the system's clock
 * over a tenth of a second. */
#include <cpuid.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

#define MEASURE_NS 100000000
#define TRIES 100

struct point {
    uint64_t cycles;
    int64_t ns;
};

static int64_t clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Of several readings the one with the least time between counter, clock and counter. */
static struct point read_both(void) {
    struct point best = {0, 0};
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < TRIES; i++) {
        uint64_t before = __rdtsc();
        int64_t ns = clock_ns();
        uint64_t gap = __rdtsc() - before;
        if (gap < least) {
            least = gap;
            best = (struct point){before + gap / 2, ns};
        }
    }
    return best;
}

static uint64_t measured_khz(void) {
    const struct timespec pause = {.tv_nsec = MEASURE_NS};
    struct point start = read_both();
    struct point end;
    nanosleep(&pause, NULL);
    end = read_both();
    return (uint64_t)((double)(end.cycles - start.cycles) * 1e6 / (double)(end.ns - start.ns) + 0.5);
}

/* Leaf 0x15: the counter's ratio to a crystal of known frequency; 0 where the processor does not say. */
static uint64_t stated_khz(void) {
    unsigned denominator = 0;
    unsigned numerator = 0;
    unsigned crystal_hz = 0;
    unsigned unused = 0;
    if (!__get_cpuid(0x15, &denominator, &numerator, &crystal_hz, &unused) || denominator == 0 || numerator == 0) {
        return 0;
    }
    return (uint64_t)crystal_hz * numerator / denominator / 1000;
}

int main(void) {
    uint64_t khz = stated_khz();
    return printf("%llu\n", (unsigned long long)(khz != 0 ? khz : measured_khz())) > 0 ? 0 : 1;
}
