#include "faas.h"

#include <ctype.h>
#include <string.h>

enum { FRAME = 5, VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

static bool read_varint(const uint8_t *bytes, size_t size, size_t *at, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; shift < 64 && *at < size; shift += 7) {
        uint8_t byte = bytes[(*at)++];
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

/* Moves past a field's value; false when it reaches past the end. */
static bool skip(const uint8_t *bytes, size_t size, size_t *at, int type)
{
    uint64_t length;
    switch (type) {
    case VARINT: return read_varint(bytes, size, at, &length);
    case FIXED64: length = 8; break;
    case FIXED32: length = 4; break;
    case BYTES:
        if (!read_varint(bytes, size, at, &length))
            return false;
        break;
    default: return false;
    }
    if (length > size - *at)
        return false;
    *at += length;
    return true;
}

bool faas_read(const uint8_t *bytes, size_t size, struct work *work)
{
    if (size < FRAME || bytes[0] != 0)
        return false;
    uint32_t length = (uint32_t)bytes[1] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 8 | bytes[4];
    if (length != size - FRAME)
        return false;
    for (size_t at = FRAME; at < size;) {
        uint64_t key, value;
        if (!read_varint(bytes, size, &at, &key))
            return false;
        int field = (int)(key >> 3), type = (int)(key & 7);
        if ((field == 2 || field == 3) && type == VARINT) {
            if (!read_varint(bytes, size, &at, &value))
                return false;
            if (value > (field == 2 ? MAX_RUNTIME_MS : MAX_MEMORY_MIB))
                return false;
            *(field == 2 ? &work->runtime_ms : &work->memory_mib) = (uint32_t)value;
        } else if (!skip(bytes, size, &at, type)) {
            return false;
        }
    }
    return true;
}

static uint8_t *write_varint(uint8_t *to, uint32_t value)
{
    while (value >= 0x80) {
        *to++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *to++ = (uint8_t)value;
    return to;
}

size_t faas_write(const struct work *work, uint8_t *to)
{
    uint8_t *at = to + FRAME;
    size_t length = strlen(work->message);
    *at++ = 1 << 3 | BYTES;
    at = write_varint(at, (uint32_t)length);
    memcpy(at, work->message, length);
    at += length;
    *at++ = 2 << 3 | VARINT;
    at = write_varint(at, work->micros);
    *at++ = 3 << 3 | VARINT;
    at = write_varint(at, work->memory_kb);
    uint32_t size = (uint32_t)(at - to - FRAME);
    to[0] = 0;
    for (int i = 0; i < 4; i++)
        to[1 + i] = (uint8_t)(size >> (24 - 8 * i));
    return (size_t)(at - to);
}

bool number_read(const char *text, size_t size, uint32_t most, uint32_t *to)
{
    uint64_t value = 0;
    if (size == 0 || size > 10)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (!isdigit((unsigned char)text[i]))
            return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *to = (uint32_t)value;
    return value <= most;
}

static bool json_number(const char *text, size_t size, const char *name, uint32_t most, uint32_t *to)
{
    size_t length = strlen(name);
    const char *end = text + size, *at = memmem(text, size, name, length);
    if (!at)
        return true;
    at += length;
    while (at < end && (isspace((unsigned char)*at) || *at == ':'))
        at++;
    const char *digits = at;
    while (at < end && !isspace((unsigned char)*at) && *at != ',' && *at != '}')
        at++;
    return number_read(digits, (size_t)(at - digits), most, to);
}

bool json_read(const char *text, size_t size, struct work *work)
{
    return json_number(text, size, "\"runtime_ms\"", MAX_RUNTIME_MS, &work->runtime_ms) &&
           json_number(text, size, "\"memory_mib\"", MAX_MEMORY_MIB, &work->memory_mib);
}
