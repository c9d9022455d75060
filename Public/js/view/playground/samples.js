/** A first program in each language, which adds two numbers; by the language's name. */
export const SAMPLES = {
  python3: `# Reads two numbers and prints their sum.
a, b = map(int, input().split())
print(a + b)
`,
  c: `#include <stdio.h>

int main(void) {
    long a, b;
    if (scanf("%ld %ld", &a, &b) != 2) return 1;
    printf("%ld\\n", a + b);
}
`,
  cpp: `#include <iostream>

int main() {
    long a, b;
    std::cin >> a >> b;
    std::cout << a + b << '\\n';
}
`,
  java: `import java.util.Scanner;

public class Main {
    public static void main(String[] arguments) {
        Scanner input = new Scanner(System.in);
        System.out.println(input.nextLong() + input.nextLong());
    }
}
`,
  javascript: `const [a, b] = require("fs").readFileSync(0, "utf8").split(" ").map(Number);
console.log(a + b);
`,
  rust: `use std::io;

fn main() {
    let mut line = String::new();
    io::stdin().read_line(&mut line).unwrap();
    let sum: i64 = line.split_whitespace().map(|word| word.parse::<i64>().unwrap()).sum();
    println!("{sum}");
}
`,
  go: `package main

import "fmt"

func main() {
	var a, b int
	fmt.Scan(&a, &b)
	fmt.Println(a + b)
}
`,
  bash: `read -r a b
echo $((a + b))
`,
  ruby: `a, b = gets.split.map(&:to_i)
puts a + b
`,
  perl: `my ($a, $b) = split ' ', <STDIN>;
print $a + $b, "\\n";
`,
  lua: `local a, b = io.read("n", "n")
print(a + b)
`,
  haskell: `main :: IO ()
main = interact $ \\text -> show (sum (map read (words text) :: [Integer])) ++ "\\n"
`,
  ocaml: `let () = Scanf.scanf " %d %d" (fun a b -> Printf.printf "%d\\n" (a + b))
`,
  pascal: `program Sum;
var a, b: int64;
begin
  readln(a, b);
  writeln(a + b);
end.
`,
  php: `<?php
[$a, $b] = explode(' ', fgets(STDIN));
echo $a + $b, "\\n";
`,
  swift: `let numbers = readLine()!.split(separator: " ").map { Int($0)! }
print(numbers.reduce(0, +))
`,
  fortran: `program main
  integer(8) :: a, b
  read *, a, b
  print "(i0)", a + b
end program
`,
  octave: `numbers = fscanf(stdin, "%d");
printf("%d\\n", sum(numbers));
`,
  prolog: `main :-
    read_line_to_string(user_input, Line),
    split_string(Line, " ", "", Words),
    maplist([Number, Word]>>number_string(Number, Word), Numbers, Words),
    sum_list(Numbers, Sum),
    writeln(Sum).
`,
};
