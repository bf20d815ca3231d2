-- Finding tickets by the words of their messages. Row security keeps an index from being used by an operator that might tell of rows
-- before the policy has judged them (`@@` is such a one), so the search runs as the tables' owner and takes the workspace from the setting.
create function message_tickets(words text) returns setof text
language sql stable security definer set search_path = inlet, pg_temp as $$
  select distinct m.ticket from message m
  where m.workspace = current_setting('inlet.workspace', true)
    and to_tsvector('simple', left(m.text, 4000)) @@ plainto_tsquery('simple', words)
$$;
grant execute on function message_tickets(text) to inlet_desk;

-- Where the bytes of a message lie, by the raw's own id. For the same reason not through the policy: `->>` is no leakproof function.
create index message_raw on message (workspace, (raw ->> 'id')) where raw is not null;
create function message_raw_of(wanted text) returns json
language sql stable security definer set search_path = inlet, pg_temp as $$
  select m.raw from message m
  where m.workspace = current_setting('inlet.workspace', true) and m.raw is not null and m.raw ->> 'id' = wanted limit 1
$$;
grant execute on function message_raw_of(text) to inlet_desk;
