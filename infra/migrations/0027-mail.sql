-- What long messages cost a table that grows: a mail has two thousand letters where a chat has forty.

-- Of the words of messages nothing needs to be known: they are always looked up in their index. To know it, each look at the statistics of the
-- table made words of 3,000 messages once more (and of 30,000 where autovacuum looks), a second of the server for a table of 1,500 mails.
alter index message_words alter column 1 set statistics 0;

-- The same folding, written so that the planner puts it in place of the call: it was called for each message that is written, and for each
-- name that a list compares. Its words are bound to what they mean when it is made, so it needs no search path of its own.
create or replace function folded(words text) returns text language sql immutable strict parallel safe
  return pg_catalog.replace(pg_catalog.replace(pg_catalog.lower(words), U&'i\0307', 'i'), 'ı', 'i');
