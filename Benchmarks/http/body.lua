-- The 4 KiB job that the JSON endpoint decodes.
local tests = {}
for number = 1, 40 do
    tests[number] = string.format('{"input":"line %d of input\\n","output":"%d\\n","points":%d.5}', number, number * 7, number)
end
local source = string.rep('print(int(input()) * 7)\\n', 60)
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"language":"python","source":"' .. source .. '","tests":[' .. table.concat(tests, ",")
    .. '],"limits":{"cpu":1000,"memory":262144}}'
