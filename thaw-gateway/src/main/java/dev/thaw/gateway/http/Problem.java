package dev.thaw.gateway.http;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.text.Json;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import tools.jackson.databind.node.ObjectNode;

/**
 * An error as a problem document (RFC 9457). {@code instance} is the URI of what the problem is about: an instance of a function where
 * one is to blame, else the request's path.
 *
 * @param name the last part of the type's URN, as {@code unknown-function}
 * @param detail for people: what was wrong and what to do
 * @param members further members, as {@code function}
 * @param retryAfterSeconds the header {@code Retry-After}
 */
public record Problem(
        int status,
        String name,
        String title,
        String detail,
        Map<String, String> members,
        OptionalInt retryAfterSeconds) {
    public static final String MEDIA_TYPE = "application/problem+json";

    public Problem {
        requireNonNull(name, "name is null");
        requireNonNull(title, "title is null");
        requireNonNull(detail, "detail is null");
        members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
        requireNonNull(retryAfterSeconds, "retryAfterSeconds is null");
    }

    public static Problem of(int status, String name, String title, String detail) {
        return new Problem(status, name, title, detail, Map.of(), OptionalInt.empty());
    }

    public static Problem badRequest(String detail) {
        return of(400, "bad-request", "The request cannot be understood", detail);
    }

    public static Problem notFound(String detail) {
        return of(404, "not-found", "There is nothing here", detail);
    }

    public Problem with(String member, String value) {
        Map<String, String> more = new LinkedHashMap<>(members);
        more.put(member, value);
        return new Problem(status, name, title, detail, more, retryAfterSeconds);
    }

    public Problem retryAfter(int seconds) {
        return new Problem(status, name, title, detail, members, OptionalInt.of(seconds));
    }

    public ProblemException asException() {
        return new ProblemException(this);
    }

    /** The document; {@code path} is the request's. */
    public ObjectNode json(String path) {
        ObjectNode json = Json.object();
        json.put("type", "urn:thaw:problem:" + name);
        json.put("title", title);
        json.put("status", status);
        json.put("detail", detail);
        json.put("instance", path);
        members.forEach(json::put);
        return json;
    }
}
