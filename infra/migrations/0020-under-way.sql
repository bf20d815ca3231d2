-- An echo without our key may prove a reply under way of its account that stands in another conversation: asked at every such echo, so it may
-- not look through all replies that wait. In the place of the index of those being sent, which this one serves as well.
create index reply_under_way on reply (workspace, channel, account) where state in ('sending', 'unsure');
drop index reply_sending;
