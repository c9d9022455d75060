console.log("hello");
process.exitCode = 7;
