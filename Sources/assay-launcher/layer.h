#pragma once

/// Runs a program that may change its root, and keeps what it changed: see layer.c. Ends with the program's exit code.
_Noreturn void layer_main(int count, char **arguments);
