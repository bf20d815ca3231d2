-- Words are found however their i is written: Turkish has İ and ı beside I and i, and what one keyboard types is not what another did.
-- Lower case alone keeps them apart ("KADIKÖY" is "kadiköy" in lower case, not "kadıköy").
create function folded(words text) returns text language sql immutable strict parallel safe set search_path = pg_catalog as $$
  select lower(translate(words, 'İIı', 'iii'))
$$;
grant execute on function folded(text) to inlet_desk, inlet_loops;

drop index message_words;
create index message_words on message using gin (to_tsvector('simple', folded(left(text, 4000))));
create or replace function message_tickets(words text) returns setof text
language sql stable security definer set search_path = inlet, pg_temp as $$
  select distinct m.ticket from message m
  where m.workspace = current_setting('inlet.workspace', true)
    and to_tsvector('simple', folded(left(m.text, 4000))) @@ plainto_tsquery('simple', folded(words))
$$;
