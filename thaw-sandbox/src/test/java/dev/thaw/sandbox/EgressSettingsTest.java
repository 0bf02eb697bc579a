package dev.thaw.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EgressSettingsTest {
    @TempDir
    Path folder;

    @Test
    void takesTheFirstNameServersThatAGuestCouldReach() throws Exception {
        Path stub = Files.writeString(folder.resolve("stub"), "# local\nnameserver 127.0.0.53\nsearch example.test\n");
        Path real = Files.writeString(
                folder.resolve("real"),
                "nameserver fd00::53\nnameserver 192.0.2.1\nnameserver\t192.0.2.2\nnameserver 1.1.1.1\nnameserver 8.8.8.8\n");
        assertThat(EgressSettings.ofHost(List.of(stub, folder.resolve("none"), real)))
                .containsExactly("192.0.2.1", "192.0.2.2", "1.1.1.1");
        assertThat(EgressSettings.ofHost(List.of(stub))).isEmpty();
    }

    @Test
    void readsLists() {
        assertThat(EgressSettings.nameservers(" 192.0.2.1,192.0.2.2 ")).containsExactly("192.0.2.1", "192.0.2.2");
        assertThat(EgressSettings.networks("203.0.113.0/24, 198.51.100.7"))
                .containsExactly("203.0.113.0/24", "198.51.100.7");
        assertThat(EgressSettings.networks("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"example.test", "1.2.3", "1.2.3.256", "1.2.3.4/24", "127.0.0.53", "::1", "1.2.3.4; drop"})
    void refusesWhatIsNoNameServer(String text) {
        assertThatThrownBy(() -> EgressSettings.nameservers(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.2.3.4/33", "1.2.3.4/", "1.2.3/8", "fd00::/8", "0.0.0.0/0 } }"})
    void refusesWhatIsNoNetwork(String text) {
        assertThatThrownBy(() -> EgressSettings.networks(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Not an IPv4 network");
    }

    @Test
    void rulesNameWhatIsDenied() {
        EgressSettings settings = new EgressSettings(List.of("10.1.1.1"), List.of("203.0.113.0/24"));
        String guest = EgressRules.guest(settings, List.of("198.51.100.5"));
        assertThat(guest)
                .contains("169.254.0.0/16", "203.0.113.0/24", "198.51.100.5", "policy drop")
                .containsSubsequence("ip daddr { 10.1.1.1 } udp dport 53 accept", "ip daddr @denied reject", "accept");
        assertThat(EgressRules.host("t", settings, false)).doesNotContain("chain others");
        assertThat(EgressRules.host("t", settings, true)).contains("chain others { drop; }", "203.0.113.0/24");
        assertThat(EgressRules.guest(new EgressSettings(List.of(), List.of()), List.of()))
                .doesNotContain("dnat");
    }
}
