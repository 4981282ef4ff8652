-- SPDX-License-Identifier: ISC
--
-- The domains that rspamd finds in values of From, each of which is preceded
-- by its length and a line end: a line for each.

local util = require "rspamd_util"
local mempool = require "rspamd_mempool"

local input = assert(io.open(arg[1], "rb"))
while true do
	local length = input:read("*l")
	if not length then
		break
	end
	local value = ""
	if tonumber(length) > 0 then
		value = input:read(tonumber(length))
	end
	local pool = mempool.create()
	local found = {}
	for _, address in ipairs(util.parse_mail_address(value, pool, 1024) or
	    {}) do
		found[#found + 1] = (address.domain or ""):gsub("[\t\n]", "")
	end
	io.write(table.concat(found, "\t"), "\n")
	pool:destroy()
end
