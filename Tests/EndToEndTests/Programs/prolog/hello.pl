main :- write(hello), nl.
