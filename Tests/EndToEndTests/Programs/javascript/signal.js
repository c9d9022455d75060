process.kill(process.pid, "SIGSEGV");
setTimeout(() => {}, 5000);
