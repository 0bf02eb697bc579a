package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.guest.GuestIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the next daemon must know of a VMM that was kept, in a file of its run directory. It is written under another name and renamed, so that it is whole or not there.
 *
 * @param uid the user that the VMM runs as
 * @param quiet whether the guest was silenced before it was left: it waits to be renewed
 * @param note what the owner of the sandbox must know
 */
record KeptRecord(int uid, GuestIdentity identity, boolean quiet, String note) {
    static final String FILE = "kept.json";

    private static final JsonMapper JSON = new JsonMapper();
    private static final int VERSION = 1;

    KeptRecord {
        requireNonNull(identity, "identity is null");
        requireNonNull(note, "note is null");
    }

    KeptRecord silenced() {
        return new KeptRecord(uid, identity, true, note);
    }

    void write(Path directory) throws IOException {
        ObjectNode json = JSON.createObjectNode();
        json.put("version", VERSION);
        json.put("uid", uid);
        json.put("host_name", identity.hostName());
        json.put("machine_id", identity.machineId());
        json.put("boot_id", identity.bootId());
        json.put("quiet", quiet);
        json.put("note", note);
        Path fresh = directory.resolve(FILE + ".new");
        Files.writeString(fresh, JSON.writeValueAsString(json), StandardCharsets.UTF_8);
        Files.move(fresh, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    }

    /** @throws IOException when it is not there, or none of this version */
    static KeptRecord read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        try {
            JsonNode json = JSON.readTree(Files.readString(file, StandardCharsets.UTF_8));
            if (json.path("version").intValue(0) != VERSION) {
                throw new IOException(file + " is of another version.");
            }
            return new KeptRecord(
                    json.path("uid").intValue(),
                    new GuestIdentity(
                            json.path("host_name").stringValue(),
                            json.path("machine_id").stringValue(),
                            json.path("boot_id").stringValue()),
                    json.path("quiet").booleanValue(),
                    json.path("note").stringValue());
        } catch (JacksonException | IllegalArgumentException e) {
            throw new IOException(file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
