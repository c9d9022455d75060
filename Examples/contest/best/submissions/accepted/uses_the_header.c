#include <stdio.h>
#include "square.h"

int main(void) {
    long long number;
    if (scanf("%lld", &number) != 1) return 1;
    printf("%lld\n", square(number));
}
