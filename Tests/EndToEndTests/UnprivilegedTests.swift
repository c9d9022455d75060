import Foundation
import Glibc
import Testing

/// Without root, sandboxes are made in user namespaces. What cannot be enforced there is refused unless it is accepted,
/// and never kept quiet.
@Suite(.enabled("only root can become somebody else") { AssayServer.isPossible }, .serialized)
struct UnprivilegedTests {
    private let user = OrdinaryUser(id: 61_234)

    // MARK: refused

    @Test func aProgramIsRefusedAndToldWhichLimits() async throws {
        let result = try await user.run("echo ran\n", [])
        #expect(result.status != 0 && !result.output.contains("ran"))
        #expect(result.errors.contains("cannot enforce memory limits, process limits, CPU time limits"), "\(result)")
        #expect(result.errors.contains("native.accept-unenforced") && result.errors.contains("assay doctor"))
    }

    @Test func whatWasNotAcceptedIsStillRefused() async throws {
        let result = try await user.run("echo ran\n", ["--set", "native.accept-unenforced=memory,processes"])
        #expect(result.status != 0 && !result.output.contains("ran"))
        #expect(result.errors.contains("cannot enforce CPU time limits"), "\(result)")
    }

    @Test func theNativeBackendSaysWhatItLacks() async throws {
        let result = try await user.assay(["backends"])
        let line = try #require(result.output.split(separator: "\n").first { $0.hasPrefix("native") })
        #expect(result.status == 0)
        #expect(line.contains("memory limits are not enforced, refuses programs"), "\(line)")
        #expect(line.contains("rootless") && !line.contains("layers") && !line.contains("net:egress"), "\(line)")
    }

    @Test func doctorNamesEveryLimitAndTheRemedy() async throws {
        let refused = try await user.assay(["doctor"])
        #expect(refused.status == 1)
        for limit in ["memory limits", "process limits", "CPU time limits"] {
            let line = refused.output.split(separator: "\n").first { $0.contains("backend native: \(limit)") }
            #expect(line?.hasPrefix("FAILED") == true && line?.contains("programs are refused") == true, "\(limit)")
        }
        #expect(refused.output.contains("Delegate=yes"))
        #expect(refused.output.contains("sandboxes share this user of the host"))
        let accepted = try await user.assay(["doctor"] + OrdinaryUser.acceptingAll)
        let line = accepted.output.split(separator: "\n").first { $0.contains("backend native: memory limits") }
        #expect(line?.hasPrefix("warning") == true && line?.contains("not enforced, as accepted") == true)
    }

    @Test func aSettingThatNamesNoLimitIsRefused() async throws {
        let result = try await user.assay(["doctor", "--set", "native.accept-unenforced=disk"])
        #expect(result.status != 0 && result.errors.contains("memory, processes, cpu-time"), "\(result)")
    }

    // MARK: accepted

    private static let hellos = [
        ("main.sh", "echo hello world\n"), ("main.py", "print('hello world')\n"),
        ("main.c", "#include <stdio.h>\nint main(void) { puts(\"hello world\"); }\n"),
    ]

    @Test(arguments: hellos) func aProgramRunsAndTheReportSaysWhatWasNotEnforced(name: String, source: String)
        async throws
    {
        let result = try await user.run(source, as: name)
        #expect(result.status == 0 && result.output == "hello world\n", "\(result)")
        #expect(result.errors.contains("limits not enforced: memory, processes, cpu-time"), "\(result)")
        let json = try await user.run(source, as: name, OrdinaryUser.acceptingAll + ["--json"])
        #expect(json.output.contains("\"unenforced\":[\"memory\",\"processes\",\"cpu-time\"]"), "\(json)")
    }

    @Test func aProgramSeesNothingOfTheHost() async throws {
        try await withScratchDirectory { directory in
            chmod(directory, 0o755)
            try "secret".write(toFile: directory + "/secret", atomically: true, encoding: .utf8)
            let result = try await user.run(
                """
                cd /proc && echo processes: [0-9]*; cd
                grep -c . /proc/self/mountinfo >/dev/null; grep -q ' /proc/sys' /proc/self/mountinfo && echo host proc
                cat \(directory)/secret /etc/shadow /proc/1/environ /proc/1/mem 2>/dev/null
                for file in /x /usr/x /etc/x /dev/x /proc/x; do (echo x > $file) 2>/dev/null && echo wrote $file; done
                (exec 3<>/dev/tcp/127.0.0.1/22) 2>&1 | grep -om1 'not supported'
                unshare -U true 2>/dev/null && echo namespace; mount -t tmpfs x /tmp 2>/dev/null && echo mount
                prlimit --pid 1 --cpu=0 2>/dev/null && echo limited
                kill -9 1; kill -STOP 1
                echo kept > kept; cat kept; grep Cap /proc/self/status | grep -v 0000000000000000; id -u
                """)
            #expect(result.status == 0, "\(result)")
            let lines = result.output.split(separator: "\n")
            let count = lines.first?.split(separator: " ").count ?? 0
            #expect(lines.first?.hasPrefix("processes:") == true && count <= 4, "\(lines)")
            #expect(lines.dropFirst() == ["not supported", "kept", "1000"], "\(lines)")
        }
    }

    @Test func timeIsLimited() async throws {
        let busy = try await user.run(
            "while True: pass\n", as: "main.py", OrdinaryUser.acceptingAll + ["--cpu", "1s", "--wall", "20s"])
        #expect(busy.status == 1 && busy.errors.contains("cpu time"), "\(busy)")
        // A program that does not hear that its time is over.
        let deaf = try await user.run(
            "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass\n", as: "main.py",
            OrdinaryUser.acceptingAll + ["--cpu", "1s", "--wall", "20s"])
        #expect(deaf.status == 1 && deaf.errors.contains("cpu time"), "\(deaf)")
        let within = try await user.run(
            "import time\nwhile time.process_time() < 0.8: pass\nprint('done')\n", as: "main.py",
            OrdinaryUser.acceptingAll + ["--cpu", "1s", "--wall", "20s"])
        #expect(within.status == 0 && within.output == "done\n", "\(within)")
        let idle = try await user.run("sleep 30\n", OrdinaryUser.acceptingAll + ["--wall", "1s"])
        #expect(idle.status == 1 && idle.errors.contains("wall time"), "\(idle)")
    }

    @Test func memoryOfOneProcessIsLimited() async throws {
        let limit = OrdinaryUser.acceptingAll + ["--memory", "100MiB"]
        let much = try await user.run("x = bytearray(120 << 20)\nprint('had it')\n", as: "main.py", limit)
        #expect(much.status == 1 && much.errors.contains("MemoryError"), "\(much)")
        let fits = try await user.run("x = bytearray(60 << 20)\nprint('had it')\n", as: "main.py", limit)
        #expect(fits.status == 0 && fits.output == "had it\n", "\(fits)")
    }

    @Test func processesOfASandboxAreLimited() async throws {
        // The default is 64, the program itself among them.
        let result = try await user.run(ForkCount.source, as: "main.py")
        #expect(result.output == "63\n", "\(result)")
    }

    @Test func outputIsLimited() async throws {
        let result = try await user.run("exec yes\n", OrdinaryUser.acceptingAll)
        #expect(result.status == 1 && result.errors.lowercased().contains("output"), "\(result.errors)")
    }

    @Test func networksOfOtherMachinesAreRefusedByName() async throws {
        let result = try await user.assay(["backends", "--set", "egress=192.0.2.0/24:443"])
        let line = try #require(result.output.split(separator: "\n").first { $0.hasPrefix("native") })
        #expect(line.contains("net:loopback") && !line.contains("net:egress"), "\(line)")
    }

    // MARK: what is left

    @Test func aForkBombIsEndedAndNothingIsLeft() async throws {
        let mounts = OrdinaryUser.mounts
        let result = try await user.run(
            "bomb() { bomb | bomb & bomb; }\nbomb\nsleep 60\n", OrdinaryUser.acceptingAll + ["--wall", "3s"])
        #expect(result.status == 1, "\(result.errors.suffix(500))")
        try await expectNothingIsLeft(since: mounts)
        // A neighbour that comes next has its whole number of processes.
        let next = try await user.run("for i in $(seq 20); do sleep 0.2 & done; wait; echo done\n")
        #expect(next.output == "done\n", "\(next)")
    }

    @Test func aServiceThatIsKilledLeavesNothing() async throws {
        let mounts = OrdinaryUser.mounts
        try await withScratchDirectory { directory in
            chmod(directory, 0o755)
            try FileManager.default.createDirectory(atPath: directory + "/data", withIntermediateDirectories: true)
            chown(directory + "/data", user.id, user.id)
            let server = try await AssayServer(
                directory: directory, settings: ["native.accept-unenforced=memory,processes,cpu-time"],
                environment: user.prefix)
            let report = try await server.grade([
                "language": "bash", "files": ["main.sh": "id -u; echo 42"],
                "tests": [["expected_stdout": "1000\n42\n"]],
            ])
            #expect(report["verdict"] == "accepted" && report["unenforced"] == ["memory", "processes", "cpu-time"])
            #expect(!user.processes.isEmpty)
            await server.kill()
        }
        try await expectNothingIsLeft(since: mounts)
    }

    private func expectNothingIsLeft(since mounts: [Substring]) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while !user.processes.isEmpty, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(50)) }
        // Without a process, and with nothing mounted, its namespaces are gone too.
        #expect(user.processes == [])
        #expect(OrdinaryUser.mounts == mounts)
    }

    // MARK: users

    /// With ranges in /etc/subuid and /etc/subgid, which this test shows to its own processes only.
    @Test func sandboxesHaveUsersOfTheirOwnWhereTheHostHasSome() async throws {
        try await withScratchDirectory { directory in
            chmod(directory, 0o755)
            let (ranges, accounts) = (directory + "/ranges", directory + "/passwd")
            try "ordinary:3000000:65536\n".write(toFile: ranges, atomically: true, encoding: .utf8)
            let known = try String(contentsOfFile: "/etc/passwd", encoding: .utf8)
            try (known + "ordinary:x:\(user.id):\(user.id)::/:/bin/sh\n")
                .write(toFile: accounts, atomically: true, encoding: .utf8)
            let script = """
                mount --bind \(ranges) /etc/subuid && mount --bind \(ranges) /etc/subgid \
                && mount --bind \(accounts) /etc/passwd && exec "$@"
                """
            let before = ["unshare", "--mount", "sh", "-ec", script, "sh"]
            let doctor = try await user.assay(["doctor"] + OrdinaryUser.acceptingAll, before: before)
            #expect(!doctor.output.contains("sandboxes share this user"), "\(doctor.output)")
            let result = try await user.run(
                "kill -9 1 2>/dev/null || echo not mine\nid -u\ncut -b 12-20 /proc/self/uid_map | tr -d ' '\n",
                before: before)
            #expect(result.status == 0 && result.output.hasPrefix("not mine\n1000\n"), "\(result)")
        }
    }
}
