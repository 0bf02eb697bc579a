/* What is asked: faas.FaasRequest and faas.FaasReply on the wire, and the same in JSON. */
#ifndef TRACE_FAAS_H
#define TRACE_FAAS_H

#include "work.h"

/* Reads a gRPC message (five bytes of frame, then FaasRequest); false when it is none. */
bool faas_read(const uint8_t *bytes, size_t size, struct work *work);

/* Writes a gRPC message with a FaasReply; returns its length. `to` must hold 160 bytes. */
size_t faas_write(const struct work *work, uint8_t *to);

/* A whole number in decimal digits from 0 to `most`; false when it is none. */
bool number_read(const char *text, size_t size, uint32_t most, uint32_t *to);

/* Takes "runtime_ms" and "memory_mib" out of a JSON object; false when one of them is not a whole number in range. */
bool json_read(const char *text, size_t size, struct work *work);

#endif
