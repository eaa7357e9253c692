-- What a keeper has to send on of a game's talk, and whom it has asked.
--
-- KEYS  1 talk:<game>   2 talk_history:<game>
-- ARGV  none
-- Answer {now (ms), state (JSON), id of the last message that was sent on or '', turn whose speaker was asked or 0,
--         {{id, {'message', JSON}}, …}}; {now} if there is no talk

local time = redis.call('TIME')
local now = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000))
local state, sent, asked = unpack(redis.call('HMGET', KEYS[1], 'state', 'sent', 'asked'))
if not state then return {now} end
local after = (sent and sent ~= '') and '(' .. sent or '-'
return {now, state, sent or '', asked or '0', redis.call('XRANGE', KEYS[2], after, '+')}
