-- The verbs that every message passes, by the batch where that was safe: a statement a batch instead of one a row, and each JSON read once.
-- Still by key only. What inserts is set-based, since an insert has one plan, whatever the tables held when it was made; what updates goes
-- on taking a row at a time, since a join is planned once, for an empty table (0006).

-- ── the feed ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Gapless and in the order given: the head stays locked until the commit, so a sequence is seen only after all before it. Once each: under
-- the head's lock nobody else puts anything in, so what is not there now (a probe a row) will not be there before the commit.
create or replace function publish(here text, rows json) returns int language plpgsql as $$
declare
  first bigint;
  put int;
  moment timestamptz;
begin
  insert into feed_head (workspace, next) values (here, 1) on conflict do nothing;
  select next into first from feed_head where workspace = here for update;
  moment := clock_timestamp(); -- under the head's lock: it rises with the sequence
  insert into feed (workspace, sequence, event_id, type, at, event)
    select here, first - 1 + row_number() over (order by fresh.n), fresh.id, fresh.type, moment, fresh.event
    from (
      select distinct on (q.id) q.id, q.type, q.event, q.n
      from rows from (json_to_recordset(rows) as (id uuid, type text, event json)) with ordinality as q (id, type, event, n)
      where (select true from feed f where f.workspace = here and f.event_id = q.id) is null
      order by q.id, q.n
    ) fresh
    order by fresh.n;
  get diagnostics put = row_count;
  update feed_head set next = first + put where workspace = here and put > 0;
  return put;
end $$;

-- ── messages ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Messages with their files, counted on their tickets, and found by the vendor's ids from now on. The first message of an external id keeps
-- it; what we wrote must not be added beside what is known already (an echo and an answer at once).
create or replace function add_messages(here text, rows json) returns void language plpgsql as $$
declare r record;
begin
  for r in
    with q as materialized (
      select * from json_to_recordset(rows) as q (id text, ticket text, conversation text, channel text, account text, direction text, kind text,
        "from" json, "to" json, cc json, subject text, text text, "fullText" text, html text, parts json, "externalId" text, "repliesTo" json,
        automatic text, "sentAt" timestamptz, "receivedAt" timestamptz, state text, raw json, correlation text, attachments json)
    ), added as (
      insert into message (workspace, id, ticket, conversation, channel, account, direction, kind, sender, recipients, cc, subject, text, full_text,
          html, parts, external_id, replies_to, automatic, sent_at, received_at, state, raw, correlation)
        select here, q.id, q.ticket, q.conversation, q.channel, q.account, q.direction, q.kind, q."from", q."to", q.cc, q.subject, q.text, q."fullText",
          q.html, q.parts, q."externalId", array(select json_array_elements_text(q."repliesTo")), q.automatic, q."sentAt", q."receivedAt", q.state,
          q.raw, q.correlation
        from q
    ), files as (
      insert into attachment (workspace, id, message, n, channel, account, name, type, size, sha256, state, blob, at_vendor, live)
        select here, f.file ->> 'id', q.id, f.n, q.channel, q.account, f.file ->> 'name', f.file ->> 'type', (f.file ->> 'size')::bigint,
          f.file ->> 'sha256', f.file ->> 'state', f.file -> 'source' ->> 'blob', f.file -> 'source' ->> 'atVendor', f.file -> 'source' ->> 'live'
        from q cross join lateral json_array_elements(q.attachments) with ordinality as f (file, n)
        on conflict (workspace, id) do update set message = excluded.message, n = excluded.n, channel = excluded.channel, account = excluded.account
          where attachment.message is null -- an upload, used now
        returning 1
    ), named as materialized (
      select distinct on (q.channel, q.account, q."externalId") q.channel, q.account, q."externalId", q.id from q
      where q."externalId" is not null and q.channel is not null
      order by q.channel, q.account, q."externalId", q.direction desc -- of two in one batch, the one that may not stand back
    ), kept as (
      insert into external_ref as e (workspace, channel, account, external_id, message)
        select here, n.channel, n.account, n."externalId", n.id from named n order by n.channel, n.account, n."externalId"
        on conflict (workspace, channel, account, external_id) do update set message = coalesce(e.message, excluded.message)
        returning message
    )
    select q.ticket, count(*) as n, max(q."sentAt") as sent, max(q."receivedAt") as received,
      (select count(*) from files) as files, (select sum(json_array_length(w.attachments)) from q w) as "filesGiven",
      (select count(*) from q w where w.direction = 'out' and w."externalId" is not null and w.channel is not null
        and not (w.id = any (array(select message from kept)))) as taken
    from q group by q.ticket order by q.ticket
  loop
    if r.files <> r."filesGiven" then perform not_as_believed('an uploaded file'); end if;
    if r.taken > 0 then perform not_as_believed('an external id'); end if;
    update ticket t set message_count = t.message_count + r.n, last_message_at = greatest(t.last_message_at, r.sent),
      updated_at = greatest(t.updated_at, r.received)
      where t.workspace = here and t.id = r.ticket;
    if not found then perform not_as_believed('a ticket'); end if;
  end loop;
end $$;
drop function refer(text, json);

-- ── conversations ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
create or replace function change_conversations(here text, rows json) returns void language plpgsql as $$
declare
  r record;
  home record;
begin
  for r in
    select * from rows from (json_to_recordset(rows) as (conversation text, "addKeys" json, "moveKeys" json, party json, vendor json,
      "customerAt" timestamptz, ticket text)) with ordinality
    order by conversation, ordinality
  loop
    update conversation v set
      party = coalesce(r.party, v.party), vendor = coalesce(r.vendor, v.vendor),
      customer_at = greatest(v.customer_at, r."customerAt"), ticket = coalesce(r.ticket, v.ticket)
      where v.workspace = here and v.id = r.conversation
      returning v.channel, v.account into home;
    if not found then perform not_as_believed('a conversation'); end if;
    if r."addKeys" is not null then
      insert into thread_key (workspace, channel, account, key, conversation)
        select here, home.channel, home.account, k, r.conversation from json_array_elements_text(r."addKeys") k
        where (select conversation from thread_key o where o.workspace = here and o.channel = home.channel and o.account = home.account
          and o.key = k) is distinct from r.conversation order by k;
    end if;
    if r."moveKeys" is not null then
      insert into thread_key (workspace, channel, account, key, conversation)
        select here, home.channel, home.account, k, r.conversation from json_array_elements_text(r."moveKeys") k order by k
        on conflict (workspace, channel, account, key) do update set conversation = excluded.conversation;
    end if;
  end loop;
end $$;

-- ── words ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- The same folding, cheaper: `translate` compares every character with three, `lower` and `replace` do not. Lower case knows I and İ; some
-- collations make of İ an i with a dot above it, and ı stays in all. The index is made anew, as what stands in it was folded the old way.
drop index message_words;
create or replace function folded(words text) returns text language sql immutable strict parallel safe set search_path = pg_catalog as $$
  select replace(replace(lower(words), U&'i\0307', 'i'), 'ı', 'i')
$$;
create index message_words on message using gin (to_tsvector('simple', folded(left(text, 4000))));
