/// A Linux signal's name (`SIGSEGV`); real-time signals by number.
package func signalName(_ signal: Int32) -> String {
    let names = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS",
    ]
    return (1...names.count).contains(Int(signal)) ? "SIG" + names[Int(signal) - 1] : "signal \(signal)"
}
