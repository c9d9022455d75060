#include <stdio.h>

int main(int count, char **arguments) {
    long long answer, printed;
    FILE *file = count > 2 ? fopen(arguments[2], "r") : NULL;
    if (file == NULL || fscanf(file, "%lld", &answer) != 1) return 1;
    return scanf("%lld", &printed) == 1 && printed == answer ? 42 : 43;
}
