#pragma once
static long long square(long long number) { return number * number; }
