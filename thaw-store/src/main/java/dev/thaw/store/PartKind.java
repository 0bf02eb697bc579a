package dev.thaw.store;

import java.util.Locale;

/** What a part of a snapshot is. */
public enum PartKind {
    /** The guest's memory: mostly zero, as large as the guest's memory. */
    MEMORY(PartForm.SPARSE),
    /** What the sandbox says of its devices: small, opaque. */
    STATE(PartForm.PLAIN),
    /** The root file system, an EROFS image; shared between the snapshots of one image. */
    ROOTFS(PartForm.PLAIN);

    private final PartForm form;

    PartKind(PartForm form) {
        this.form = form;
    }

    /** How its bytes are stored. */
    public PartForm form() {
        return form;
    }

    /** As it stands in documents and folder names. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
