#include <stdio.h>

int main(void) {
    int n, d;
    if (scanf("%d", &n) != 1) return 1;
    for (d = n - 1; n % d != 0; d--) {}
    printf("%d\n", d);
    return 0;
}
