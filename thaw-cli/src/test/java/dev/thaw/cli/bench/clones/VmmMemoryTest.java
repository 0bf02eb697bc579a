package dev.thaw.cli.bench.clones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class VmmMemoryTest {
    @Test
    void mappingsAreReadWithTheirDirtyPages() throws Exception {
        List<VmmMemory.Mapping> mappings = VmmMemory.parse(List.of(
                "55d0c0000000-55d0c0200000 rw-p 00000000 00:00 0                          [heap]",
                "Size:               2048 kB",
                "Private_Clean:         4 kB",
                "Private_Dirty:      1024 kB",
                "VmFlags: rd wr mr mw me ac",
                "7f0000000000-7f0010000000 rw-p 00000000 00:2d 7        /run/thaw/x/files/a b-memory",
                "Size:             262144 kB",
                "Private_Dirty:        12 kB"));
        assertThat(mappings)
                .containsExactly(
                        new VmmMemory.Mapping(0x55d0c0000000L, 0x55d0c0200000L, false, 1 << 20),
                        new VmmMemory.Mapping(0x7f0000000000L, 0x7f0010000000L, true, 12 << 10));
        assertThat(mappings.getLast().bytes()).isEqualTo(256L << 20);
    }

    @Test
    void whatIsNoListOfMappingsIsRefused() {
        assertThatThrownBy(() -> VmmMemory.parse(List.of("Private_Dirty:        12 kB")))
                .isInstanceOf(IOException.class);
    }
}
