/**
 * What the highlighter knows of each language: words, comments, strings. Not a parser: a wrong colour is the worst
 * that can come of it.
 */

const words = (list) => new Set(list.trim().split(/\s+/));

const C_STRINGS = [{ open: '"', close: '"' }, { open: "'", close: "'" }];
const C_COMMENTS = { line: ["//"], blocks: [{ open: "/*", close: "*/", kind: "comment" }] };

const C_WORDS = `auto break case const continue default do else enum extern for goto if inline register restrict return
  sizeof static struct switch typedef union volatile while`;
const C_TYPES = `void char short int long float double signed unsigned bool size_t ssize_t int8_t int16_t int32_t int64_t
  uint8_t uint16_t uint32_t uint64_t FILE NULL true false`;

/** A grammar by name; `extensions` and `names` say which files and languages it is for. */
const GRAMMARS = [
  { names: ["c"], extensions: ["c", "h"], ...C_COMMENTS, strings: C_STRINGS, keywords: words(C_WORDS), types: words(C_TYPES), preprocessor: true },
  {
    names: ["cpp", "c++"], extensions: ["cpp", "cc", "cxx", "hpp", "hh"], ...C_COMMENTS, strings: C_STRINGS, preprocessor: true,
    keywords: words(`${C_WORDS} alignas alignof catch class concept consteval constexpr constinit co_await co_return co_yield decltype
      delete explicit export final friend mutable namespace new noexcept operator override private protected public requires
      static_assert static_cast dynamic_cast reinterpret_cast const_cast template this throw try typename using virtual`),
    types: words(`${C_TYPES} string vector map set unordered_map unordered_set pair tuple optional array deque queue stack
      nullptr wchar_t std cin cout cerr endl`),
  },
  {
    names: ["java"], extensions: ["java"], line: ["//"],
    blocks: [{ open: "/*", close: "*/", kind: "comment" }, { open: '"""', close: '"""', kind: "string" }], strings: C_STRINGS,
    keywords: words(`abstract assert break case catch class const continue default do else enum extends final finally for goto if
      implements import instanceof interface native new package permits private protected public record return sealed static
      strictfp super switch synchronized this throw throws transient try var volatile while yield`),
    types: words(`boolean byte char double float int long short void String Integer Long Double List Map Set Object System Scanner
      true false null`),
  },
  {
    names: ["kotlin"], extensions: ["kt", "kts"], line: ["//"],
    blocks: [{ open: "/*", close: "*/", kind: "comment" }, { open: '"""', close: '"""', kind: "string" }], strings: C_STRINGS,
    keywords: words(`as break by class companion continue data do else enum final for fun get if import in inline interface internal
      is lateinit object open operator override package private protected public return sealed set super suspend this throw try
      typealias val var vararg when where while`),
    types: words("Int Long Double Float Boolean String Char Unit List Map Set true false null println readLine"),
  },
  {
    names: ["scala"], extensions: ["scala"], line: ["//"],
    blocks: [{ open: "/*", close: "*/", kind: "comment" }, { open: '"""', close: '"""', kind: "string" }], strings: [{ open: '"', close: '"' }],
    keywords: words(`abstract case catch class def do else enum extends final finally for given if implicit import lazy match new
      object override package private protected return sealed super then this throw trait try type using val var while with yield`),
    types: words("Int Long Double Boolean String Char Unit List Map Set Option true false null println"),
  },
  {
    names: ["csharp", "c#"], extensions: ["cs"], ...C_COMMENTS, strings: C_STRINGS, preprocessor: true,
    keywords: words(`abstract as async await base break case catch checked class const continue default delegate do else enum event
      explicit extern finally fixed for foreach goto if implicit in interface internal is lock namespace new operator out override
      params private protected public readonly record ref return sealed sizeof static struct switch this throw try typeof unsafe
      using var virtual volatile while yield`),
    types: words("bool byte char decimal double float int long object sbyte short string uint ulong ushort void Console true false null"),
  },
  {
    names: ["python3", "python", "pypy3"], extensions: ["py"], line: ["#"],
    blocks: [{ open: '"""', close: '"""', kind: "string" }, { open: "'''", close: "'''", kind: "string" }], strings: C_STRINGS,
    keywords: words(`and as assert async await break case class continue def del elif else except finally for from global if import
      in is lambda match nonlocal not or pass raise return try while with yield`),
    types: words(`True False None self int float str bytes bool list dict set tuple range len print input open sum min max map
      filter zip sorted enumerate abs any all isinstance super`),
  },
  {
    names: ["javascript", "nodejs", "typescript", "node"], extensions: ["js", "mjs", "cjs", "ts"], line: ["//"],
    blocks: [{ open: "/*", close: "*/", kind: "comment" }, { open: "`", close: "`", kind: "string" }], strings: C_STRINGS,
    keywords: words(`async await break case catch class const continue debugger default delete do else enum export extends finally
      for from function get if implements import in instanceof interface let new of private protected public readonly return set
      static super switch this throw try type typeof var void while with yield`),
    types: words(`true false null undefined NaN Infinity Array Map Set Object String Number Boolean Promise Math JSON console process
      string number boolean any unknown never`),
  },
  {
    names: ["rust"], extensions: ["rs"], ...C_COMMENTS, strings: [{ open: '"', close: '"' }],
    keywords: words(`as async await break const continue crate dyn else enum extern fn for if impl in let loop match mod move mut pub
      ref return self Self static struct super trait type unsafe use where while`),
    types: words(`bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize String Vec Option Result Some None Ok Err
      Box HashMap true false println`),
  },
  {
    names: ["go", "golang"], extensions: ["go"], line: ["//"],
    blocks: [{ open: "/*", close: "*/", kind: "comment" }, { open: "`", close: "`", kind: "string", raw: true }], strings: C_STRINGS,
    keywords: words(`break case chan const continue default defer else fallthrough for func go goto if import interface map package
      range return select struct switch type var`),
    types: words(`bool byte complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16 uint32
      uint64 uintptr append cap close copy delete len make new panic print println recover true false nil iota fmt`),
  },
  {
    names: ["swift"], extensions: ["swift"], line: ["//"],
    blocks: [{ open: "/*", close: "*/", kind: "comment" }, { open: '"""', close: '"""', kind: "string" }], strings: [{ open: '"', close: '"' }],
    keywords: words(`actor any as associatedtype async await break case catch class continue default defer deinit do else enum
      extension fallthrough fileprivate final for func guard if import in init inout internal is lazy let mutating nonisolated
      open operator override package private protocol public repeat rethrows return self Self some static struct subscript super
      switch throw throws try typealias var weak where while`),
    types: words("Int Double Float Bool String Character Array Dictionary Set Optional Void true false nil print readLine"),
  },
  {
    names: ["haskell"], extensions: ["hs"], line: ["--"], blocks: [{ open: "{-", close: "-}", kind: "comment" }], strings: [{ open: '"', close: '"' }],
    keywords: words(`case class data default deriving do else foreign if import in infix infixl infixr instance let module newtype of
      then type where qualified as hiding`),
    types: words("Int Integer Double Float Bool Char String Maybe Just Nothing Either Left Right IO True False main print putStrLn map"),
  },
  {
    names: ["ocaml"], extensions: ["ml", "mli"], line: [], blocks: [{ open: "(*", close: "*)", kind: "comment" }], strings: [{ open: '"', close: '"' }],
    keywords: words(`and as assert begin class constraint do done downto else end exception external for fun function functor if in
      include inherit initializer lazy let match method module mutable new object of open or private rec sig struct then to try
      type val virtual when while with`),
    types: words("int float bool char string unit list array option Some None true false"),
  },
  {
    names: ["pascal"], extensions: ["pas", "pp"], line: ["//"], ignoreCase: true,
    blocks: [{ open: "{", close: "}", kind: "comment" }, { open: "(*", close: "*)", kind: "comment" }], strings: [{ open: "'", close: "'", raw: true }],
    keywords: words(`and array begin case const div do downto else end file for function goto if in label mod not of or packed
      procedure program record repeat set shl shr string then to type unit until uses var while with xor`),
    types: words("integer longint int64 real double boolean char string true false nil write writeln read readln"),
  },
  {
    names: ["fortran"], extensions: ["f90", "f95", "f03", "f"], line: ["!"], blocks: [], strings: C_STRINGS, ignoreCase: true,
    keywords: words(`allocate call case contains cycle deallocate do else elseif end enddo endif exit function if implicit in intent
      interface module none only out print program read recursive result return select subroutine then type use where while write`),
    types: words("integer real double precision complex logical character parameter dimension allocatable"),
  },
  {
    names: ["ruby"], extensions: ["rb"], line: ["#"], blocks: [{ open: "=begin", close: "=end", kind: "comment" }], strings: C_STRINGS,
    keywords: words(`alias and begin break case class def defined? do else elsif end ensure for if in module next not or redo rescue
      retry return self super then undef unless until when while yield`),
    types: words("true false nil puts print gets require attr_accessor Array Hash String Integer Float"),
  },
  {
    names: ["perl"], extensions: ["pl", "pm"], line: ["#"], blocks: [{ open: "=pod", close: "=cut", kind: "comment" }], strings: C_STRINGS,
    keywords: words(`and cmp continue do else elsif eq for foreach ge gt if last le lt my ne next no not or our package redo require
      return sub unless until use while xor`),
    types: words("print printf push pop shift unshift split join map grep sort keys values scalar chomp defined die strict warnings"),
  },
  {
    names: ["php"], extensions: ["php"], line: ["//", "#"], blocks: [{ open: "/*", close: "*/", kind: "comment" }], strings: C_STRINGS,
    keywords: words(`abstract and array as break case catch class clone const continue declare default do echo else elseif enum
      extends final finally fn for foreach function global if implements include instanceof interface match namespace new or
      print private protected public readonly require return static switch throw trait try use var while xor yield`),
    types: words("int float string bool void true false null fgets STDIN strlen count"),
  },
  {
    names: ["lua"], extensions: ["lua"], line: ["--"], blocks: [{ open: "--[[", close: "]]", kind: "comment" }, { open: "[[", close: "]]", kind: "string", raw: true }], strings: C_STRINGS,
    keywords: words("and break do else elseif end for function goto if in local not or repeat return then until while"),
    types: words("true false nil print io string table math ipairs pairs tonumber tostring require"),
  },
  {
    names: ["prolog"], extensions: ["pro", "plg"], line: ["%"], blocks: [{ open: "/*", close: "*/", kind: "comment" }], strings: C_STRINGS,
    keywords: words("is mod rem not dynamic discontiguous initialization module use_module"),
    types: words("write writeln nl read format append member length findall halt true fail assert retract"),
  },
  {
    names: ["r"], extensions: ["r", "R"], line: ["#"], blocks: [], strings: C_STRINGS,
    keywords: words("break else for function if in next repeat return while"),
    types: words("TRUE FALSE NULL NA NaN Inf c cat print length sum mean list matrix readLines"),
  },
  {
    names: ["bash", "sh", "shell"], extensions: ["sh", "bash"], line: ["#"], blocks: [], strings: [{ open: '"', close: '"' }, { open: "'", close: "'", raw: true }],
    keywords: words("case do done elif else esac fi for function if in local return select then until while export declare"),
    types: words("echo printf read test cd exit set shift source true false"),
  },
  {
    names: ["sql", "sqlite"], extensions: ["sql"], line: ["--"], blocks: [{ open: "/*", close: "*/", kind: "comment" }], strings: [{ open: "'", close: "'", raw: true }], ignoreCase: true,
    keywords: words(`add all alter and as asc begin between by case check commit constraint create cross default delete desc distinct
      drop else end exists foreign from full group having in index inner insert into is join key left like limit not null on or
      order outer primary references returning right rollback select set table then transaction union unique update using values
      view when where with`),
    types: words("integer int text real blob varchar boolean date timestamp count sum avg min max"),
  },
  {
    names: ["assembly", "nasm", "asm"], extensions: ["asm", "s", "S"], line: [";", "#"], blocks: [], strings: C_STRINGS,
    keywords: words("mov push pop call ret jmp je jne jl jg jle jge cmp test add sub mul imul div idiv inc dec lea xor and or not shl shr syscall int"),
    types: words("section global extern db dw dd dq resb rax rbx rcx rdx rsi rdi rsp rbp eax ebx ecx edx"),
  },
  {
    names: ["lisp", "scheme", "clojure", "racket"], extensions: ["lisp", "scm", "clj", "rkt"], line: [";"], blocks: [{ open: "#|", close: "|#", kind: "comment" }], strings: [{ open: '"', close: '"' }],
    keywords: words("define defun defn let let* letrec lambda fn if cond case do loop begin set! quote defmacro progn"),
    types: words("car cdr cons list map display newline print format nil t true false"),
  },
  {
    names: ["erlang"], extensions: ["erl"], line: ["%"], blocks: [], strings: C_STRINGS,
    keywords: words("after and andalso begin case catch cond div end fun if let not of or orelse receive rem try when xor"),
    types: words("true false ok error io lists module export"),
  },
  {
    names: ["elixir"], extensions: ["ex", "exs"], line: ["#"], blocks: [{ open: '"""', close: '"""', kind: "string" }], strings: C_STRINGS,
    keywords: words("after and case catch cond def defmodule defp do else end fn for if import in not or receive rescue unless use when with"),
    types: words("true false nil IO Enum String Map List"),
  },
  { names: ["json"], extensions: ["json"], line: [], blocks: [], strings: [{ open: '"', close: '"' }], keywords: words("true false null"), types: new Set() },
  { names: ["yaml"], extensions: ["yaml", "yml"], line: ["#"], blocks: [], strings: C_STRINGS, keywords: words("true false null"), types: new Set() },
];

/** The grammar for a file: by its ending, else by its language; undefined for plain text. */
export function grammarFor(path, language) {
  const named = GRAMMARS.find((grammar) => grammar.names.includes(language));
  const extension = /\.([^./]+)$/.exec(path ?? "")?.[1];
  if (named?.extensions.includes(extension)) return named;
  return GRAMMARS.find((grammar) => grammar.extensions.includes(extension)) ?? (extension ? undefined : named);
}
