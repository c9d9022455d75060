#include <stdio.h>

int main(void) {
    int *volatile nowhere = NULL;
    printf("%d\n", *nowhere);
}
