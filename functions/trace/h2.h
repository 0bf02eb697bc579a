#ifndef TRACE_H2_H
#define TRACE_H2_H

/* Serves a connection that begins with HTTP/2's preface until it ends: gRPC's faas.Executor/Execute, and plain HTTP. */
void h2_serve(int fd);

#endif
