program hello;
uses sysutils, math;
begin
  writeln('hello');
end.
