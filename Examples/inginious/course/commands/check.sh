#!/bin/bash
# Says which command did not do what it is there for.
fail() {
    feedback-result crash
    echo "$1" >&2
    exit 1
}

getinput answer > student/answer.py
getinput answer:value | cmp -s - student/answer.py || fail "getinput ID:value"
[ -n "$(getinput answer:filename)" ] || fail "getinput ID:filename"
[ -n "$(getinput @username)" ] || fail "getinput @username"
case $(getinput @username) in
    # As test/again.test was recorded.
    again) about="fr 3 half done again@example.org [0.25, 0.5]" ;;
    *) about="en 1   $(getinput @random)" ;;
esac
[ "$(getinput @lang) $(getinput @attempts) $(getinput @state) $(getinput @email) $(getinput @random)" = "$about" ] ||
    fail "getinput @lang @attempts @state @email @random"
[ "$(getinput @random | tr -cd , | wc -c)" = 1 ] || fail "getinput @random"
[ "$(getinput @random)" = "$(getinput @random)" ] || fail "getinput @random a second time"
getinput none 2> /dev/null && fail "getinput of what is not there"

printf 'def answer():\n@    @answer@@\n' > template.py
parsetemplate --output parsed.py template.py
[ "$(tail -n +2 parsed.py | sed '/^ *$/d')" = "$(sed 's/^/    /' student/answer.py)" ] || fail "parsetemplate"

rst-code -l python -c 'x = 1' | grep -q 'code-block:: python' || fail rst-code
printf png > image.png
rst-image -f png image.png | grep -q 'data:image/png;base64,cG5n' || fail rst-image
rst-msgblock -c warning -t Title -m Body | grep -q 'admonition:: Title' || fail rst-msgblock
[ "$(rst-indent -c ' ' -m a 3)" = "   a" ] || fail rst-indent

code_of() { "$@" > /dev/null 2>&1; echo $?; }
[ "$(code_of run_student sh -c 'exit 7')" = 7 ] || fail "the command's code"
[ "$(code_of run_student --container other true)" = 251 ] || fail "251 unavailable"
[ "$(code_of run_student --memory 30 python3 -c 'print(len(b"x" * (1 << 28)))')" = 252 ] || fail "252 out of memory"
[ "$(code_of run_student --time 0.3 python3 -c 'while True: pass')" = 253 ] || fail "253 timeout"
[ "$(code_of run_student --hard-time 0.3 sleep 30)" = 253 ] || fail "253 hard timeout"
[ "$(echo in | run_student --share-network sh -c 'cat; echo err >&2' 2> errors.txt)" = in ] || fail "streams"
[ "$(cat errors.txt)" = err ] || fail "standard error"
run_student sh -c 'cp ../systemfiles/shown.txt /course/common/student/greeting.txt copied/ 2> /dev/null ||
    { mkdir copied; cp ../systemfiles/shown.txt /course/common/student/greeting.txt copied/; }; echo mine > shared.txt'
[ "$(cat student/shared.txt) $(cat student/copied/shown.txt)" = "mine shown" ] || fail "student/ is shared"
run_student sh -c 'echo forged > ../systemfiles/shown.txt; echo forged > /course/common/student/greeting.txt; true'
grep -q forged systemfiles/shown.txt /course/common/student/greeting.txt && fail "the rest is read-only"
[ "$(code_of run_student cat /task/check.sh)" = 1 ] || fail "nothing else is seen"
run_student --teardown-script 'echo torn > torn.txt' true
[ "$(cat student/torn.txt)" = torn ] || fail "teardown script"

printf 'Hello {{ who }}.' > hello.tpl
feedback-msg-tpl hello who=world
feedback-msg -a -e -m '\nSecond line.'
echo ' From standard input.' | feedback-msg --append
feedback-custom name text
feedback-custom -j data '{"list": [1, true]}'
feedback-state kept
tag first true
tag-set second false
mkdir out
echo log > out/log.txt
archive -o out

printed=$(run_student --time 2 --hard-time 10 --memory 64 python3 answer.py)
case $? in
    0) ;;
    252) feedback-result overflow; exit ;;
    253) feedback-result timeout; exit ;;
    *) feedback-result failed; feedback-grade 10; exit ;;
esac
if [ "$printed" = hi ]; then
    feedback-result success
    feedback-result -i answer success
    feedback-msg -i answer -m right
else
    feedback-result failed
    feedback-result -i answer failed
    feedback-grade 25
fi
