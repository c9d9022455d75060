#!/bin/bash
# Runs once, as root, before the first submission. Without a network here; `apt-get install` and `pip install` need the
# setting `setup.network`.
set -e
dpkg-deb --build package /tmp/teachers-numbers.deb
dpkg -i /tmp/teachers-numbers.deb
python3 -c 'import teachers_numbers; print(*teachers_numbers.numbers())' > /autograder/numbers.txt
