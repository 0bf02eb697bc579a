package dev.thaw.cli;

import dev.thaw.gateway.ConfigKey;
import dev.thaw.gateway.DaemonConfig;
import dev.thaw.gateway.text.Json;
import dev.thaw.guest.GuestKernel;
import dev.thaw.guest.GuestKernels;
import dev.thaw.lazy.LazySupport;
import dev.thaw.sandbox.HostCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "doctor",
        description =
                "Say what this host can do for Thaw, and what is missing for what. Exit code 1 when functions cannot run.",
        footer = {"", "Example:", "  thaw doctor"})
final class DoctorCommand implements Callable<Integer> {
    @Mixin
    private final Output output = new Output();

    /**
     * One thing that was looked at.
     *
     * @param needed whether nothing runs without it
     * @param purpose what it is for
     */
    record Finding(String what, boolean good, boolean needed, String purpose, String detail) {}

    @Override
    public Integer call() {
        List<Finding> findings = examine();
        boolean works = findings.stream().allMatch(finding -> finding.good() || !finding.needed());
        if (output.json()) {
            output.print(json(findings, works));
        } else {
            Table table = new Table("WHAT", "STATE", "FOR", "DETAIL");
            findings.forEach(finding -> table.row(
                    finding.what(),
                    finding.good() ? "ok" : finding.needed() ? "missing" : "absent",
                    finding.purpose(),
                    finding.detail()));
            output.print(table);
            output.print(
                    works ? "Functions can run here." : "Functions cannot run here until what is missing is there.");
        }
        return works ? 0 : 1;
    }

    private static ObjectNode json(List<Finding> findings, boolean works) {
        ObjectNode json = Json.object();
        json.put("works", works);
        ArrayNode array = json.putArray("findings");
        findings.forEach(finding -> {
            ObjectNode one = array.addObject();
            one.put("what", finding.what());
            one.put("ok", finding.good());
            one.put("needed", finding.needed());
            one.put("for", finding.purpose());
            one.put("detail", finding.detail());
        });
        return json;
    }

    private static List<Finding> examine() {
        List<Finding> findings = new ArrayList<>();
        HostCheck host = HostCheck.run();
        findings.add(new Finding(
                "qemu",
                host.qemuProblem().isEmpty(),
                true,
                "microVMs",
                host.qemuProblem()
                        .orElseGet(() -> host.qemu().map(Path::toString).orElse("") + " "
                                + host.qemuVersion().orElse(""))));
        findings.add(new Finding(
                "kvm",
                host.kvmObstacle().isEmpty(),
                false,
                "fast guests",
                host.kvmObstacle().map(why -> why + "; guests are emulated").orElse("guests run under KVM")));
        findings.add(kernel());
        findings.add(program("fusermount3", "fusermount3", false, "mounting FUSE file systems as a user", "fuse3"));
        findings.add(program("nft", "nft", false, "functions with --egress internet", "nftables"));
        findings.add(file("tun", "/dev/net/tun", "functions with --egress internet", "modprobe tun"));
        findings.add(program("make", "make", false, "building from source", "make"));
        findings.add(program("musl-gcc", "musl-gcc", false, "building from source", "musl-tools"));
        findings.add(fuse());
        findings.add(file(
                "userfaultfd", "/dev/userfaultfd", "serving guest memory lazily", "a kernel with CONFIG_USERFAULTFD"));
        findings.add(file(
                "cgroups",
                "/sys/fs/cgroup/cgroup.controllers",
                "limits on VMMs beyond their own",
                "cgroup version 2 mounted at /sys/fs/cgroup"));
        boolean root = "root".equals(System.getProperty("user.name"));
        findings.add(new Finding(
                "root",
                root,
                false,
                "a user of its own for each VMM",
                root
                        ? "running as root"
                        : "running as " + System.getProperty("user.name") + ": VMMs run as this user"));
        return findings;
    }

    private static Finding fuse() {
        LazySupport support = LazySupport.check();
        return new Finding(
                "fuse",
                support.obstacle().isEmpty(),
                false,
                "reading images lazily",
                support.obstacle()
                        .map(why -> why + "; whole images are used")
                        .orElse(
                                support.repeatsRequests()
                                        ? "a mount could be made"
                                        : "a mount could be made; reads under way do not survive a daemon before Linux 6.9"));
    }

    private static Finding kernel() {
        Path software =
                DaemonConfig.parse(Map.of(ConfigKey.DATA.key(), "/nonexistent")).software();
        try {
            GuestKernel kernel = new GuestKernels(software.resolve("kernels")).newest();
            return new Finding(
                    "guest kernel", true, true, "booting guests", kernel.release() + " (" + kernel.version() + ")");
        } catch (IOException e) {
            return new Finding("guest kernel", false, true, "booting guests", String.valueOf(e.getMessage()));
        }
    }

    private static Finding program(String what, String program, boolean needed, String purpose, String debianPackage) {
        boolean there = HostFiles.hasProgram(program);
        return new Finding(
                what,
                there,
                needed,
                purpose,
                there ? program + " is installed" : "on Debian: apt-get install " + debianPackage);
    }

    private static Finding file(String what, String path, String purpose, String remedy) {
        boolean there = Files.exists(Path.of(path));
        return new Finding(what, there, false, purpose, there ? path : path + " is missing: it needs " + remedy);
    }
}
