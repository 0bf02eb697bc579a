/* Looks words up in a list of 200,000 that it reads and sorts when it starts: memory of a C program with data of its own. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http.h"

enum { MOST_WORDS = 1 << 20, WORD_BYTES = 128 };

static char *words[MOST_WORDS];
static size_t count;

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool read_list(const char *path)
{
    char line[WORD_BYTES];
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    while (count < MOST_WORDS && fgets(line, sizeof line, file))
        if (!(words[count++] = strdup(line)))
            return false;
    bool whole = feof(file);
    fclose(file);
    qsort(words, count, sizeof *words, compare);
    return whole;
}

/* The first word that is not before ?from=. */
static const char *look_up(const char *from)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(words[middle], from) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count ? words[low] : "no more\n";
}

static bool handle(struct connection *c)
{
    char scratch[4096], from[WORD_BYTES];
    long n;
    while ((n = http_read_body(c, scratch, sizeof scratch)) > 0)
        ;
    if (n < 0)
        return false;
    const char *word = look_up(http_query(c, "from", from, sizeof from) ? from : "word-1");
    return http_answer(c, 200, "text/plain", word, strlen(word));
}

int main(void)
{
    const char *port = getenv("PORT");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(port ? atoi(port) : 8080))};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    static struct connection c;
    if (!read_list("/app/list")) {
        perror("cannot read /app/list");
        return 1;
    }
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1024) != 0) {
        perror("cannot listen");
        return 1;
    }
    for (;;) {
        memset(&c, 0, sizeof c);
        c.fd = accept(listener, NULL, NULL);
        if (c.fd < 0)
            continue;
        while (http_read_head(&c) == 1 && handle(&c) && c.keep_alive)
            ;
        close(c.fd);
    }
}
