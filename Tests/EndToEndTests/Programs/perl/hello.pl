use strict; use warnings; use List::Util qw(sum); print "hello\n";
