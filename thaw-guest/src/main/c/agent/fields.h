/* Fields of a payload, little-endian, each length checked. A reader that met a bad field stays bad and gives zeros. */
#ifndef FIELDS_H
#define FIELDS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct fields {
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
};

/* The agent runs on little-endian machines alone, as the protocol's integers are. */
static inline uint64_t fields_integer(struct fields *fields, size_t size) {
    uint64_t value = 0;
    if (fields->bad || (size_t)(fields->end - fields->at) < size) {
        fields->bad = true;
        return 0;
    }
    memcpy(&value, fields->at, size);
    fields->at += size;
    return value;
}

static inline uint8_t fields_u8(struct fields *fields) { return (uint8_t)fields_integer(fields, 1); }
static inline uint32_t fields_u32(struct fields *fields) { return (uint32_t)fields_integer(fields, 4); }
static inline uint64_t fields_u64(struct fields *fields) { return fields_integer(fields, 8); }

static inline const uint8_t *fields_bytes(struct fields *fields, uint32_t *length) {
    const uint8_t *start;
    *length = fields_u32(fields);
    if (fields->bad || *length > MAX_STRING_BYTES || (size_t)(fields->end - fields->at) < *length) {
        fields->bad = true;
        *length = 0;
        return fields->at;
    }
    start = fields->at;
    fields->at += *length;
    return start;
}

static inline bool fields_done(const struct fields *fields) { return !fields->bad && fields->at == fields->end; }

#endif
