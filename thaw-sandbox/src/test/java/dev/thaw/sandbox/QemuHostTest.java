package dev.thaw.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QemuHostTest {
    @TempDir
    Path directory;

    @Test
    void aProcessorWithoutVirtualizationRulesKvmOutWhateverTheDeviceSays() throws Exception {
        assertThat(QemuHost.kvmObstacle(cpu("fpu hypervisor avx2")))
                .get()
                .asString()
                .contains("neither vmx nor svm");
    }

    @Test
    void processorsDifferByFlagsAndModel() throws Exception {
        String fingerprint = cpu("fpu avx2").fingerprint();
        assertThat(cpu("avx2 fpu").fingerprint()).isEqualTo(fingerprint);
        assertThat(cpu("fpu avx2 avx512f").fingerprint()).isNotEqualTo(fingerprint);
        assertThat(fingerprint).startsWith("AuthenticAMD/25/1/");
    }

    private CpuDescription cpu(String flags) throws Exception {
        Path cpuinfo = directory.resolve("cpuinfo");
        Files.writeString(cpuinfo, """
                processor\t: 0
                vendor_id\t: AuthenticAMD
                cpu family\t: 25
                model\t\t: 1
                stepping\t: 1
                flags\t\t: %s

                processor\t: 1
                vendor_id\t: other
                """.formatted(flags));
        return CpuDescription.read(cpuinfo);
    }
}
