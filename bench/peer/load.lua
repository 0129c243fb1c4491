-- wrk's part: every request is a prepared head and body, with an id of its own written in.
local folder, count, prefix = os.getenv("FOLDER"), tonumber(os.getenv("REQUESTS")), os.getenv("PREFIX")
local mark, sent, parts = string.rep("#", 36), 0, {}

local function read(name)
  local file = assert(io.open(folder .. "/" .. name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

function init()
  for number = 0, count - 1 do
    local whole = read(number .. ".head") .. read(number .. ".json")
    local first = assert(whole:find(mark, 1, true))
    local second = assert(whole:find(mark, first + 36, true))
    parts[number] = { whole:sub(1, first - 1), whole:sub(first + 36, second - 1), whole:sub(second + 36) }
  end
end

function request()
  sent = sent + 1
  local id = prefix .. string.rep("0", 36 - #prefix - #tostring(sent)) .. sent
  local part = parts[sent % count]
  return part[1] .. id .. part[2] .. id .. part[3]
end
