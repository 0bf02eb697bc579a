package dev.thaw.lazy;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** Against the offsets of the kernel's structures, in memory that was dirty. */
class FuseBodiesTest {
    private final MemorySegment body = Arena.ofAuto().allocate(512, 8).fill((byte) 0x55);

    @Test
    void entry() {
        assertThat(FuseBodies.entry(body, 17, 10_000)).isEqualTo(128);
        assertThat(body.get(JAVA_LONG, 0)).isEqualTo(17);
        assertThat(body.get(JAVA_LONG, 8)).isZero(); // generation
        assertThat(body.get(JAVA_LONG, 40)).isEqualTo(17); // attr.ino
        assertThat(body.get(JAVA_LONG, 48)).isEqualTo(10_000); // attr.size
        assertThat(body.get(JAVA_LONG, 56)).isEqualTo(20); // attr.blocks
        assertThat(body.get(JAVA_INT, 100)).isEqualTo(0100400); // attr.mode
        assertThat(body.get(JAVA_INT, 104)).isEqualTo(1); // attr.nlink
        assertThat(body.get(JAVA_INT, 120)).isEqualTo(4096); // attr.blksize
    }

    @Test
    void attributes() {
        assertThat(FuseBodies.rootAttributes(body)).isEqualTo(104);
        assertThat(body.get(JAVA_LONG, 16)).isEqualTo(1);
        assertThat(body.get(JAVA_INT, 76)).isEqualTo(0040700);
        assertThat(FuseBodies.fileAttributes(body, 9, 5)).isEqualTo(104);
        assertThat(body.get(JAVA_LONG, 24)).isEqualTo(5);
    }

    @Test
    void init() {
        var init = new FuseRequest.Init(1, 7, 45, 128 << 10, -1, -1);
        assertThat(FuseBodies.init(body, init, 64 << 10)).isEqualTo(64);
        assertThat(body.get(JAVA_INT, 4)).isEqualTo(40);
        assertThat(body.get(JAVA_INT, 8)).isEqualTo(64 << 10);
        assertThat(body.get(JAVA_INT, 12)).isEqualTo(1 | 1 << 18 | 1 << 22 | 1 << 30);
        assertThat(body.get(JAVA_SHORT, 28)).isEqualTo((short) 256);
        assertThat(body.get(JAVA_INT, 32)).isEqualTo(1 << 7);
        FuseBodies.init(body, new FuseRequest.Init(1, 7, 31, 4096, 0, 0), 64 << 10);
        assertThat(body.get(JAVA_INT, 4)).isEqualTo(31);
        assertThat(body.get(JAVA_INT, 8)).isEqualTo(4096);
        assertThat(body.get(JAVA_INT, 12)).isZero();
    }

    @Test
    void openAndStatFs() {
        assertThat(FuseBodies.open(body, 4)).isEqualTo(16);
        assertThat(body.get(JAVA_LONG, 0)).isEqualTo(4);
        assertThat(body.get(JAVA_INT, 8)).isEqualTo(1 << 1 | 1 << 5);
        assertThat(FuseBodies.statFs(body, 1 << 20, 3)).isEqualTo(80);
        assertThat(body.get(JAVA_LONG, 0)).isEqualTo(256);
        assertThat(body.get(JAVA_INT, 44)).isEqualTo(255);
    }
}
