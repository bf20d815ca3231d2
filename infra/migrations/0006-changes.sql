-- What the verbs do to rows that exist: one call for a batch, and inside it one key at a time. A join over a batch would be planned once, while
-- the table is small, and then read all of a large one (measured: 22,000 buffers instead of 4); a key alone has only one plan.
-- All run as the caller, under row security; the workspace is said as well. "Not as believed" is a serialization failure: decide again.

-- Instants inside JSON, as the rest of the house writes them.
create function instant(at timestamptz) returns text language sql stable parallel safe
  return to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

create function not_as_believed(what text) returns void language plpgsql as $$
begin
  raise exception '% is not as it was believed to be', what using errcode = 'serialization_failure';
end $$;

-- The order of core/rules/revision.ts: digits as numbers, before everything else.
create function is_newer(a text, b text) returns boolean language sql immutable as $$
  select case
    when a ~ '^[0-9]+$' and b ~ '^[0-9]+$' then a::numeric > b::numeric
    when a <> '' and b <> '' and (a ~ '^[0-9]+$') <> (b ~ '^[0-9]+$') then b ~ '^[0-9]+$'
    else a collate "C" > b collate "C"
  end
$$;

-- The moves of core/rules/reply-state.ts, and those of deliver and of people back to the queue: whoever read a state without a lock must not
-- turn it back.
create function reply_moves(was text, becomes text) returns boolean language sql immutable as $$
  select becomes = any (case was
    when 'queued' then array['sending', 'cancelled', 'sent', 'delivered', 'read']
    when 'sending' then array['queued', 'unsure', 'failed', 'sent', 'delivered', 'read']
    when 'unsure' then array['queued', 'failed', 'cancelled', 'sent', 'delivered', 'read']
    when 'sent' then array['delivered', 'read', 'failed']
    when 'delivered' then array['read']
    when 'failed' then array['queued']
    else array[]::text[]
  end)
$$;

create function change_contacts(here text, rows json) returns void language plpgsql as $$
declare r record;
begin
  for r in select * from rows from (json_to_recordset(rows) as (contact text, set json, "addKeys" json)) with ordinality order by contact, ordinality loop
    update contact c set
      name = case when r.set -> 'name' is null then c.name else r.set ->> 'name' end,
      address = case when r.set -> 'address' is null then c.address else r.set ->> 'address' end,
      version = c.version + 1, updated_at = now()
      where c.workspace = here and c.id = r.contact and c.merged_into is null;
    if not found then perform not_as_believed('a contact'); end if;
    insert into contact_key (workspace, key, contact)
      select here, k, r.contact from json_array_elements_text(r."addKeys") k
      where (select contact from contact_key o where o.workspace = here and o.key = k) is distinct from r.contact order by k;
    if found then -- only now, so that nothing is written that did not change
      update contact c set keys = array(select distinct k from unnest(c.keys || array(select json_array_elements_text(r."addKeys"))) k order by k)
        where c.workspace = here and c.id = r.contact;
    end if;
  end loop;
end $$;

create function merge_contacts(here text, rows json) returns void language plpgsql as $$
declare r record;
begin
  for r in select * from json_to_recordset(rows) as q (stays text, gone text) loop
    update contact c set keys = array(select distinct k from contact g cross join unnest(c.keys || g.keys) k
        where g.workspace = here and g.id = r.gone order by k), version = c.version + 1, updated_at = now()
      where c.workspace = here and c.id = r.stays and c.merged_into is null;
    if not found then perform not_as_believed('a contact that stays'); end if;
    update contact c set merged_into = r.stays, keys = '{}', version = c.version + 1, updated_at = now()
      where c.workspace = here and c.id = r.gone and c.merged_into is null;
    if not found then perform not_as_believed('a contact that is merged'); end if;
    update contact c set merged_into = r.stays where c.workspace = here and c.merged_into = r.gone; -- one step to follow, never two
    update contact_key k set contact = r.stays where k.workspace = here and k.contact = r.gone;
    update conversation v set contact = r.stays where v.workspace = here and v.contact = r.gone;
    update ticket t set contact = r.stays where t.workspace = here and t.contact = r.gone;
  end loop;
end $$;

create function change_conversations(here text, rows json) returns void language plpgsql as $$
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
    insert into thread_key (workspace, channel, account, key, conversation)
      select here, home.channel, home.account, k, r.conversation from json_array_elements_text(r."addKeys") k
      where (select conversation from thread_key o where o.workspace = here and o.channel = home.channel and o.account = home.account
        and o.key = k) is distinct from r.conversation order by k;
    insert into thread_key (workspace, channel, account, key, conversation)
      select here, home.channel, home.account, k, r.conversation from json_array_elements_text(r."moveKeys") k order by k
      on conflict (workspace, channel, account, key) do update set conversation = excluded.conversation;
  end loop;
end $$;

create function change_tickets(here text, rows json) returns void language plpgsql as $$
declare r record;
begin
  for r in
    select * from rows from (json_to_recordset(rows) as (ticket text, set json, category text, at timestamptz, "ifVersion" int)) with ordinality
    order by ticket, ordinality
  loop
    update ticket t set
      status = coalesce(r.set ->> 'status', t.status),
      category = coalesce(r.category, t.category),
      priority = coalesce(r.set ->> 'priority', t.priority),
      type = case when r.set -> 'type' is null then t.type else r.set ->> 'type' end,
      topic = case when r.set -> 'topic' is null then t.topic else r.set ->> 'topic' end,
      tags = case when r.set -> 'tags' is null then t.tags else array(select json_array_elements_text(r.set -> 'tags')) end,
      language = case when r.set -> 'language' is null then t.language else r.set ->> 'language' end,
      assignee = case when r.set -> 'assignee' is null then t.assignee else r.set ->> 'assignee' end,
      team = case when r.set -> 'group' is null then t.team else r.set ->> 'group' end,
      subject = case when r.set -> 'subject' is null then t.subject else r.set ->> 'subject' end,
      brand = case when r.set -> 'brand' is null then t.brand else r.set ->> 'brand' end,
      resolved_at = case when r.set -> 'resolvedAt' is null then t.resolved_at else (r.set ->> 'resolvedAt')::timestamptz end,
      updated_at = greatest(t.updated_at, r.at),
      version = t.version + 1
      where t.workspace = here and t.id = r.ticket and (r."ifVersion" is null or t.version = r."ifVersion");
    if not found then perform not_as_believed('a ticket'); end if;
  end loop;
end $$;

-- Messages with their files, counted on their tickets, and found by the vendor's ids from now on.
create function add_messages(here text, rows json) returns void language plpgsql as $$
declare
  r record;
  files int;
begin
  insert into message (workspace, id, ticket, conversation, channel, account, direction, kind, sender, recipients, cc, subject, text, full_text,
      html, parts, external_id, replies_to, automatic, sent_at, received_at, state, raw, correlation)
    select here, q.id, q.ticket, q.conversation, q.channel, q.account, q.direction, q.kind, q."from", q."to", q.cc, q.subject, q.text, q."fullText",
      q.html, q.parts, q."externalId", array(select json_array_elements_text(q."repliesTo")), q.automatic, q."sentAt", q."receivedAt", q.state,
      q.raw, q.correlation
    from json_to_recordset(rows) as q (id text, ticket text, conversation text, channel text, account text, direction text, kind text, "from" json,
      "to" json, cc json, subject text, text text, "fullText" text, html text, parts json, "externalId" text, "repliesTo" json, automatic text,
      "sentAt" timestamptz, "receivedAt" timestamptz, state text, raw json, correlation text);
  insert into attachment (workspace, id, message, n, channel, account, name, type, size, sha256, state, blob, at_vendor, live)
    select here, f.file ->> 'id', q.id, f.n, q.channel, q.account, f.file ->> 'name', f.file ->> 'type', (f.file ->> 'size')::bigint,
      f.file ->> 'sha256', f.file ->> 'state', f.file -> 'source' ->> 'blob', f.file -> 'source' ->> 'atVendor', f.file -> 'source' ->> 'live'
    from json_to_recordset(rows) as q (id text, channel text, account text, attachments json)
    cross join lateral json_array_elements(q.attachments) with ordinality as f (file, n)
    on conflict (workspace, id) do update set message = excluded.message, n = excluded.n, channel = excluded.channel, account = excluded.account
      where attachment.message is null; -- an upload, used now
  get diagnostics files = row_count;
  if files <> (select sum(json_array_length(q.attachments)) from json_to_recordset(rows) as q (attachments json)) then
    perform not_as_believed('an uploaded file');
  end if;
  for r in
    select q.ticket, count(*) as n, max(q."sentAt") as sent, max(q."receivedAt") as received
    from json_to_recordset(rows) as q (ticket text, "sentAt" timestamptz, "receivedAt" timestamptz) group by q.ticket order by q.ticket
  loop
    update ticket t set message_count = t.message_count + r.n, last_message_at = greatest(t.last_message_at, r.sent),
      updated_at = greatest(t.updated_at, r.received)
      where t.workspace = here and t.id = r.ticket;
    if not found then perform not_as_believed('a ticket'); end if;
  end loop;
  perform refer(here, rows);
end $$;

-- The first message of an external id keeps it; what we wrote must not be added beside what is known already (an echo and an answer at once).
create function refer(here text, rows json) returns void language plpgsql as $$
declare
  r record;
  kept text;
begin
  for r in
    select * from json_to_recordset(rows) as q (id text, channel text, account text, "externalId" text, direction text)
    where q."externalId" is not null and q.channel is not null order by q.channel, q.account, q."externalId"
  loop
    insert into external_ref as e (workspace, channel, account, external_id, message)
      values (here, r.channel, r.account, r."externalId", r.id)
      on conflict (workspace, channel, account, external_id) do update set message = coalesce(e.message, excluded.message)
      returning message into kept;
    if kept <> r.id and r.direction = 'out' then perform not_as_believed('an external id'); end if;
  end loop;
end $$;

create function change_messages(here text, rows json) returns void language plpgsql as $$
declare r record;
begin
  for r in
    select * from rows from (json_to_recordset(rows) as (message text, edit json, "deletedRevision" text, react json, "addFiles" json)) with ordinality
    order by message, ordinality
  loop
    if r.edit is not null then -- a correction of what stands carries its revision, so an equal one is taken
      update message m set text = r.edit ->> 'text', full_text = r.edit ->> 'fullText', html = r.edit ->> 'html', parts = r.edit -> 'parts',
        text_revision = r.edit ->> 'revision'
        where m.workspace = here and m.id = r.message and m.deleted_revision is null and not is_newer(m.text_revision, r.edit ->> 'revision');
    end if;
    if r."addFiles" is not null then
      insert into attachment (workspace, id, message, n, channel, account, name, type, size, sha256, state, blob, at_vendor, live)
        select here, f.file ->> 'id', m.id, (select count(*) from attachment a where a.workspace = here and a.message = m.id) + f.n, m.channel, m.account,
          f.file ->> 'name', f.file ->> 'type', (f.file ->> 'size')::bigint, f.file ->> 'sha256', f.file ->> 'state', f.file -> 'source' ->> 'blob',
          f.file -> 'source' ->> 'atVendor', f.file -> 'source' ->> 'live'
        from message m cross join lateral json_array_elements(r."addFiles") with ordinality as f (file, n)
        where m.workspace = here and m.id = r.message
        on conflict (workspace, id) do nothing;
    end if;
    if r."deletedRevision" is not null then
      update message m set text = '', full_text = null, html = null, parts = '[]', text_revision = '', deleted_revision = r."deletedRevision"
        where m.workspace = here and m.id = r.message and m.deleted_revision is null;
    end if;
    if r.react is not null then
      -- A reaction taken back stays as a mark, so that an older one that comes later does not bring it back.
      update message m set reactions = (
          select coalesce(json_agg(x), '[]') from (
            select x from json_array_elements(m.reactions) x where x ->> 'by' <> r.react ->> 'by' union all select r.react) as kept (x))
        where m.workspace = here and m.id = r.message and not exists (
          select 1 from json_array_elements(m.reactions) x
          where x ->> 'by' = r.react ->> 'by' and not is_newer(r.react ->> 'revision', x ->> 'revision'));
    end if;
  end loop;
end $$;

create function await_targets(here text, rows json) returns void language plpgsql as $$
declare
  r record;
  known text;
begin
  for r in
    select * from rows from (json_to_recordset(rows) as (channel text, account text, "externalId" text, fact json)) with ordinality
    order by channel, account, "externalId", ordinality
  loop
    insert into external_ref as e (workspace, channel, account, external_id, waiting)
      values (here, r.channel, r.account, r."externalId", json_build_array(r.fact))
      on conflict (workspace, channel, account, external_id) do update set waiting = (
        select json_agg(x) from (
          select x from json_array_elements(e.waiting) x where x ->> 'id' <> r.fact ->> 'id' union all select r.fact) as kept (x))
      returning message into known;
    if known is not null then perform not_as_believed('an external id'); end if;
  end loop;
end $$;

create function forget_waiting(here text, rows json) returns void language plpgsql as $$
declare r record;
begin
  for r in
    select * from rows from (json_to_recordset(rows) as (channel text, account text, "externalId" text)) with ordinality
    order by channel, account, "externalId", ordinality
  loop
    update external_ref e set waiting = '[]'
      where e.workspace = here and e.channel = r.channel and e.account = r.account and e.external_id = r."externalId";
  end loop;
end $$;

-- A state only moves forward here, whatever the caller had read: deliver and receipts work side by side.
create function change_replies(here text, rows json) returns void language plpgsql as $$
declare
  r record;
  it record;
begin
  for r in
    select * from rows from (json_to_recordset(rows) as (reply text, state text, "ifState" text, "externalId" text, "setCode" boolean, code text, "setWhy" boolean, why text,
      at timestamptz)) with ordinality
    order by reply, ordinality
  loop
    if r."ifState" is not null then -- held first and looked at then: a delivery that begins now waits, one that began is seen
      perform from reply p where p.workspace = here and p.id = r.reply for update;
      perform from reply p where p.workspace = here and p.id = r.reply and p.state <> r."ifState";
      if found then perform not_as_believed('a reply'); end if;
    end if;
    update reply p set
      state = case when reply_moves(p.state, r.state) then r.state else p.state end,
      external_id = case -- sent again after it failed, it has another id at the vendor now
        when p.state in ('sent', 'delivered', 'read') then coalesce(p.external_id, r."externalId") else coalesce(r."externalId", p.external_id) end,
      code = case when r."setCode" and (p.state = r.state or reply_moves(p.state, r.state)) then r.code else p.code end,
      why = case when r."setWhy" and (p.state = r.state or reply_moves(p.state, r.state)) then r.why else p.why end,
      sent_at = case when r.state in ('sent', 'delivered', 'read') then coalesce(p.sent_at, r.at) else p.sent_at end,
      not_before = case when r.state = 'queued' then '-infinity' else p.not_before end,
      -- asked for again by a person: its age and its tries begin anew
      queued_at = case when r.state = 'queued' and p.state in ('unsure', 'failed') then r.at else p.queued_at end,
      tried_before = case when r.state = 'queued' and p.state in ('unsure', 'failed') then p.attempt else p.tried_before end,
      updated_at = greatest(p.updated_at, r.at)
      where p.workspace = here and p.id = r.reply
      returning p.message, p.channel, p.account, p.state, p.external_id into it;
    if not found then perform not_as_believed('a reply'); end if;
    update message m set state = it.state, external_id = coalesce(it.external_id, m.external_id) where m.workspace = here and m.id = it.message;
    if r."externalId" is not null then
      -- Ours is the message that receipts and edits mean, whoever told of it first.
      insert into external_ref as e (workspace, channel, account, external_id, message)
        values (here, it.channel, it.account, r."externalId", it.message)
        on conflict (workspace, channel, account, external_id) do update set message = excluded.message where e.message is distinct from excluded.message;
    end if;
  end loop;
end $$;

create function forget_wakes(here text, rows json) returns void language plpgsql as $$
declare r record;
begin
  for r in
    select * from rows from (json_to_recordset(rows) as (kind text, subject text)) with ordinality order by kind, subject, ordinality
  loop
    delete from wakeup w where w.workspace = here and w.kind = r.kind and w.subject = r.subject;
  end loop;
end $$;

-- Gapless and in the order given: the head stays locked until the commit, so a sequence is seen only after all before it. Once each.
create function publish(here text, rows json) returns int language plpgsql as $$
declare
  r record;
  at_next bigint;
  first bigint;
begin
  insert into feed_head (workspace, next) values (here, 1) on conflict do nothing;
  select next into first from feed_head where workspace = here for update;
  at_next := first;
  for r in select * from rows from (json_to_recordset(rows) as (id uuid, type text, event json)) with ordinality as q (id, type, event, n) order by n loop
    insert into feed (workspace, sequence, event_id, type, at, event) -- the time under the head's lock: it rises with the sequence
      values (here, at_next, r.id, r.type, clock_timestamp(), r.event)
      on conflict (workspace, event_id) do nothing;
    if found then at_next := at_next + 1; end if;
  end loop;
  update feed_head set next = at_next where workspace = here and at_next > first;
  return at_next - first;
end $$;
