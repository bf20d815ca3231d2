-- What the migrations add up to. Written from the database by `npm run describe`; never run, only read.

create sequence inlet.ticket_number as bigint increment 1 minvalue 1 start 1;

CREATE OR REPLACE FUNCTION inlet.account_way()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into wakeup (workspace, kind, subject, id, due_at)
    values (new.workspace, 'assign_account', new.channel || '/' || new.id || '/' || new.version,
      'wak_' || replace(gen_random_uuid()::text, '-', ''), now())
    on conflict do nothing;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION inlet.add_messages(here text, rows json)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
end $function$;
grant execute on function inlet.add_messages(here text, rows json) to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.await_targets(here text, rows json)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
end $function$;
grant execute on function inlet.await_targets(here text, rows json) to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.blobs_in_use(here text, refs text[], readers text[])
 RETURNS SETOF text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
  select r from unnest(refs) r
  where exists (select from attachment a where a.workspace = here and a.blob = r)
    or exists (select from message m where m.workspace = here and m.html = r)
    or exists (select from message m where m.workspace = here and m.full_text = r)
    or exists (select from log_raw l where l.workspace = here and l.blob = r)
    or exists (select from unnest(readers) g cross join lateral log_lag(g) behind where behind.oldest_seconds > 23 * 3600)
  union
  select m[1] from parked p cross join lateral regexp_matches(p.event::text, 'sha256:[0-9a-f]{64}', 'g') m
  where p.workspace = here and m[1] = any (refs)
  union
  select m[1] from external_ref e cross join lateral regexp_matches(e.waiting::text, 'sha256:[0-9a-f]{64}', 'g') m
  where e.workspace = here and e.message is null and m[1] = any (refs)
$function$;
grant execute on function inlet.blobs_in_use(here text, refs text[], readers text[]) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.change_contacts(here text, rows json)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare r record;
begin
  for r in select * from rows from (json_to_recordset(rows) as (contact text, set json, "addKeys" json)) with ordinality order by contact, ordinality loop
    update contact c set
      name = case when r.set -> 'name' is null then c.name else r.set ->> 'name' end,
      address = case when r.set -> 'address' is null then c.address else r.set ->> 'address' end,
      language = case when r.set -> 'language' is null then c.language else r.set ->> 'language' end,
      stops = coalesce(r.set -> 'stops', c.stops),
      is_blocked = coalesce((r.set ->> 'isBlocked')::boolean, c.is_blocked),
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
end $function$;
grant execute on function inlet.change_contacts(here text, rows json) to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.change_conversations(here text, rows json)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
end $function$;
grant execute on function inlet.change_conversations(here text, rows json) to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.change_messages(here text, rows json)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare r record;
begin
  for r in
    select * from rows from (json_to_recordset(rows) as (message text, edit json, "deletedRevision" text, react json, "addFiles" json,
      "setReplaced" boolean, "replacedBy" text)) with ordinality
    order by message, ordinality
  loop
    if r.edit is not null then -- a correction of what stands carries its revision, so an equal one is taken
      update message m set text = r.edit ->> 'text', full_text = r.edit ->> 'fullText', html = r.edit ->> 'html', parts = r.edit -> 'parts',
        text_revision = r.edit ->> 'revision'
        where m.workspace = here and m.id = r.message and m.deleted_revision is null and not is_newer(m.text_revision, r.edit ->> 'revision');
    end if;
    if r."setReplaced" then
      update message m set replaced_by = r."replacedBy" where m.workspace = here and m.id = r.message;
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
end $function$;
grant execute on function inlet.change_messages(here text, rows json) to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.change_replies(here text, rows json)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
end $function$;
grant execute on function inlet.change_replies(here text, rows json) to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.change_tickets(here text, rows json)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare r record;
begin
  for r in
    select * from rows from (json_to_recordset(rows) as (ticket text, set jsonb, category text, at timestamptz, "ifVersion" int)) with ordinality
    order by ticket, ordinality
  loop
    update ticket t set
      status = coalesce(r.set ->> 'status', t.status),
      custom_status = case -- a status that is set without a name of theirs has none
        when r.set ? 'customStatus' or r.set ? 'status' then r.set ->> 'customStatus' else t.custom_status end,
      category = coalesce(r.category, t.category),
      priority = coalesce(r.set ->> 'priority', t.priority),
      type = case when r.set ? 'type' then r.set ->> 'type' else t.type end,
      topic = case when r.set ? 'topic' then r.set ->> 'topic' else t.topic end,
      tags = case when r.set ? 'tags' then array(select jsonb_array_elements_text(r.set -> 'tags')) else t.tags end,
      folders = case when r.set ? 'folders' then array(select jsonb_array_elements_text(r.set -> 'folders')) else t.folders end,
      language = case when r.set ? 'language' then r.set ->> 'language' else t.language end,
      assignee = case when r.set ? 'assignee' then r.set ->> 'assignee' else t.assignee end,
      assigned_at = case when r.set ? 'assignedAt' then (r.set ->> 'assignedAt')::timestamptz else t.assigned_at end,
      team = case when r.set ? 'group' then r.set ->> 'group' else t.team end,
      subject = case when r.set ? 'subject' then r.set ->> 'subject' else t.subject end,
      brand = case when r.set ? 'brand' then r.set ->> 'brand' else t.brand end,
      resolved_at = case when r.set ? 'resolvedAt' then (r.set ->> 'resolvedAt')::timestamptz else t.resolved_at end,
      snoozed_until = case when r.set ? 'snoozedUntil' then (r.set ->> 'snoozedUntil')::timestamptz else t.snoozed_until end,
      updated_at = greatest(t.updated_at, r.at),
      version = t.version + 1
      where t.workspace = here and t.id = r.ticket and (r."ifVersion" is null or t.version = r."ifVersion");
    if not found then perform not_as_believed('a ticket'); end if;
  end loop;
end $function$;
grant execute on function inlet.change_tickets(here text, rows json) to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.claim_deliveries(room integer, lease interval, per_account integer, limits json)
 RETURNS TABLE(workspace text, id text, message text, ticket text, conversation text, channel text, account text, attempt integer, tries integer, correlation text, outbound json, queued_at timestamp with time zone, customer_at timestamp with time zone, was_sending boolean)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
#variable_conflict use_column
declare
  t timestamptz;
begin
  perform pg_advisory_xact_lock(7202600003);
  t := clock_timestamp();
  return query
  with recursive lane as (
    (select p.workspace, p.channel, p.account from reply p where p.state in ('queued', 'sending') order by 1, 2, 3 limit 1)
    union all
    select n.workspace, n.channel, n.account from lane l cross join lateral (
      select p.workspace, p.channel, p.account from reply p
      where p.state in ('queued', 'sending') and (p.workspace, p.channel, p.account) > (l.workspace, l.channel, l.account)
      order by 1, 2, 3 limit 1) n
  ), home as materialized (
    select l.workspace, l.channel, l.account, l.channel || ':' || l.account || ':' as bucket, count(*) over () as lanes, coalesce(o.own -> 'limits', '[]') as own,
      least(per_account, coalesce((o.own ->> 'atOnce')::int, per_account)) as at_once
    from lane l cross join lateral (
      select case when json_typeof(limits -> l.channel) is distinct from 'object' then json_build_object('limits', coalesce(limits -> l.channel, '[]'))
        else coalesce(limits -> l.channel -> 'of' -> (select a.settings ->> (limits -> l.channel ->> 'setting') from account a
          where a.workspace = l.workspace and a.channel = l.channel and a.id = l.account), limits -> l.channel) end as own offset 0) o
    where not exists (select from account_hold h where h.workspace = l.workspace and h.channel = l.channel and h.account = l.account
      and (h.until is null or h.until > t))
    order by (select min(f.seq) from reply f where f.workspace = l.workspace and f.channel = l.channel and f.account = l.account
      and f.state in ('queued', 'sending'))
  ), picked as materialized (
    -- What a bucket lets through: −1 is none, said by a clock that was set back since, so the bucket has to be written anew.
    select c.*, s.lets
    from home h cross join lateral (
      select coalesce(min(coalesce((
          select case when k.at > t and k.tokens < 1 then -1 else floor(least(l.most, k.tokens + greatest(0, extract(epoch from t - k.at)) * l.most / l.per)) end
          from bucket k where k.workspace = h.workspace and k.name = h.bucket || l.n), floor(l.most))), room) as lets
      from (select q.scope, q.max as most, q."perSeconds" as per, row_number() over (order by q.scope, q.n) - 1 as n
        from rows from (json_to_recordset(h.own) as (scope text, max double precision, "perSeconds" double precision)) with ordinality
          as q (scope, max, "perSeconds", n)) l
      where l.scope = 'account'
    ) s cross join lateral (
      select p.workspace, p.id, h.bucket, h.own, p.seq, p.state, o.recipient, o.lets_recipient
      from reply p cross join lateral (
        select w.recipient, (
          select coalesce(min(coalesce((
              select case when k.at > t and k.tokens < 1 then -1 else floor(least(l.most, k.tokens + greatest(0, extract(epoch from t - k.at)) * l.most / l.per)) end
              from bucket k where k.workspace = p.workspace and k.name = h.bucket || w.recipient || ':' || l.n), floor(l.most))), room)
          from (select q.scope, q.max as most, q."perSeconds" as per, row_number() over (order by q.scope, q.n) - 1 as n
        from rows from (json_to_recordset(h.own) as (scope text, max double precision, "perSeconds" double precision)) with ordinality
          as q (scope, max, "perSeconds", n)) l
          where l.scope = 'recipient') as lets_recipient
        from (select coalesce(p.outbound -> 'to' ->> 'id', '') as recipient offset 0) w offset 0
      ) o
      where p.workspace = h.workspace and p.channel = h.channel and p.account = h.account and p.state in ('queued', 'sending')
        and p.not_before <= t and (p.lease_until <= t or p.lease_until > t + interval '10 minutes')
        and (select true from reply e where e.workspace = p.workspace and e.conversation = p.conversation and e.seq < p.seq
          and e.state in ('queued', 'sending', 'unsure') limit 1) is null -- a probe a row, never a join
        and o.lets_recipient <> 0
      order by p.seq
      limit greatest(0, least(abs(s.lets), ceil(room::numeric / h.lanes),
        h.at_once - (select count(*) from reply b where b.workspace = h.workspace and b.channel = h.channel and b.account = h.account
          and b.state = 'sending' and b.lease_until > t and b.lease_until < t + interval '10 minutes')))::bigint
      for update of p skip locked
    ) c
    limit room
  ), judged as materialized (
    select p.*, p.lets > 0 and p.lets_recipient >= row_number() over (partition by p.workspace, p.bucket, p.recipient order by p.seq) as goes
    from picked p
  ), passed as (
    select j.workspace, j.bucket || case l.scope when 'recipient' then j.recipient || ':' else '' end || l.n as name, l.most, l.per,
      count(*) filter (where j.goes) as n
    from judged j cross join lateral (select q.scope, q.max as most, q."perSeconds" as per, row_number() over (order by q.scope, q.n) - 1 as n
        from rows from (json_to_recordset(j.own) as (scope text, max double precision, "perSeconds" double precision)) with ordinality
          as q (scope, max, "perSeconds", n)) l
    group by 1, 2, 3, 4
  ), paid as (
    insert into bucket as b (workspace, name, tokens, at)
    select p.workspace, p.name, coalesce((select least(p.most, k.tokens + greatest(0, extract(epoch from t - k.at)) * p.most / p.per)
      from bucket k where k.workspace = p.workspace and k.name = p.name), p.most) - p.n, t from passed p order by 1, 2
    on conflict (workspace, name) do update set tokens = excluded.tokens, at = excluded.at
  ), begun as (
    update reply p set state = 'sending', attempt = p.attempt + 1, lease_until = t + lease, updated_at = t
    from judged j where j.goes and p.workspace = j.workspace and p.id = j.id
    returning p.workspace, p.id, p.message, p.ticket, p.conversation, p.channel, p.account, p.attempt, p.attempt - p.tried_before as tries, p.correlation,
      p.outbound, p.queued_at, p.seq, j.state = 'sending' as was_sending
  )
  select b.workspace, b.id, b.message, b.ticket, b.conversation, b.channel, b.account, b.attempt, b.tries, b.correlation, b.outbound, b.queued_at,
    (select c.customer_at from conversation c where c.workspace = b.workspace and c.id = b.conversation), b.was_sending
  from begun b order by b.seq;
end $function$;
grant execute on function inlet.claim_deliveries(room integer, lease interval, per_account integer, limits json) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.close_days_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into wakeup (workspace, kind, subject, id, due_at, basis)
    values (new.workspace, 'close_days', 'desk', 'wak_' || replace(gen_random_uuid()::text, '-', ''), now() + interval '2 seconds', null)
    on conflict (workspace, kind, subject) do update set id = excluded.id, due_at = excluded.due_at, basis = excluded.basis;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION inlet.desk_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into desk_version as d (workspace, version) values (coalesce(new.workspace, old.workspace), 1)
    on conflict (workspace) do update set version = d.version + 1;
  if (tg_table_name in ('agent', 'agent_team') or (tg_table_name = 'team' and tg_op = 'DELETE'))
    and (tg_op <> 'DELETE' or exists (select from workspace w where w.workspace = old.workspace)) then
    insert into wakeup (workspace, kind, subject, id, due_at)
      values (coalesce(new.workspace, old.workspace), 'assign_more', 'desk', 'wak_' || replace(gen_random_uuid()::text, '-', ''), now())
      on conflict (workspace, kind, subject) do update set id = excluded.id, due_at = excluded.due_at;
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION inlet.end_sign_ins()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if old.role <> new.role or lower(old.email) <> lower(new.email) or (old.is_active and not new.is_active) then
    delete from session s where s.workspace = new.workspace and s.agent = new.id;
    delete from invitation i where i.workspace = new.workspace and i.agent = new.id;
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION inlet.feed_oldest()
 RETURNS bigint
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
  select sequence from feed where workspace = current_setting('inlet.workspace', true) order by sequence limit 1
$function$;
grant execute on function inlet.feed_oldest() to inlet_agent;
grant execute on function inlet.feed_oldest() to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.folded(words text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN replace(replace(lower(words), 'i̇'::text, 'i'::text), 'ı'::text, 'i'::text);
grant execute on function inlet.folded(words text) to inlet_agent;
grant execute on function inlet.folded(words text) to inlet_desk;
grant execute on function inlet.folded(words text) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.forget_buckets(older_than interval, at_most integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
declare
  gone int;
begin
  delete from bucket b where (b.workspace, b.name) in (select o.workspace, o.name from bucket o where o.at < now() - older_than limit at_most);
  get diagnostics gone = row_count;
  return gone;
end $function$;
grant execute on function inlet.forget_buckets(older_than interval, at_most integer) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.forget_waiting(here text, rows json)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare r record;
begin
  for r in
    select * from rows from (json_to_recordset(rows) as (channel text, account text, "externalId" text)) with ordinality
    order by channel, account, "externalId", ordinality
  loop
    update external_ref e set waiting = '[]'
      where e.workspace = here and e.channel = r.channel and e.account = r.account and e.external_id = r."externalId";
  end loop;
end $function$;
grant execute on function inlet.forget_waiting(here text, rows json) to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.forget_wakes(here text, rows json)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare r record;
begin
  for r in
    select * from rows from (json_to_recordset(rows) as (kind text, subject text)) with ordinality order by kind, subject, ordinality
  loop
    delete from wakeup w where w.workspace = here and w.kind = r.kind and w.subject = r.subject;
  end loop;
end $function$;
grant execute on function inlet.forget_wakes(here text, rows json) to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.freshen_statistics()
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_catalog', 'pg_temp'
 SET default_statistics_target TO '10'
AS $function$
declare
  outgrown regclass;
begin
  if not pg_try_advisory_xact_lock(7202600005) then return null; end if;
  select s.relid into outgrown from pg_stat_user_tables s join pg_class c on c.oid = s.relid
  where s.schemaname = 'inlet' and c.reltuples < 10000 and s.n_mod_since_analyze > 100 + 3 * greatest(c.reltuples, 0)
  order by s.n_mod_since_analyze / (100 + greatest(c.reltuples, 0)) desc limit 1;
  if outgrown is null then return null; end if;
  execute format('analyze (skip_locked) %s', outgrown);
  return outgrown::text;
end $function$;
grant execute on function inlet.freshen_statistics() to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.held_changed()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
begin
  if tg_op <> 'INSERT' and old.assignee is not null and old.category in ('open', 'waiting') then
    insert into held_change values (old.workspace, old.assignee, coalesce(old.channel, 'none'), coalesce(old.kind, ''), -1);
  end if;
  if tg_op <> 'DELETE' and new.assignee is not null and new.category in ('open', 'waiting') then
    insert into held_change values (new.workspace, new.assignee, coalesce(new.channel, 'none'), coalesce(new.kind, ''), 1);
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION inlet.inbox_claim(who text, ids uuid[])
 RETURNS SETOF uuid
 LANGUAGE plpgsql
AS $function$
declare
  me smallint;
  now_in smallint;
begin
  perform pg_advisory_xact_lock_shared(7202600001);
  select id into me from worker_name where name = who;
  if me is null then
    insert into worker_name (name) values (who) on conflict (name) do update set name = excluded.name returning id into me;
  end if;
  select current into now_in from inbox_state;
  if now_in = 0 then
    return query
      insert into inbox_0 (event, worker)
      select x, me from unnest(ids) x
      where (select true from inbox_1 o where o.event = x and o.worker = me) is null order by x -- a probe a row; an anti join would be planned once
      on conflict do nothing returning event;
  else
    return query
      insert into inbox_1 (event, worker)
      select x, me from unnest(ids) x
      where (select true from inbox_0 o where o.event = x and o.worker = me) is null order by x
      on conflict do nothing returning event;
  end if;
end $function$;
grant execute on function inlet.inbox_claim(who text, ids uuid[]) to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.inbox_swap(older_than interval)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'inlet'
AS $function$
declare
  state inbox_state;
begin
  perform pg_advisory_xact_lock(7202600001);
  select * into state from inbox_state;
  if state.since > now() - older_than then return false; end if;
  if state.current = 0 then truncate inbox_1; else truncate inbox_0; end if;
  update inbox_state set current = 1 - state.current, since = now();
  return true;
end $function$;
grant execute on function inlet.inbox_swap(older_than interval) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.instant(at timestamp with time zone)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN to_char((at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text);
grant execute on function inlet.instant(at timestamp with time zone) to inlet_agent;
grant execute on function inlet.instant(at timestamp with time zone) to inlet_desk;
grant execute on function inlet.instant(at timestamp with time zone) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.invitation_of(wanted text)
 RETURNS TABLE(workspace text, agent text, ends_at timestamp with time zone)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
  select i.workspace, i.agent, i.ends_at from invitation i where i.hash = wanted
$function$;
grant execute on function inlet.invitation_of(wanted text) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.is_newer(a text, b text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case
    when a ~ '^[0-9]+$' and b ~ '^[0-9]+$' then a::numeric > b::numeric
    when a <> '' and b <> '' and (a ~ '^[0-9]+$') <> (b ~ '^[0-9]+$') then b ~ '^[0-9]+$'
    else a collate "C" > b collate "C"
  end
$function$;
grant execute on function inlet.is_newer(a text, b text) to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.keep_blocked()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update contact c set is_blocked = true where c.workspace = new.workspace and c.id = new.merged_into and not c.is_blocked;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION inlet.log_append_events(events json)
 RETURNS json
 LANGUAGE sql
 SET search_path TO 'inlet', 'pg_temp'
AS $function$ select log_append_parsed(events, null, false) $function$;

CREATE OR REPLACE FUNCTION inlet.log_append_packed(bytes bytea, owners json, raw_ids text[], raw_ats timestamp with time zone[], raw_owner integer[], raw_blobs text[], raw_starts integer[], raw_sizes integer[], lane_topics text[], lane_partitions integer[], lane_counts integer[], event_lane integer[], event_nth integer[], event_types text[], event_starts integer[], event_sizes integer[])
 RETURNS bigint[]
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
AS $function$
declare
  firsts bigint[];
  nexts bigint[];
  days date[];
begin
  perform set_config('transaction_timeout', '5s', true);
  if not exists (select 1 from log_day where day = log_today() + 1) then perform log_make_days(3); end if;
  if raw_ids <> '{}' then
    with owner as materialized (
      select o.n, o.key, o.workspace, o.channel, o.account, o.type, o.meta
      from rows from (json_to_recordset(owners) as (key text, workspace text, channel text, account text, type text, meta json))
        with ordinality as o (key, workspace, channel, account, type, meta, n)
    )
    insert into log_raw (day, id, at, key, workspace, channel, account, content_type, meta, blob, body)
      select log_today(), r.id, r.at, o.key, o.workspace, o.channel, o.account, o.type, o.meta, r.blob,
        case when r.blob is null then substring(bytes from r.start + 1 for r.size) end
      from unnest(raw_ids, raw_ats, raw_owner, raw_blobs, raw_starts, raw_sizes) as r (id, at, owner, blob, start, size)
      join owner o on o.n = r.owner
      order by r.id
      on conflict do nothing;
  end if;
  if lane_topics = '{}' then return '{}'; end if;
  with given as materialized (
    select * from unnest(lane_topics, lane_partitions, lane_counts) with ordinality as g (t, p, n, o)
  ), locked as materialized (
    select k.topic, k.partition, g.n, g.o from given g
    cross join lateral (select topic, partition from log_partition l where l.topic = g.t and l.partition = g.p limit 1 for update) k
  ), taken as (
    update log_partition s set next = s.next + l.n, day = greatest(s.day, log_today())
    from locked l where s.topic = l.topic and s.partition = l.partition
    returning l.o, s.next, s.next - l.n as first, s.day
  )
  select array_agg(first order by o), array_agg(next order by o), array_agg(day order by o) into firsts, nexts, days from taken;
  if coalesce(cardinality(nexts), 0) <> cardinality(lane_topics) then
    raise exception 'log: only % of % topics and partitions are there', coalesce(cardinality(nexts), 0), cardinality(lane_topics)
      using errcode = 'object_not_in_prerequisite_state', hint = 'Start the gateway of this version once: it adds its topics.';
  end if;
  insert into log_event (day, topic, partition, position, type, stored_at, event)
    select days[e.lane], lane_topics[e.lane], lane_partitions[e.lane], firsts[e.lane] + e.nth, e.type, clock_timestamp(),
      convert_from(substring(bytes from e.start + 1 for e.size), 'UTF8')::json
    from unnest(event_lane, event_nth, event_types, event_starts, event_sizes) as e (lane, nth, type, start, size);
  -- After the counters are locked, as in log_append_events: nothing is appended behind the back of who moves the log.
  if exists (select from log_home where kind <> 'postgres') then
    raise exception 'the log of this installation lies in Kafka' using errcode = 'cannot_connect_now';
  end if;
  return nexts;
end $function$;
grant execute on function inlet.log_append_packed(bytes bytea, owners json, raw_ids text[], raw_ats timestamp with time zone[], raw_owner integer[], raw_blobs text[], raw_starts integer[], raw_sizes integer[], lane_topics text[], lane_partitions integer[], lane_counts integer[], event_lane integer[], event_nth integer[], event_types text[], event_starts integer[], event_sizes integer[]) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.log_append_parsed(events json, here text, history boolean)
 RETURNS json
 LANGUAGE plpgsql
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
declare
  heads json;
  asked bigint;
  stored bigint;
  stranger text;
begin
  if not exists (select 1 from log_day where day = log_today() + 1) then perform log_make_days(3); end if;
  with given as materialized (
    select r.t, r.p, r.y, r.e, r.o, row_number() over (partition by r.t, r.p order by r.o) - 1 as n,
      case when here is not null then coalesce(r.e ->> 'workspace', '') end as workspace
    from rows from (json_to_recordset(events) as (t text, p int, y text, e json)) with ordinality as r (t, p, y, e, o)
  ), told as (
    insert into ticket_event (workspace, ticket, event)
    select here, g.e -> 'data' ->> 'ticket', g.e from given g where history and g.t in ('ticket', 'sla') and g.workspace = here order by g.o
    returning 1
  ), counted as (
    select t, p, count(*) as n from given where (select count(*) from told) >= 0 group by t, p order by t, p
  ), locked as materialized (
    select k.topic, k.partition, c.n from counted c
    cross join lateral (select topic, partition from log_partition l where l.topic = c.t and l.partition = c.p limit 1 for update) k
  ), taken as (
    update log_partition s set next = s.next + l.n, day = greatest(log_today(), s.day)
    from locked l where s.topic = l.topic and s.partition = l.partition
    returning s.topic, s.partition, s.next, s.next - l.n as first, s.day
  ), written as (
    insert into log_event (day, topic, partition, position, type, stored_at, event)
    select k.day, k.topic, k.partition, k.first + g.n, g.y, clock_timestamp(), g.e
    from taken k join given g on g.t = k.topic and g.p = k.partition
    returning 1
  )
  select (select json_agg(json_build_array(topic, partition, next)) from taken), (select count(*) from written), (select count(*) from given),
    (select g.workspace from given g where g.workspace <> here limit 1)
    into heads, stored, asked, stranger;
  if stranger is not null then
    raise exception 'log: an event of workspace % inside a transaction of workspace %', coalesce(nullif(stranger, ''), 'none'), here
      using errcode = 'insufficient_privilege';
  end if;
  if stored <> asked then
    raise exception 'log: % of % events have no such topic or partition', asked - stored, asked
      using errcode = 'object_not_in_prerequisite_state', hint = 'Start the gateway of this version once: it adds its topics.';
  end if;
  -- After the counters are locked: whoever moves the log locks them too, so that nothing is appended behind its back. As trouble that passes:
  -- vendors are asked to call again, and no event is set aside for it.
  if exists (select from log_home where kind <> 'postgres') then
    raise exception 'the log of this installation lies in Kafka' using errcode = 'cannot_connect_now';
  end if;
  return heads;
end $function$;

CREATE OR REPLACE FUNCTION inlet.log_append(raws json, bodies bytea, events json)
 RETURNS json
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
begin
  perform set_config('transaction_timeout', '5s', true);
  if raws is not null then
    if not exists (select 1 from log_day where day = log_today() + 1) then perform log_make_days(3); end if;
    insert into log_raw (day, id, at, key, workspace, channel, account, content_type, meta, blob, body)
      select log_today(), r.id, r.at, r.key, r.workspace, r.channel, r.account, r.type, r.meta, r.blob,
        case when r.blob is null then substring(bodies from r.start + 1 for r.size) end
      from json_to_recordset(raws) as r (id text, at timestamptz, key text, workspace text, channel text, account text, type text,
        meta json, blob text, start int, size int)
      order by r.id
      on conflict do nothing;
  end if;
  if events is null then return '[]'; end if;
  return log_append_events(events);
end $function$;
grant execute on function inlet.log_append(raws json, bodies bytea, events json) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.log_beat(who text, me text, topic_names text[], lease interval)
 RETURNS TABLE(topic text, partition integer, "position" bigint, day date, epoch bigint, members integer, lanes integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
declare
  t timestamptz;
  alive int;
  total int;
  mine int;
begin
  perform set_config('synchronous_commit', 'off', true), log_one_at_a_time(who);
  t := clock_timestamp();
  insert into log_member values (who, me, t + lease) on conflict (group_name, member) do update set until = excluded.until;
  delete from log_member m where m.group_name = who and not (m.until between t and t + lease + interval '1 s');
  select count(*) into alive from log_member m where m.group_name = who;
  select count(*) into total from log_cursor c where c.group_name = who and c.topic = any(topic_names);
  perform 1 from log_cursor c where c.group_name = who and c.owner = me order by c.topic, c.partition for update;
  update log_cursor c set lease_until = t + lease where c.group_name = who and c.owner = me;
  get diagnostics mine = row_count;
  if mine < ceil(total::numeric / alive) then
    update log_cursor c set owner = me, lease_until = t + lease, epoch = c.epoch + 1
    from (
      select f.topic, f.partition from log_cursor f
      where f.group_name = who and f.topic = any(topic_names)
        and (f.owner is null or not (f.lease_until between t and t + lease + interval '1 s'))
      order by f.partition, f.topic limit ceil(total::numeric / alive)::int - mine for update skip locked
    ) free
    where c.group_name = who and c.topic = free.topic and c.partition = free.partition;
  end if;
  return query select c.topic, c.partition, greatest(c.position, p.oldest), c.day, c.epoch, alive, total
    from log_cursor c join log_partition p on p.topic = c.topic and p.partition = c.partition
    where c.group_name = who and c.owner = me;
end $function$;
grant execute on function inlet.log_beat(who text, me text, topic_names text[], lease interval) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.log_drop_before(before date)
 RETURNS SETOF date
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
declare
  counter record;
  first bigint;
begin
  for counter in select topic, partition from log_partition order by topic, partition for update loop
    select min(e.position) into first from log_event e
      where e.topic = counter.topic and e.partition = counter.partition and e.day >= before;
    update log_partition p set oldest = greatest(oldest, coalesce(first, next))
      where p.topic = counter.topic and p.partition = counter.partition and p.oldest < coalesce(first, next);
  end loop;
  return query select d.day from log_day d where d.day < before order by d.day;
end $function$;
grant execute on function inlet.log_drop_before(before date) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.log_drop_day(gone date)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
begin
  perform set_config('lock_timeout', '1s', true);
  perform pg_advisory_xact_lock(7202600002);
  if gone >= log_today() - 1 then
    raise exception 'log_drop_day(%): a day that may still be written is not dropped', gone using errcode = 'invalid_parameter_value';
  end if;
  execute format('drop table if exists %I', to_char(gone, '"log_raw"_YYYYMMDD'));
  execute format('drop table if exists %I', to_char(gone, '"log_event"_YYYYMMDD'));
  delete from log_day where day = gone;
end $function$;
grant execute on function inlet.log_drop_day(gone date) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.log_emit(events json)
 RETURNS json
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$ select log_append_parsed(events, log_workspace(), false) $function$;
grant execute on function inlet.log_emit(events json) to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.log_flush(lanes json)
 RETURNS TABLE(group_name text, member text, topic text, partition integer)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
  select set_config('synchronous_commit', 'off', true);
  with given as materialized (
    select * from json_to_recordset(lanes) as r (g text, m text, t text, p int, position bigint, day date, epoch bigint) order by g, t, p
  ), locked as materialized (
    select g.*, k.ok from given g cross join lateral (
      select true as ok from log_cursor c where c.group_name = g.g and c.topic = g.t and c.partition = g.p limit 1 for update
    ) k
  )
  update log_cursor c set position = greatest(c.position, l.position), day = greatest(c.day, l.day)
  from locked l
  where c.group_name = l.g and c.topic = l.t and c.partition = l.p and c.owner = l.m and c.epoch = l.epoch
  returning c.group_name, c.owner, c.topic, c.partition
$function$;
grant execute on function inlet.log_flush(lanes json) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.log_home_beat(my_kind text, my_prefix text, my_cluster text)
 RETURNS boolean
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
  update log_home set seen_at = clock_timestamp() where kind = my_kind and prefix is not distinct from my_prefix
    and cluster is not distinct from my_cluster and seen_at < clock_timestamp() - interval '2 s';
  select not exists (select from log_home where kind <> my_kind or prefix is distinct from my_prefix or cluster is distinct from my_cluster)
$function$;
grant execute on function inlet.log_home_beat(my_kind text, my_prefix text, my_cluster text) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.log_join(who text, topic_names text[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
  select log_one_at_a_time(who);
  delete from log_cursor c where c.group_name = who and c.topic <> all(topic_names)
    and (c.owner is null or c.lease_until < clock_timestamp());
  insert into log_cursor (group_name, topic, partition, position)
    select who, p.topic, p.partition, p.oldest from log_partition p where p.topic = any(topic_names)
    order by p.topic, p.partition on conflict do nothing
$function$;
grant execute on function inlet.log_join(who text, topic_names text[]) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.log_lag(who text)
 RETURNS TABLE(events bigint, oldest_seconds double precision)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
  select coalesce(sum(p.next - greatest(c.position, p.oldest)), 0)::bigint,
    coalesce(greatest(0, extract(epoch from clock_timestamp() - min(e.stored_at))), 0)::double precision
  from log_cursor c
  join log_partition p on p.topic = c.topic and p.partition = c.partition and p.next > greatest(c.position, p.oldest)
  cross join lateral (
    select v.stored_at from log_event v
    where v.topic = c.topic and v.partition = c.partition and v.position >= greatest(c.position, p.oldest) and v.day >= c.day
    order by v.position limit 1
  ) e
  where c.group_name = who
$function$;
grant execute on function inlet.log_lag(who text) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.log_make_days(days integer)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
declare
  made date;
  parent text;
  child text;
begin
  perform pg_advisory_xact_lock(7202600002);
  for made in
    select log_today() + n from generate_series(0, days) n where not exists (select 1 from log_day d where d.day = log_today() + n)
  loop
    foreach parent in array array['log_event', 'log_raw'] loop
      child := parent || to_char(made, '_YYYYMMDD');
      execute format('create table %I (like %I including all)', child, parent);
      if parent = 'log_event' then execute format('alter table %I set (toast_tuple_target = 8160)', child); end if;
      execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, child, made, made + 1);
    end loop;
    insert into log_day values (made);
  end loop;
end $function$;
grant execute on function inlet.log_make_days(days integer) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.log_one_at_a_time(who text)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
  select pg_advisory_xact_lock(hashtextextended('log ' || who, 7202600003))
$function$;
grant execute on function inlet.log_one_at_a_time(who text) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.log_read_but(lanes json, others text[], since date)
 RETURNS TABLE(i integer, "position" bigint, day date, event text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
begin
  return query select x.* from (
    select w.i, e.position, e.day, e.event::text as event
    from json_to_recordset(lanes) as w (i int, t text, p int, a bigint, b bigint, q int)
    cross join lateral (
      select v.position, v.day, v.event from log_event v
      where v.topic = w.t and v.partition = w.p and v.position >= w.a and v.position < w.b and v.day >= since and v.type <> all(others)
      order by v.position limit w.q
    ) e
    union all
    select w.i, l.next, null, null
    from json_to_recordset(lanes) as w (i int, t text, p int)
    cross join lateral (select s.next from log_partition s where s.topic = w.t and s.partition = w.p limit 1) l
  ) x order by x.i, x.event is null, x.position;
end $function$;
grant execute on function inlet.log_read_but(lanes json, others text[], since date) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.log_read(lanes json, types text[], since date)
 RETURNS TABLE(i integer, "position" bigint, day date, event text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
AS $function$
begin
  return query select x.* from (
    select w.i, e.position, e.day, e.event::text as event
    from json_to_recordset(lanes) as w (i int, t text, p int, a bigint, b bigint, q int)
    cross join lateral (
      select v.position, v.day, v.event from log_event v
      where v.topic = w.t and v.partition = w.p and v.position >= w.a and v.position < w.b and v.day >= since and v.type = any(types)
      order by v.position limit w.q
    ) e
    union all
    select w.i, l.next, null, null
    from json_to_recordset(lanes) as w (i int, t text, p int)
    cross join lateral (select s.next from log_partition s where s.topic = w.t and s.partition = w.p limit 1) l
  ) x order by x.i, x.event is null, x.position;
end $function$;
grant execute on function inlet.log_read(lanes json, types text[], since date) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.log_release(who text, me text, lanes json)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
begin
  perform set_config('synchronous_commit', 'off', true), log_one_at_a_time(who);
  perform 1 from log_cursor c where c.group_name = who and c.owner = me order by c.topic, c.partition for update;
  if lanes is null then
    update log_cursor c set owner = null, lease_until = null where c.group_name = who and c.owner = me;
    delete from log_member m where m.group_name = who and m.member = me;
  else
    update log_cursor c set owner = null, lease_until = null
    from json_to_recordset(lanes) as r (t text, p int)
    where c.group_name = who and c.owner = me and c.topic = r.t and c.partition = r.p;
  end if;
end $function$;
grant execute on function inlet.log_release(who text, me text, lanes json) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.log_settle(wanted_kind text, wanted_prefix text, wanted_cluster text, readers text[], aloud boolean)
 RETURNS json
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
declare
  was log_home;
  looks_only constant boolean := wanted_kind = 'kafka' and wanted_cluster is null;
  same_place boolean;
  behind record;
begin
  perform pg_advisory_xact_lock(7202600004);
  select * into was from log_home for update;
  if was.kind is null then was.kind := 'postgres'; end if;
  same_place := was.kind = wanted_kind and was.prefix is not distinct from wanted_prefix;
  if same_place and (looks_only or was.cluster is not distinct from wanted_cluster) then
    insert into log_home (kind, prefix, cluster) values (was.kind, was.prefix, was.cluster)
      on conflict (one) do update set seen_at = clock_timestamp();
    return json_build_object('is', 'same', 'was', to_json(was));
  end if;
  if was.kind = 'kafka' and was.seen_at > clock_timestamp() - interval '15 s'
    or was.kind = 'postgres' and exists (select from log_member where until > clock_timestamp()) then
    return json_build_object('is', 'alive', 'was', to_json(was));
  end if;
  if was.kind = 'kafka' and not same_place and not aloud then return json_build_object('is', 'elsewhere', 'was', to_json(was)); end if;
  if was.kind = 'postgres' then
    -- Appends under way end first, and those that come after this one meet the new home.
    perform 1 from log_partition order by topic, partition for update;
    for behind in
      select g.name, case when exists (select from log_cursor c where c.group_name = g.name) then (select l.events from log_lag(g.name) l)
        else (select count(*) from log_event) end as events
      from unnest(readers) with ordinality g (name, at) order by g.at
    loop
      if behind.events > 0 then
        return json_build_object('is', 'unread', 'was', to_json(was), 'worker', behind.name, 'events', behind.events);
      end if;
    end loop;
  end if;
  if not looks_only then
    insert into log_home (kind, prefix, cluster) values (wanted_kind, wanted_prefix, wanted_cluster)
      on conflict (one) do update set kind = excluded.kind, prefix = excluded.prefix, cluster = excluded.cluster, since = excluded.since,
        seen_at = excluded.seen_at;
  end if;
  return json_build_object('is', 'moved', 'was', to_json(was));
end $function$;
grant execute on function inlet.log_settle(wanted_kind text, wanted_prefix text, wanted_cluster text, readers text[], aloud boolean) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.log_setup(wanted integer, topic_names text[])
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
declare
  stored int;
begin
  insert into log_setting (partitions) values (wanted) on conflict do nothing;
  select partitions into stored from log_setting;
  if stored = wanted then
    insert into log_partition (topic, partition)
      select t, p from unnest(topic_names) t cross join generate_series(0, stored - 1) p order by t, p on conflict do nothing;
    perform log_make_days(3);
  end if;
  return stored;
end $function$;
grant execute on function inlet.log_setup(wanted integer, topic_names text[]) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.log_tell(events json)
 RETURNS json
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$ select log_append_parsed(events, log_workspace(), true) $function$;
grant execute on function inlet.log_tell(events json) to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.log_today()
 RETURNS date
 LANGUAGE sql
RETURN ((clock_timestamp() AT TIME ZONE 'UTC'::text))::date;
grant execute on function inlet.log_today() to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.log_unread_days()
 RETURNS TABLE(group_name text, day date, events bigint)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
  select c.group_name, min(e.day), sum(p.next - greatest(c.position, p.oldest))::bigint
  from log_cursor c
  join log_partition p on p.topic = c.topic and p.partition = c.partition and p.next > greatest(c.position, p.oldest)
  cross join lateral (
    select v.day from log_event v
    where v.topic = c.topic and v.partition = c.partition and v.position >= greatest(c.position, p.oldest) and v.day >= c.day
    order by v.position limit 1
  ) e
  group by c.group_name
$function$;
grant execute on function inlet.log_unread_days() to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.log_workspace()
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
declare
  here text := current_setting('inlet.workspace', true);
begin
  if coalesce(here, '') = '' then
    raise exception 'log: no workspace was entered' using errcode = 'insufficient_privilege';
  end if;
  return here;
end $function$;

CREATE OR REPLACE FUNCTION inlet.merge_contacts(here text, rows json)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare r record;
begin
  for r in select * from json_to_recordset(rows) as q (stays text, gone text) loop
    update contact c set keys = array(select distinct k from contact g cross join unnest(c.keys || g.keys) k
        where g.workspace = here and g.id = r.gone order by k),
      language = coalesce(c.language, (select g.language from contact g where g.workspace = here and g.id = r.gone)),
      stops = (select coalesce(json_agg(s), '[]') from contact g cross join json_array_elements(g.stops) s where g.workspace = here and g.id in (r.stays, r.gone)),
      version = c.version + 1, updated_at = now()
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
end $function$;
grant execute on function inlet.merge_contacts(here text, rows json) to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.message_raw_of(wanted text)
 RETURNS json
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
  select m.raw from message m
  where m.workspace = current_setting('inlet.workspace', true) and m.raw is not null and m.raw ->> 'id' = wanted limit 1
$function$;
grant execute on function inlet.message_raw_of(wanted text) to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.message_tickets(words text)
 RETURNS SETOF text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
  select distinct m.ticket from message m
  where m.workspace = current_setting('inlet.workspace', true)
    and to_tsvector('simple', folded(left(m.text, 4000))) @@ plainto_tsquery('simple', folded(words))
$function$;
grant execute on function inlet.message_tickets(words text) to inlet_agent;
grant execute on function inlet.message_tickets(words text) to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.message_ticket(wanted text)
 RETURNS SETOF text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
  select m.ticket from message m where m.workspace = current_setting('inlet.workspace', true) and m.id = wanted
$function$;
grant execute on function inlet.message_ticket(wanted text) to inlet_agent;

CREATE OR REPLACE FUNCTION inlet.next_due_ms()
 RETURNS double precision
 LANGUAGE sql
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
AS $function$
  select ceil(extract(epoch from due_at - now()) * 1000)::float8 from wakeup order by due_at limit 1
$function$;
grant execute on function inlet.next_due_ms() to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.not_as_believed(what text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% is not as it was believed to be', what using errcode = 'serialization_failure';
end $function$;
grant execute on function inlet.not_as_believed(what text) to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.publish(here text, rows json)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
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
end $function$;
grant execute on function inlet.publish(here text, rows json) to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.reply_moves(was text, becomes text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select becomes = any (case was
    when 'queued' then array['sending', 'cancelled', 'sent', 'delivered', 'read']
    when 'sending' then array['queued', 'unsure', 'failed', 'sent', 'delivered', 'read']
    when 'unsure' then array['queued', 'failed', 'cancelled', 'sent', 'delivered', 'read']
    when 'sent' then array['delivered', 'read', 'failed']
    when 'delivered' then array['read']
    when 'failed' then array['queued']
    else array[]::text[]
  end)
$function$;
grant execute on function inlet.reply_moves(was text, becomes text) to inlet_desk;

CREATE OR REPLACE FUNCTION inlet.rule_hours()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into wakeup (workspace, kind, subject, id, due_at)
    values (new.workspace, 'rule_hours', new.id || '/' || new.version, 'wak_' || replace(gen_random_uuid()::text, '-', ''), now())
    on conflict do nothing;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION inlet.sees_brand(brand text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select case current_setting('inlet.brands', true) when '*' then true
    else coalesce(brand = any (nullif(current_setting('inlet.brands', true), '')::text[]), false) end
$function$;
grant execute on function inlet.sees_brand(brand text) to inlet_agent;

CREATE OR REPLACE FUNCTION inlet.sees_channel(channel text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select case current_setting('inlet.channels', true) when '*' then true
    else channel is null or coalesce(channel = any (nullif(current_setting('inlet.channels', true), '')::text[]), false) end
$function$;
grant execute on function inlet.sees_channel(channel text) to inlet_agent;

CREATE OR REPLACE FUNCTION inlet.sees_event(event json)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select case
    when event #>> '{data,ticket}' is not null or event ->> 'subject' like 'tkt\_%' then exists (
      select from ticket t where t.workspace = event ->> 'workspace' and t.id = coalesce(event #>> '{data,ticket}', event ->> 'subject'))
    when event #>> '{data,message}' like 'msg\_%' and exists (
      select from message_ticket(event #>> '{data,message}')) then exists (
      select from message m where m.workspace = event ->> 'workspace' and m.id = event #>> '{data,message}')
    when event ->> 'account' is not null then sees_channel(event ->> 'channel') and exists (
      select from account a where a.workspace = event ->> 'workspace' and a.channel = event ->> 'channel' and a.id = event ->> 'account' and sees_brand(a.brand))
    when event #>> '{data,contact}' is not null then exists (
      select from contact c where c.workspace = event ->> 'workspace' and c.id = event #>> '{data,contact}')
    when event ->> 'type' like 'agent.%' then true
    else sees_brand(null) and sees_channel(coalesce(event ->> 'channel', '')) end
$function$;
grant execute on function inlet.sees_event(event json) to inlet_agent;

CREATE OR REPLACE FUNCTION inlet.session_of(wanted text)
 RETURNS TABLE(workspace text, idle_until timestamp with time zone, ends_at timestamp with time zone, used_at timestamp with time zone, agent json)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
  select s.workspace, s.idle_until, s.ends_at, s.used_at,
    json_build_object('id', a.id, 'name', a.name, 'role', a.role, 'brands', a.brands, 'channels', a.channels)
  from session s join agent a on a.workspace = s.workspace and a.id = s.agent where s.hash = wanted and a.is_active
$function$;
grant execute on function inlet.session_of(wanted text) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.session_used(wanted text, at timestamp with time zone, idle timestamp with time zone)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
  update session s set used_at = greatest(s.used_at, at), idle_until = least(greatest(s.idle_until, idle), s.ends_at) where s.hash = wanted
$function$;
grant execute on function inlet.session_used(wanted text, at timestamp with time zone, idle timestamp with time zone) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.sla_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op <> 'DELETE' or exists (select from workspace w where w.workspace = old.workspace) then
    insert into wakeup (workspace, kind, subject, id, due_at, basis)
      values (coalesce(new.workspace, old.workspace), 'sla_recount', 'desk', 'wak_' || replace(gen_random_uuid()::text, '-', ''), now(), '')
      on conflict (workspace, kind, subject) do update set id = excluded.id, due_at = excluded.due_at, basis = excluded.basis;
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION inlet.sum_up_held(anew boolean)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'inlet', 'pg_temp'
AS $function$
declare
  wrong int := 0;
begin
  -- One at a time, and each statement below sees all that was summed up before it.
  if not pg_try_advisory_xact_lock(7202600006) then return null; end if;
  -- What changed is taken away and added by one statement: whoever looks meanwhile finds it in one place, never in both.
  with gone as (delete from held_change returning *)
  insert into held as h (workspace, agent, channel, kind, n)
    select workspace, agent, channel, kind, sum(n) from gone group by 1, 2, 3, 4 having sum(n) <> 0
    on conflict (workspace, agent, channel, kind) do update set n = h.n + excluded.n;
  if anew then
    with gone as (delete from held_change returning *),
    counted as materialized (
      select workspace, assignee as agent, coalesce(channel, 'none') as channel, coalesce(kind, '') as kind, count(*)::int as n
      from ticket where assignee is not null and category in ('open', 'waiting') group by 1, 2, 3, 4),
    -- What came since the statement above is in what is counted, and is no fault of the sums.
    believed as (
      select workspace, agent, channel, kind, sum(n)::int as n
      from (select * from held union all select * from gone) all_there group by 1, 2, 3, 4),
    differing as (
      select workspace, agent, channel, kind, coalesce(c.n, 0) as n, coalesce(c.n, 0) <> coalesce(b.n, 0) as is_wrong
      from counted c full join believed b using (workspace, agent, channel, kind)),
    put as (
      insert into held as h (workspace, agent, channel, kind, n) select workspace, agent, channel, kind, n from differing
      on conflict (workspace, agent, channel, kind) do update set n = excluded.n where h.n <> excluded.n)
    select count(*) into wrong from differing where is_wrong;
  end if;
  delete from held where n = 0;
  return wrong;
end $function$;
grant execute on function inlet.sum_up_held(anew boolean) to inlet_loops;

CREATE OR REPLACE FUNCTION inlet.take_due(room integer)
 RETURNS TABLE(workspace text, kind text, subject text, id text, due_at timestamp with time zone, basis text)
 LANGUAGE sql
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
AS $function$
  delete from wakeup w
  where w.ctid = any (array(select d.ctid from wakeup d where d.due_at <= now() order by d.due_at limit room for update skip locked))
  returning w.workspace, w.kind, w.subject, w.id, w.due_at, w.basis
$function$;
grant execute on function inlet.take_due(room integer) to inlet_loops;

create table inlet.account (
  workspace text not null,
  channel text not null,
  id text not null,
  endpoint text,
  brand text,
  settings json not null,
  secrets json not null,
  state text not null default 'draft'::text,
  since timestamp with time zone not null default now(),
  why text,
  facts json not null default '{}'::json,
  token_hash text,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  assignment text,
  auto_after_minutes integer not null default 10,
  lifecycle json,
  constraint account_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(workspace) ON DELETE CASCADE,
  constraint account_pkey PRIMARY KEY (workspace, channel, id),
  constraint account_channel_id_key UNIQUE (channel, id)
);
alter table inlet.account enable row level security;
create policy agent on inlet.account as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND true));
create policy desk on inlet.account as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.account as permissive for all to inlet_loops using (true) with check (true);
CREATE TRIGGER account_way AFTER UPDATE ON inlet.account FOR EACH ROW WHEN (((old.assignment IS DISTINCT FROM new.assignment) OR (old.auto_after_minutes <> new.auto_after_minutes))) EXECUTE FUNCTION account_way();
CREATE TRIGGER close_days_changed AFTER UPDATE ON inlet.account FOR EACH ROW WHEN (((old.lifecycle ->> 'closeDays'::text) IS DISTINCT FROM (new.lifecycle ->> 'closeDays'::text))) EXECUTE FUNCTION close_days_changed();
CREATE TRIGGER desk_changed AFTER INSERT OR DELETE ON inlet.account FOR EACH ROW EXECUTE FUNCTION desk_changed();
CREATE TRIGGER desk_changed_by_account AFTER UPDATE ON inlet.account FOR EACH ROW WHEN (((old.brand IS DISTINCT FROM new.brand) OR (old.assignment IS DISTINCT FROM new.assignment) OR (old.auto_after_minutes <> new.auto_after_minutes))) EXECUTE FUNCTION desk_changed();
CREATE TRIGGER desk_changed_life AFTER UPDATE ON inlet.account FOR EACH ROW WHEN (((old.lifecycle)::text IS DISTINCT FROM (new.lifecycle)::text)) EXECUTE FUNCTION desk_changed();
grant delete, insert, select, update on inlet.account to inlet_desk;
grant select on inlet.account to inlet_agent;
grant select on inlet.account to inlet_loops;

create table inlet.account_hold (
  workspace text not null,
  channel text not null,
  account text not null,
  until timestamp with time zone,
  why text not null,
  constraint account_hold_pkey PRIMARY KEY (workspace, channel, account)
);
alter table inlet.account_hold enable row level security;
create policy desk on inlet.account_hold as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.account_hold as permissive for all to inlet_loops using (true) with check (true);
grant delete, insert, select, update on inlet.account_hold to inlet_desk;
grant delete, insert, select, update on inlet.account_hold to inlet_loops;

create table inlet.account_route (
  workspace text not null,
  channel text not null,
  account text not null,
  n smallint not null,
  route text not null,
  constraint account_route_workspace_channel_account_fkey FOREIGN KEY (workspace, channel, account) REFERENCES account(workspace, channel, id) ON DELETE CASCADE,
  constraint account_route_pkey PRIMARY KEY (workspace, channel, account, n)
);
alter table inlet.account_route enable row level security;
create policy desk on inlet.account_route as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.account_route as permissive for all to inlet_loops using (true) with check (true);
grant delete, insert, select, update on inlet.account_route to inlet_desk;
grant select on inlet.account_route to inlet_loops;

create table inlet.agent (
  workspace text not null,
  id text not null,
  name text not null,
  email text not null,
  role text not null,
  is_active boolean not null default true,
  brands text[],
  channels text[],
  languages text[] not null default '{}'::text[],
  capacity json not null default '{}'::json,
  rate json,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  constraint agent_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(workspace) ON DELETE CASCADE,
  constraint agent_pkey PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX agent_email ON inlet.agent USING btree (workspace, lower(email));
alter table inlet.agent enable row level security;
create policy agent on inlet.agent as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND true));
create policy desk on inlet.agent as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.agent as permissive for select to inlet_loops using (true);
CREATE TRIGGER desk_changed AFTER INSERT OR DELETE OR UPDATE ON inlet.agent FOR EACH ROW EXECUTE FUNCTION desk_changed();
CREATE TRIGGER end_sign_ins AFTER UPDATE ON inlet.agent FOR EACH ROW EXECUTE FUNCTION end_sign_ins();
grant delete, insert, select, update on inlet.agent to inlet_desk;
grant select on inlet.agent to inlet_agent;
grant select (workspace, id, is_active) on inlet.agent to inlet_loops;

create table inlet.agent_team (
  workspace text not null,
  agent text not null,
  team text not null,
  constraint agent_team_workspace_agent_fkey FOREIGN KEY (workspace, agent) REFERENCES agent(workspace, id) ON DELETE CASCADE,
  constraint agent_team_workspace_team_fkey FOREIGN KEY (workspace, team) REFERENCES team(workspace, id) ON DELETE CASCADE,
  constraint agent_team_pkey PRIMARY KEY (workspace, agent, team)
);
CREATE INDEX agent_team_team ON inlet.agent_team USING btree (workspace, team);
alter table inlet.agent_team enable row level security;
create policy agent on inlet.agent_team as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND true));
create policy desk on inlet.agent_team as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
CREATE TRIGGER desk_changed AFTER INSERT OR DELETE OR UPDATE ON inlet.agent_team FOR EACH ROW EXECUTE FUNCTION desk_changed();
grant delete, insert, select, update on inlet.agent_team to inlet_desk;
grant select on inlet.agent_team to inlet_agent;

create table inlet.answer (
  workspace text not null,
  key text not null,
  input_hash text not null,
  status integer not null,
  body json,
  at timestamp with time zone not null default now(),
  constraint answer_pkey PRIMARY KEY (workspace, key)
);
CREATE INDEX answer_at ON inlet.answer USING btree (at);
alter table inlet.answer enable row level security;
create policy desk on inlet.answer as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.answer as permissive for all to inlet_loops using (true) with check (true);
grant delete on inlet.answer to inlet_loops;
grant delete, insert, select, update on inlet.answer to inlet_desk;
grant select (workspace, key, at) on inlet.answer to inlet_loops;

create table inlet.api_key (
  workspace text not null,
  id text not null,
  name text not null,
  prefix text not null,
  hash text not null,
  scopes text[] not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone,
  constraint api_key_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(workspace) ON DELETE CASCADE,
  constraint api_key_pkey PRIMARY KEY (workspace, id),
  constraint api_key_hash_key UNIQUE (hash)
);
alter table inlet.api_key enable row level security;
create policy agent on inlet.api_key as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND true));
create policy desk on inlet.api_key as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.api_key as permissive for all to inlet_loops using (true) with check (true);
grant delete, insert, select, update on inlet.api_key to inlet_desk;
grant select on inlet.api_key to inlet_loops;
grant select (workspace, id, name, prefix, scopes, created_at, expires_at, revoked_at, last_used_at) on inlet.api_key to inlet_agent;
grant update (last_used_at) on inlet.api_key to inlet_loops;

create table inlet.assignment (
  workspace text not null,
  agent text not null,
  ticket text not null,
  at timestamp with time zone not null
);
CREATE INDEX assignment_agent ON inlet.assignment USING btree (workspace, agent, at);
CREATE INDEX assignment_at ON inlet.assignment USING btree (at);
alter table inlet.assignment enable row level security;
create policy desk on inlet.assignment as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.assignment as permissive for all to inlet_loops using (true) with check (true);
grant delete on inlet.assignment to inlet_loops;
grant delete, insert, select, update on inlet.assignment to inlet_desk;
grant select (at) on inlet.assignment to inlet_loops;

create table inlet.attachment (
  workspace text not null,
  id text not null,
  message text,
  n smallint not null default 0,
  channel text,
  account text,
  name text not null,
  type text not null,
  size bigint,
  sha256 text,
  state text not null,
  blob text,
  at_vendor text,
  live text,
  created_at timestamp with time zone not null default now(),
  attempt integer not null default 0,
  not_before timestamp with time zone not null default '-infinity'::timestamp with time zone,
  lease_until timestamp with time zone not null default '-infinity'::timestamp with time zone,
  why text,
  constraint attachment_pkey PRIMARY KEY (workspace, id)
);
CREATE INDEX attachment_blob ON inlet.attachment USING btree (workspace, blob) WHERE (blob IS NOT NULL);
CREATE INDEX attachment_message ON inlet.attachment USING btree (workspace, message, n) WHERE (message IS NOT NULL);
CREATE INDEX attachment_pending ON inlet.attachment USING btree (not_before) WHERE (state = 'pending'::text);
CREATE INDEX attachment_unused ON inlet.attachment USING btree (created_at) WHERE (message IS NULL);
alter table inlet.attachment enable row level security;
create policy agent on inlet.attachment as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND ((message IS NULL) OR (EXISTS ( SELECT
   FROM message m
  WHERE ((m.workspace = attachment.workspace) AND (m.id = attachment.message)))))));
create policy desk on inlet.attachment as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.attachment as permissive for all to inlet_loops using (true) with check (true);
grant delete, insert, select, update on inlet.attachment to inlet_desk;
grant delete, select on inlet.attachment to inlet_loops;
grant select on inlet.attachment to inlet_agent;
grant update (attempt, not_before, lease_until, why) on inlet.attachment to inlet_loops;

create table inlet.audit (
  workspace text not null,
  seq bigint not null generated always as identity,
  at timestamp with time zone not null,
  what text not null,
  subject text not null,
  actor_kind text not null,
  actor_id text,
  from_address text,
  about json not null,
  constraint audit_pkey PRIMARY KEY (workspace, seq)
);
alter table inlet.audit enable row level security;
create policy agent on inlet.audit as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND true));
create policy desk on inlet.audit as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
grant insert, select on inlet.audit to inlet_desk;
grant select on inlet.audit to inlet_agent;

create table inlet.auto_reply (
  workspace text not null,
  id text not null,
  name text not null,
  weight integer not null default 0,
  is_active boolean not null default true,
  kind text not null,
  hours text not null,
  calendar text,
  brands text[],
  channels text[],
  accounts text[],
  condition json,
  texts json not null,
  resolve boolean not null default false,
  version integer not null default 1,
  constraint auto_reply_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(workspace) ON DELETE CASCADE,
  constraint auto_reply_pkey PRIMARY KEY (workspace, id)
);
alter table inlet.auto_reply enable row level security;
create policy agent on inlet.auto_reply as permissive for select to inlet_agent using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy desk on inlet.auto_reply as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
CREATE TRIGGER desk_changed AFTER INSERT OR DELETE OR UPDATE ON inlet.auto_reply FOR EACH ROW EXECUTE FUNCTION desk_changed();
grant delete, insert, select, update on inlet.auto_reply to inlet_desk;
grant select on inlet.auto_reply to inlet_agent;

create table inlet.auto_reply_note (
  workspace text not null,
  cause text not null,
  ticket text not null,
  code text,
  kind text not null,
  conversation text not null,
  address text not null,
  domain text,
  at timestamp with time zone not null,
  constraint auto_reply_note_pkey PRIMARY KEY (workspace, cause)
);
CREATE INDEX auto_reply_note_address ON inlet.auto_reply_note USING btree (workspace, address, at) WHERE (code IS NULL);
CREATE INDEX auto_reply_note_at ON inlet.auto_reply_note USING btree (at) WHERE ((kind <> 'greeting'::text) OR (code IS NOT NULL));
CREATE INDEX auto_reply_note_conversation ON inlet.auto_reply_note USING btree (workspace, conversation, kind, at) WHERE (code IS NULL);
CREATE INDEX auto_reply_note_domain ON inlet.auto_reply_note USING btree (workspace, domain, at) WHERE ((code IS NULL) AND (domain IS NOT NULL));
CREATE INDEX auto_reply_note_ticket ON inlet.auto_reply_note USING btree (workspace, ticket, at);
alter table inlet.auto_reply_note enable row level security;
create policy desk on inlet.auto_reply_note as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.auto_reply_note as permissive for all to inlet_loops using (true) with check (true);
grant delete on inlet.auto_reply_note to inlet_loops;
grant delete, insert, select, update on inlet.auto_reply_note to inlet_desk;
grant select (code, kind, at) on inlet.auto_reply_note to inlet_loops;

create table inlet.blob (
  workspace text not null,
  ref text not null,
  size bigint not null,
  type text not null,
  put_at timestamp with time zone not null default now(),
  constraint blob_ref_check CHECK ((ref ~ '^sha256:[0-9a-f]{64}$'::text)),
  constraint blob_size_check CHECK ((size >= 0)),
  constraint blob_pkey PRIMARY KEY (workspace, ref)
);
alter table inlet.blob enable row level security;
create policy of_loops on inlet.blob as permissive for all to inlet_loops using (true);
grant delete, insert, select, update on inlet.blob to inlet_loops;

create table inlet.blob_chunk (
  workspace text not null,
  ref text not null,
  n integer not null,
  bytes bytea not null,
  constraint blob_chunk_n_check CHECK ((n >= 0)),
  constraint blob_chunk_workspace_ref_fkey FOREIGN KEY (workspace, ref) REFERENCES blob(workspace, ref) ON DELETE CASCADE,
  constraint blob_chunk_pkey PRIMARY KEY (workspace, ref, n)
);
alter table inlet.blob_chunk enable row level security;
create policy of_loops on inlet.blob_chunk as permissive for all to inlet_loops using (true);
grant delete, insert, select on inlet.blob_chunk to inlet_loops;

create table inlet.brand (
  workspace text not null,
  id text not null,
  name text not null,
  language text,
  timezone text,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  calendar text,
  lifecycle json,
  auto_reply_budgets json,
  constraint brand_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(workspace) ON DELETE CASCADE,
  constraint brand_pkey PRIMARY KEY (workspace, id)
);
alter table inlet.brand enable row level security;
create policy agent on inlet.brand as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND true));
create policy desk on inlet.brand as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
CREATE TRIGGER close_days_changed AFTER UPDATE ON inlet.brand FOR EACH ROW WHEN (((old.lifecycle ->> 'closeDays'::text) IS DISTINCT FROM (new.lifecycle ->> 'closeDays'::text))) EXECUTE FUNCTION close_days_changed();
CREATE TRIGGER desk_changed AFTER INSERT OR DELETE OR UPDATE ON inlet.brand FOR EACH ROW EXECUTE FUNCTION desk_changed();
CREATE TRIGGER sla_changed AFTER UPDATE ON inlet.brand FOR EACH ROW WHEN ((old.calendar IS DISTINCT FROM new.calendar)) EXECUTE FUNCTION sla_changed();
grant delete, insert, select, update on inlet.brand to inlet_desk;
grant select on inlet.brand to inlet_agent;

create table inlet.bucket (
  workspace text not null,
  name text not null,
  tokens double precision not null,
  at timestamp with time zone not null,
  constraint bucket_pkey PRIMARY KEY (workspace, name)
);
alter table inlet.bucket enable row level security;
create policy desk on inlet.bucket as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.bucket as permissive for all to inlet_loops using (true) with check (true);
grant delete, insert, select, update on inlet.bucket to inlet_desk;
grant delete, insert, select, update on inlet.bucket to inlet_loops;

create table inlet.calendar (
  workspace text not null,
  id text not null,
  name text not null,
  timezone text not null,
  weekly json not null,
  holidays text[] not null default '{}'::text[],
  exceptions json not null default '[]'::json,
  version integer not null default 1,
  constraint calendar_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(workspace) ON DELETE CASCADE,
  constraint calendar_pkey PRIMARY KEY (workspace, id)
);
alter table inlet.calendar enable row level security;
create policy agent on inlet.calendar as permissive for select to inlet_agent using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy desk on inlet.calendar as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
CREATE TRIGGER desk_changed AFTER INSERT OR DELETE OR UPDATE ON inlet.calendar FOR EACH ROW EXECUTE FUNCTION desk_changed();
CREATE TRIGGER sla_changed AFTER UPDATE ON inlet.calendar FOR EACH ROW EXECUTE FUNCTION sla_changed();
grant delete, insert, select, update on inlet.calendar to inlet_desk;
grant select on inlet.calendar to inlet_agent;

create table inlet.catalogue (
  workspace text not null,
  what text not null,
  key text not null,
  name text not null,
  brands text[],
  team text,
  agent text,
  version integer not null default 1,
  constraint catalogue_what_check CHECK ((what = ANY (ARRAY['type'::text, 'topic'::text]))),
  constraint catalogue_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(workspace) ON DELETE CASCADE,
  constraint catalogue_pkey PRIMARY KEY (workspace, what, key)
);
alter table inlet.catalogue enable row level security;
create policy agent on inlet.catalogue as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND true));
create policy desk on inlet.catalogue as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
CREATE TRIGGER desk_changed AFTER INSERT OR DELETE OR UPDATE ON inlet.catalogue FOR EACH ROW EXECUTE FUNCTION desk_changed();
grant delete, insert, select, update on inlet.catalogue to inlet_desk;
grant select on inlet.catalogue to inlet_agent;

create table inlet.contact (
  workspace text not null,
  id text not null,
  name text,
  address text,
  keys text[] not null default '{}'::text[],
  merged_into text,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  language text,
  stops json not null default '[]'::json,
  is_blocked boolean not null default false,
  constraint contact_pkey PRIMARY KEY (workspace, id)
);
alter table inlet.contact enable row level security;
create policy agent on inlet.contact as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND ((merged_into IS NOT NULL) OR (EXISTS ( SELECT
   FROM ticket t
  WHERE ((t.workspace = contact.workspace) AND (t.contact = contact.id)))))));
create policy desk on inlet.contact as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
CREATE TRIGGER keep_blocked AFTER UPDATE OF merged_into ON inlet.contact FOR EACH ROW WHEN ((new.is_blocked AND (old.merged_into IS NULL) AND (new.merged_into IS NOT NULL))) EXECUTE FUNCTION keep_blocked();
grant delete, insert, select, update on inlet.contact to inlet_desk;
grant select on inlet.contact to inlet_agent;

create table inlet.contact_key (
  workspace text not null,
  key text not null,
  contact text not null,
  constraint contact_key_pkey PRIMARY KEY (workspace, key)
);
CREATE INDEX contact_key_contact ON inlet.contact_key USING btree (workspace, contact) WHERE (contact IS NOT NULL);
alter table inlet.contact_key enable row level security;
create policy agent on inlet.contact_key as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND (EXISTS ( SELECT
   FROM contact c
  WHERE ((c.workspace = contact_key.workspace) AND (c.id = contact_key.contact))))));
create policy desk on inlet.contact_key as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
grant delete, insert, select, update on inlet.contact_key to inlet_desk;
grant select on inlet.contact_key to inlet_agent;

create table inlet.conversation (
  workspace text not null,
  id text not null,
  channel text not null,
  account text not null,
  kind text not null,
  lane text not null,
  contact text not null,
  party json not null,
  vendor json not null,
  customer_at timestamp with time zone,
  ticket text,
  created_at timestamp with time zone not null default now(),
  constraint conversation_pkey PRIMARY KEY (workspace, id)
) with (fillfactor=90);
CREATE INDEX conversation_contact ON inlet.conversation USING btree (workspace, contact) WHERE (contact IS NOT NULL);
alter table inlet.conversation enable row level security;
create policy agent on inlet.conversation as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND sees_channel(channel)));
create policy desk on inlet.conversation as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.conversation as permissive for all to inlet_loops using (true) with check (true);
grant delete, insert, select, update on inlet.conversation to inlet_desk;
grant select on inlet.conversation to inlet_agent;
grant select (workspace, id, customer_at) on inlet.conversation to inlet_loops;

create table inlet.data_key (
  workspace text not null,
  id integer not null,
  wrapped bytea not null,
  master_key_id text not null,
  created_at timestamp with time zone not null default now(),
  constraint data_key_id_check CHECK ((id > 0)),
  constraint data_key_pkey PRIMARY KEY (workspace, id)
);
alter table inlet.data_key enable row level security;
create policy of_loops on inlet.data_key as permissive for all to inlet_loops using (true);
grant insert, select, update on inlet.data_key to inlet_loops;

create table inlet.desk_version (
  workspace text not null,
  version bigint not null,
  constraint desk_version_pkey PRIMARY KEY (workspace)
);
alter table inlet.desk_version enable row level security;
create policy desk on inlet.desk_version as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
grant delete, insert, select, update on inlet.desk_version to inlet_desk;

create table inlet.event_attempt (
  worker text not null,
  event uuid not null,
  tries integer not null,
  at timestamp with time zone not null default now(),
  constraint event_attempt_pkey PRIMARY KEY (worker, event)
);
grant delete, insert, select, update on inlet.event_attempt to inlet_loops;

create table inlet.external_ref (
  workspace text not null,
  channel text not null,
  account text not null,
  external_id text not null,
  message text,
  waiting json not null default '[]'::json,
  created_at timestamp with time zone not null default now(),
  constraint external_ref_pkey PRIMARY KEY (workspace, channel, account, external_id)
);
CREATE INDEX external_ref_waiting ON inlet.external_ref USING btree (created_at) WHERE (message IS NULL);
alter table inlet.external_ref enable row level security;
create policy desk on inlet.external_ref as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.external_ref as permissive for all to inlet_loops using (true) with check (true);
grant delete on inlet.external_ref to inlet_loops;
grant delete, insert, select, update on inlet.external_ref to inlet_desk;
grant select (workspace, channel, account, external_id, message, created_at) on inlet.external_ref to inlet_loops;

create table inlet.feed (
  workspace text not null,
  sequence bigint not null,
  event_id uuid not null,
  type text not null,
  at timestamp with time zone not null default now(),
  event json not null,
  constraint feed_pkey PRIMARY KEY (workspace, sequence)
);
CREATE INDEX feed_at ON inlet.feed USING btree (at);
CREATE UNIQUE INDEX feed_event ON inlet.feed USING btree (workspace, event_id);
alter table inlet.feed enable row level security;
create policy agent on inlet.feed as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND sees_event(event)));
create policy desk on inlet.feed as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.feed as permissive for all to inlet_loops using (true) with check (true);
grant delete on inlet.feed to inlet_loops;
grant delete, insert, select, update on inlet.feed to inlet_desk;
grant select on inlet.feed to inlet_agent;
grant select (workspace, sequence, at) on inlet.feed to inlet_loops;

create table inlet.feed_head (
  workspace text not null,
  next bigint not null,
  constraint feed_head_pkey PRIMARY KEY (workspace)
);
alter table inlet.feed_head enable row level security;
create policy agent on inlet.feed_head as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND true));
create policy desk on inlet.feed_head as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
grant delete, insert, select, update on inlet.feed_head to inlet_desk;
grant select on inlet.feed_head to inlet_agent;

create table inlet.folder (
  workspace text not null,
  id text not null,
  name text not null,
  version integer not null default 1,
  constraint folder_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(workspace) ON DELETE CASCADE,
  constraint folder_pkey PRIMARY KEY (workspace, id)
);
alter table inlet.folder enable row level security;
create policy agent on inlet.folder as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND true));
create policy desk on inlet.folder as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
CREATE TRIGGER desk_changed AFTER INSERT OR DELETE OR UPDATE ON inlet.folder FOR EACH ROW EXECUTE FUNCTION desk_changed();
grant delete, insert, select, update on inlet.folder to inlet_desk;
grant select on inlet.folder to inlet_agent;

create table inlet.held (
  workspace text not null,
  agent text not null,
  channel text not null,
  kind text not null,
  n integer not null,
  constraint held_pkey PRIMARY KEY (workspace, agent, channel, kind)
);
alter table inlet.held enable row level security;
create policy desk on inlet.held as permissive for select to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
grant select on inlet.held to inlet_desk;

create table inlet.held_change (
  workspace text not null,
  agent text not null,
  channel text not null,
  kind text not null,
  n integer not null
);
CREATE INDEX held_change_agent ON inlet.held_change USING btree (workspace, agent);
alter table inlet.held_change enable row level security;
create policy desk on inlet.held_change as permissive for select to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
grant select on inlet.held_change to inlet_desk;

create table inlet.inbox_0 (
  event uuid not null,
  worker smallint not null,
  constraint inbox_0_pkey PRIMARY KEY (event, worker)
);
grant insert, select on inlet.inbox_0 to inlet_desk;

create table inlet.inbox_1 (
  event uuid not null,
  worker smallint not null,
  constraint inbox_1_pkey PRIMARY KEY (event, worker)
);
grant insert, select on inlet.inbox_1 to inlet_desk;

create table inlet.inbox_state (
  one boolean not null default true,
  current smallint not null,
  since timestamp with time zone not null,
  constraint inbox_state_one_check CHECK (one),
  constraint inbox_state_pkey PRIMARY KEY (one)
);
grant select on inlet.inbox_state to inlet_desk;

create table inlet.installation (
  one boolean not null default true,
  id uuid not null default gen_random_uuid(),
  constraint installation_one_check CHECK (one),
  constraint installation_pkey PRIMARY KEY (one)
);
grant select on inlet.installation to inlet_loops;

create table inlet.invitation (
  workspace text not null,
  hash text not null,
  agent text,
  made_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  constraint invitation_workspace_agent_fkey FOREIGN KEY (workspace, agent) REFERENCES agent(workspace, id) ON DELETE CASCADE,
  constraint invitation_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(workspace) ON DELETE CASCADE,
  constraint invitation_pkey PRIMARY KEY (workspace, hash),
  constraint invitation_hash_key UNIQUE (hash)
);
CREATE UNIQUE INDEX invitation_agent ON inlet.invitation USING btree (workspace, COALESCE(agent, ''::text));
alter table inlet.invitation enable row level security;
create policy desk on inlet.invitation as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
grant delete, insert, select, update on inlet.invitation to inlet_desk;

create table inlet.keep (
  workspace text not null,
  channel text not null,
  account text not null,
  receiver text not null,
  name text not null,
  value text not null,
  constraint keep_pkey PRIMARY KEY (workspace, channel, account, receiver, name)
);
alter table inlet.keep enable row level security;
create policy desk on inlet.keep as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.keep as permissive for all to inlet_loops using (true) with check (true);
grant delete, insert, select, update on inlet.keep to inlet_desk;
grant delete, insert, select, update on inlet.keep to inlet_loops;

create table inlet.lease (
  name text not null,
  owner text not null,
  epoch bigint not null,
  until timestamp with time zone not null,
  constraint lease_pkey PRIMARY KEY (name)
);
grant delete, insert, select, update on inlet.lease to inlet_loops;

create table inlet.log_cursor (
  group_name text not null,
  topic text not null,
  partition integer not null,
  "position" bigint not null default 0,
  day date not null default '0001-01-01'::date,
  owner text,
  lease_until timestamp with time zone,
  epoch bigint not null default 0,
  constraint log_cursor_pkey PRIMARY KEY (group_name, topic, partition)
) with (fillfactor=20);
grant delete, select on inlet.log_cursor to inlet_loops;

create table inlet.log_day (
  day date not null,
  constraint log_day_pkey PRIMARY KEY (day)
);
grant select on inlet.log_day to inlet_loops;

create table inlet.log_event (
  day date not null,
  topic text not null,
  partition integer not null,
  "position" bigint not null,
  type text not null,
  stored_at timestamp with time zone not null,
  event json not null,
  constraint log_event_pkey PRIMARY KEY (topic, partition, "position", day)
) partition by RANGE (day);
grant select on inlet.log_event to inlet_loops;

create table inlet.log_home (
  one boolean not null default true,
  kind text not null,
  prefix text,
  cluster text,
  since timestamp with time zone not null default clock_timestamp(),
  seen_at timestamp with time zone not null default clock_timestamp(),
  constraint log_home_check CHECK (((kind = 'kafka'::text) = (prefix IS NOT NULL))),
  constraint log_home_kind_check CHECK ((kind = ANY (ARRAY['postgres'::text, 'kafka'::text]))),
  constraint log_home_one_check CHECK (one),
  constraint log_home_pkey PRIMARY KEY (one)
) with (fillfactor=20);
grant select on inlet.log_home to inlet_loops;

create table inlet.log_member (
  group_name text not null,
  member text not null,
  until timestamp with time zone not null,
  constraint log_member_pkey PRIMARY KEY (group_name, member)
) with (fillfactor=20);
grant delete, select on inlet.log_member to inlet_loops;

create table inlet.log_partition (
  topic text not null,
  partition integer not null,
  next bigint not null default 0,
  oldest bigint not null default 0,
  day date not null default '0001-01-01'::date,
  constraint log_partition_pkey PRIMARY KEY (topic, partition)
) with (fillfactor=20);
grant select on inlet.log_partition to inlet_loops;

create table inlet.log_raw (
  day date not null,
  id text not null,
  at timestamp with time zone not null,
  key text not null,
  workspace text not null,
  channel text not null,
  account text not null,
  content_type text not null,
  meta json not null,
  blob text,
  body bytea,
  constraint log_raw_check CHECK (((blob IS NULL) <> (body IS NULL))),
  constraint log_raw_pkey PRIMARY KEY (id, day)
) partition by RANGE (day);
CREATE INDEX log_raw_at ON ONLY inlet.log_raw USING btree (at, id);
CREATE INDEX log_raw_blob ON ONLY inlet.log_raw USING btree (workspace, blob) WHERE (blob IS NOT NULL);
grant select on inlet.log_raw to inlet_loops;

create table inlet.log_setting (
  one boolean not null default true,
  partitions integer not null,
  pinged_at timestamp with time zone not null default clock_timestamp(),
  constraint log_setting_one_check CHECK (one),
  constraint log_setting_partitions_check CHECK (((partitions >= 1) AND (partitions <= 1000))),
  constraint log_setting_pkey PRIMARY KEY (one)
);
grant select on inlet.log_setting to inlet_loops;
grant update (pinged_at) on inlet.log_setting to inlet_loops;

create table inlet.message (
  workspace text not null,
  id text not null,
  seq bigint not null generated always as identity,
  ticket text not null,
  conversation text,
  channel text,
  account text,
  direction text not null,
  kind text not null,
  sender json not null,
  recipients json not null,
  cc json not null,
  subject text,
  text text not null,
  full_text text,
  html text,
  parts json not null,
  external_id text,
  replies_to text[] not null default '{}'::text[],
  automatic text,
  sent_at timestamp with time zone not null,
  received_at timestamp with time zone not null,
  state text,
  raw json,
  correlation text not null,
  text_revision text not null default ''::text,
  deleted_revision text,
  reactions json not null default '[]'::json,
  replaced_by text,
  constraint message_pkey PRIMARY KEY (workspace, id)
) with (fillfactor=90);
CREATE INDEX message_full_text ON inlet.message USING btree (workspace, full_text) WHERE (full_text IS NOT NULL);
CREATE INDEX message_html ON inlet.message USING btree (workspace, html) WHERE (html IS NOT NULL);
CREATE INDEX message_raw ON inlet.message USING btree (workspace, ((raw ->> 'id'::text))) WHERE (raw IS NOT NULL);
CREATE INDEX message_ticket ON inlet.message USING btree (workspace, ticket, sent_at, seq) WHERE (ticket IS NOT NULL);
CREATE INDEX message_words ON inlet.message USING gin (to_tsvector('simple'::regconfig, folded("left"(text, 4000))));
alter table inlet.message enable row level security;
create policy agent on inlet.message as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND (EXISTS ( SELECT
   FROM ticket t
  WHERE ((t.workspace = message.workspace) AND (t.id = message.ticket))))));
create policy desk on inlet.message as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
grant delete, insert, select, update on inlet.message to inlet_desk;
grant select on inlet.message to inlet_agent;

create table inlet.migration (
  name text not null,
  hash text not null,
  at timestamp(3) with time zone not null default now(),
  constraint migration_pkey PRIMARY KEY (name)
);
grant select on inlet.migration to inlet_desk;
grant select on inlet.migration to inlet_loops;

create table inlet.notice_note (
  workspace text not null,
  agent text not null,
  kind text not null,
  subject text not null,
  cause text not null,
  at timestamp with time zone not null,
  constraint notice_note_pkey PRIMARY KEY (workspace, agent, cause)
);
CREATE INDEX notice_note_agent ON inlet.notice_note USING btree (workspace, agent, at);
CREATE INDEX notice_note_at ON inlet.notice_note USING btree (at);
alter table inlet.notice_note enable row level security;
create policy desk on inlet.notice_note as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.notice_note as permissive for all to inlet_loops using (true) with check (true);
grant delete on inlet.notice_note to inlet_loops;
grant delete, insert, select, update on inlet.notice_note to inlet_desk;
grant select (at) on inlet.notice_note to inlet_loops;

create table inlet.notification (
  workspace text not null,
  id text not null,
  name text not null,
  is_active boolean not null default true,
  events text[] not null,
  agents text[],
  except_agents text[] not null default '{}'::text[],
  brands text[],
  channels text[],
  account text not null,
  version integer not null default 1,
  constraint notification_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(workspace) ON DELETE CASCADE,
  constraint notification_pkey PRIMARY KEY (workspace, id)
);
alter table inlet.notification enable row level security;
create policy agent on inlet.notification as permissive for select to inlet_agent using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy desk on inlet.notification as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
CREATE TRIGGER desk_changed AFTER INSERT OR DELETE OR UPDATE ON inlet.notification FOR EACH ROW EXECUTE FUNCTION desk_changed();
grant delete, insert, select, update on inlet.notification to inlet_desk;
grant select on inlet.notification to inlet_agent;

create table inlet.outbox (
  workspace text not null,
  seq bigint not null generated always as identity,
  partition integer not null,
  topic text not null,
  event json not null,
  constraint outbox_pkey PRIMARY KEY (seq)
);
CREATE INDEX outbox_lane ON inlet.outbox USING btree (partition, seq);
alter table inlet.outbox enable row level security;
create policy desk on inlet.outbox as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.outbox as permissive for all to inlet_loops using (true) with check (true);
grant delete, insert, select, update on inlet.outbox to inlet_desk;
grant delete, insert, select, update on inlet.outbox to inlet_loops;

create table inlet.parked (
  workspace text not null,
  id text not null,
  worker text not null,
  event json not null,
  why text not null,
  attempts integer not null,
  at timestamp with time zone not null default now(),
  constraint parked_pkey PRIMARY KEY (workspace, id)
);
alter table inlet.parked enable row level security;
create policy agent on inlet.parked as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND sees_event(event)));
create policy desk on inlet.parked as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
grant delete, insert, select, update on inlet.parked to inlet_desk;
grant select on inlet.parked to inlet_agent;

create table inlet.password (
  workspace text not null,
  agent text not null,
  hash text not null,
  set_at timestamp with time zone not null,
  constraint password_workspace_agent_fkey FOREIGN KEY (workspace, agent) REFERENCES agent(workspace, id) ON DELETE CASCADE,
  constraint password_pkey PRIMARY KEY (workspace, agent)
);
alter table inlet.password enable row level security;
create policy agent on inlet.password as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND true));
create policy desk on inlet.password as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
grant delete, insert, select, update on inlet.password to inlet_desk;
grant select (workspace, agent) on inlet.password to inlet_agent;

create table inlet.presence (
  workspace text not null,
  agent text not null,
  presence text not null,
  since timestamp with time zone not null,
  constraint presence_workspace_agent_fkey FOREIGN KEY (workspace, agent) REFERENCES agent(workspace, id) ON DELETE CASCADE,
  constraint presence_pkey PRIMARY KEY (workspace, agent)
) with (fillfactor=80);
alter table inlet.presence enable row level security;
create policy agent on inlet.presence as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND true));
create policy desk on inlet.presence as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.presence as permissive for select to inlet_loops using (true);
grant delete, insert, select, update on inlet.presence to inlet_desk;
grant select on inlet.presence to inlet_agent;
grant select (workspace, agent, presence) on inlet.presence to inlet_loops;

create table inlet.reply (
  workspace text not null,
  id text not null,
  seq bigint not null generated always as identity,
  message text not null,
  ticket text not null,
  conversation text not null,
  channel text not null,
  account text not null,
  author text not null,
  outbound json not null,
  state text not null,
  attempt integer not null default 0,
  tried_before integer not null default 0,
  not_before timestamp with time zone not null default '-infinity'::timestamp with time zone,
  lease_until timestamp with time zone not null default '-infinity'::timestamp with time zone,
  external_id text,
  code text,
  why text,
  correlation text not null,
  queued_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  sent_at timestamp with time zone,
  constraint reply_pkey PRIMARY KEY (workspace, id)
) with (fillfactor=80);
CREATE INDEX reply_conversation ON inlet.reply USING btree (workspace, conversation, sent_at) WHERE (conversation IS NOT NULL);
CREATE INDEX reply_due ON inlet.reply USING btree (workspace, channel, account, seq) WHERE (state = ANY (ARRAY['queued'::text, 'sending'::text]));
CREATE INDEX reply_external ON inlet.reply USING btree (workspace, channel, account, external_id) WHERE (external_id IS NOT NULL);
CREATE INDEX reply_under_way ON inlet.reply USING btree (workspace, channel, account) WHERE (state = ANY (ARRAY['sending'::text, 'unsure'::text]));
CREATE INDEX reply_unfinished ON inlet.reply USING btree (workspace, conversation, seq) WHERE (state = ANY (ARRAY['queued'::text, 'sending'::text, 'unsure'::text]));
alter table inlet.reply enable row level security;
create policy agent on inlet.reply as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND (EXISTS ( SELECT
   FROM ticket t
  WHERE ((t.workspace = reply.workspace) AND (t.id = reply.ticket))))));
create policy desk on inlet.reply as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.reply as permissive for all to inlet_loops using (true) with check (true);
grant delete, insert, select, update on inlet.reply to inlet_desk;
grant select on inlet.reply to inlet_agent;
grant select on inlet.reply to inlet_loops;
grant update (state, attempt, not_before, lease_until, updated_at) on inlet.reply to inlet_loops;

create table inlet.reply_attempt (
  workspace text not null,
  reply text not null,
  n integer not null,
  at timestamp with time zone not null default now(),
  outcome text not null,
  why text,
  constraint reply_attempt_pkey PRIMARY KEY (workspace, reply, n)
);
alter table inlet.reply_attempt enable row level security;
create policy agent on inlet.reply_attempt as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND (EXISTS ( SELECT
   FROM reply r
  WHERE ((r.workspace = reply_attempt.workspace) AND (r.id = reply_attempt.reply))))));
create policy desk on inlet.reply_attempt as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.reply_attempt as permissive for all to inlet_loops using (true) with check (true);
grant delete, insert, select, update on inlet.reply_attempt to inlet_desk;
grant insert, select on inlet.reply_attempt to inlet_loops;
grant select on inlet.reply_attempt to inlet_agent;

create table inlet.rule (
  workspace text not null,
  id text not null,
  name text not null,
  weight integer not null default 0,
  is_active boolean not null default true,
  event text not null,
  fields text[] not null default '{}'::text[],
  after json,
  brands text[],
  channels text[],
  accounts text[],
  condition json,
  effect json not null,
  version integer not null default 1,
  constraint rule_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(workspace) ON DELETE CASCADE,
  constraint rule_pkey PRIMARY KEY (workspace, id)
);
alter table inlet.rule enable row level security;
create policy agent on inlet.rule as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND true));
create policy desk on inlet.rule as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
CREATE TRIGGER desk_changed AFTER INSERT OR DELETE OR UPDATE ON inlet.rule FOR EACH ROW EXECUTE FUNCTION desk_changed();
CREATE TRIGGER rule_changed AFTER UPDATE ON inlet.rule FOR EACH ROW WHEN (((new.event = 'time'::text) AND new.is_active AND ((NOT old.is_active) OR (old.event <> 'time'::text) OR ((old.after)::text IS DISTINCT FROM (new.after)::text) OR (old.brands IS DISTINCT FROM new.brands) OR (old.channels IS DISTINCT FROM new.channels) OR (old.accounts IS DISTINCT FROM new.accounts)))) EXECUTE FUNCTION rule_hours();
CREATE TRIGGER rule_made AFTER INSERT ON inlet.rule FOR EACH ROW WHEN (((new.event = 'time'::text) AND new.is_active)) EXECUTE FUNCTION rule_hours();
grant delete, insert, select, update on inlet.rule to inlet_desk;
grant select on inlet.rule to inlet_agent;

create table inlet.rule_hour (
  workspace text not null,
  ticket text not null,
  rule text not null,
  clock timestamp with time zone not null,
  constraint rule_hour_pkey PRIMARY KEY (workspace, ticket, rule)
);
alter table inlet.rule_hour enable row level security;
create policy desk on inlet.rule_hour as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
grant delete, insert, select, update on inlet.rule_hour to inlet_desk;

create table inlet.seen_mark (
  workspace text not null,
  id text not null,
  channel text not null,
  account text not null,
  external_id text not null,
  attempt integer not null default 0,
  not_before timestamp with time zone not null default '-infinity'::timestamp with time zone,
  constraint seen_mark_pkey PRIMARY KEY (workspace, id)
);
CREATE INDEX seen_mark_due ON inlet.seen_mark USING btree (not_before);
alter table inlet.seen_mark enable row level security;
create policy desk on inlet.seen_mark as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.seen_mark as permissive for all to inlet_loops using (true) with check (true);
grant delete, insert, select, update on inlet.seen_mark to inlet_desk;
grant delete, insert, select, update on inlet.seen_mark to inlet_loops;

create table inlet.session (
  workspace text not null,
  hash text not null,
  agent text not null,
  made_at timestamp with time zone not null,
  used_at timestamp with time zone not null,
  idle_until timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  constraint session_workspace_agent_fkey FOREIGN KEY (workspace, agent) REFERENCES agent(workspace, id) ON DELETE CASCADE,
  constraint session_pkey PRIMARY KEY (workspace, hash),
  constraint session_hash_key UNIQUE (hash)
) with (fillfactor=80);
CREATE INDEX session_agent ON inlet.session USING btree (workspace, agent);
alter table inlet.session enable row level security;
create policy desk on inlet.session as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
grant delete, insert, select, update on inlet.session to inlet_desk;

create table inlet.sla_clock (
  workspace text not null,
  ticket text not null,
  metric text not null,
  policy text not null,
  state text not null,
  started_at timestamp with time zone not null,
  target_minutes integer not null,
  due_at timestamp with time zone,
  warned integer not null,
  ended_at timestamp with time zone,
  next_at timestamp with time zone,
  because json,
  desk_version bigint not null,
  version integer not null,
  constraint sla_clock_pkey PRIMARY KEY (workspace, ticket, metric)
) with (fillfactor=80);
CREATE INDEX sla_clock_open ON inlet.sla_clock USING btree (workspace, ticket) WHERE (state = ANY (ARRAY['running'::text, 'paused'::text]));
alter table inlet.sla_clock enable row level security;
create policy agent on inlet.sla_clock as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND (EXISTS ( SELECT
   FROM ticket t
  WHERE ((t.workspace = sla_clock.workspace) AND (t.id = sla_clock.ticket))))));
create policy desk on inlet.sla_clock as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
grant delete, insert, select, update on inlet.sla_clock to inlet_desk;
grant select on inlet.sla_clock to inlet_agent;

create table inlet.sla_policy (
  workspace text not null,
  id text not null,
  name text not null,
  weight integer not null default 0,
  is_active boolean not null default true,
  condition json,
  targets json not null,
  by_priority json not null default '{}'::json,
  calendar text,
  pauses text[] not null,
  warn_at integer[] not null,
  reopened text not null,
  version integer not null default 1,
  constraint sla_policy_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(workspace) ON DELETE CASCADE,
  constraint sla_policy_pkey PRIMARY KEY (workspace, id)
);
alter table inlet.sla_policy enable row level security;
create policy agent on inlet.sla_policy as permissive for select to inlet_agent using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy desk on inlet.sla_policy as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
CREATE TRIGGER desk_changed AFTER INSERT OR DELETE OR UPDATE ON inlet.sla_policy FOR EACH ROW EXECUTE FUNCTION desk_changed();
CREATE TRIGGER sla_changed AFTER INSERT OR DELETE OR UPDATE ON inlet.sla_policy FOR EACH ROW EXECUTE FUNCTION sla_changed();
grant delete, insert, select, update on inlet.sla_policy to inlet_desk;
grant select on inlet.sla_policy to inlet_agent;

create table inlet.status (
  workspace text not null,
  key text not null,
  name text not null,
  category text not null,
  labels json not null default '{}'::json,
  version integer not null default 1,
  constraint status_category_check CHECK ((category = ANY (ARRAY['open'::text, 'waiting'::text, 'done'::text, 'junk'::text]))),
  constraint status_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(workspace) ON DELETE CASCADE,
  constraint status_pkey PRIMARY KEY (workspace, key)
);
alter table inlet.status enable row level security;
create policy agent on inlet.status as permissive for select to inlet_agent using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy desk on inlet.status as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
CREATE TRIGGER desk_changed AFTER INSERT OR DELETE OR UPDATE ON inlet.status FOR EACH ROW EXECUTE FUNCTION desk_changed();
grant delete, insert, select, update on inlet.status to inlet_desk;
grant select on inlet.status to inlet_agent;

create table inlet.team (
  workspace text not null,
  id text not null,
  name text not null,
  description text,
  channels text[] not null default '{}'::text[],
  is_default boolean not null default false,
  version integer not null default 1,
  follow_up json,
  constraint team_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(workspace) ON DELETE CASCADE,
  constraint team_pkey PRIMARY KEY (workspace, id)
);
alter table inlet.team enable row level security;
create policy agent on inlet.team as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND true));
create policy desk on inlet.team as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
CREATE TRIGGER close_days_changed AFTER UPDATE ON inlet.team FOR EACH ROW WHEN (((old.follow_up)::text IS DISTINCT FROM (new.follow_up)::text)) EXECUTE FUNCTION close_days_changed();
CREATE TRIGGER desk_changed AFTER INSERT OR DELETE OR UPDATE ON inlet.team FOR EACH ROW EXECUTE FUNCTION desk_changed();
grant delete, insert, select, update on inlet.team to inlet_desk;
grant select on inlet.team to inlet_agent;

create table inlet.template (
  workspace text not null,
  channel text not null,
  account text not null,
  template text not null,
  language text not null,
  name text not null,
  state text,
  quality text,
  category text,
  why text,
  at timestamp with time zone not null,
  constraint template_pkey PRIMARY KEY (workspace, channel, account, template, language)
);
alter table inlet.template enable row level security;
create policy agent on inlet.template as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND true));
create policy desk on inlet.template as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
grant delete, insert, select, update on inlet.template to inlet_desk;
grant select on inlet.template to inlet_agent;

create table inlet.thread_key (
  workspace text not null,
  channel text not null,
  account text not null,
  key text not null,
  conversation text not null,
  constraint thread_key_pkey PRIMARY KEY (workspace, channel, account, key)
);
alter table inlet.thread_key enable row level security;
create policy desk on inlet.thread_key as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
grant delete, insert, select, update on inlet.thread_key to inlet_desk;

create table inlet.ticket (
  workspace text not null,
  id text not null,
  number bigint not null,
  brand text,
  channel text,
  account text,
  conversation text,
  contact text,
  requester_name text,
  requester_address text,
  subject text,
  status text not null,
  category text not null,
  priority text not null,
  type text,
  topic text,
  tags text[] not null default '{}'::text[],
  language text,
  assignee text,
  team text,
  origin text not null,
  parent text,
  message_count integer not null default 0,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  last_message_at timestamp with time zone,
  resolved_at timestamp with time zone,
  version integer not null default 1,
  folders text[] not null default '{}'::text[],
  assigned_at timestamp with time zone,
  kind text,
  custom_status text,
  snoozed_until timestamp with time zone,
  constraint ticket_pkey PRIMARY KEY (workspace, id),
  constraint ticket_workspace_number_key UNIQUE (workspace, number)
) with (fillfactor=80);
CREATE INDEX ticket_contact ON inlet.ticket USING btree (workspace, contact) WHERE (contact IS NOT NULL);
CREATE INDEX ticket_conversation ON inlet.ticket USING btree (workspace, conversation) WHERE (conversation IS NOT NULL);
CREATE INDEX ticket_created ON inlet.ticket USING btree (workspace, created_at, id);
CREATE INDEX ticket_custom_status ON inlet.ticket USING btree (workspace, custom_status) WHERE (custom_status IS NOT NULL);
CREATE INDEX ticket_folders ON inlet.ticket USING gin (folders) WHERE (folders <> '{}'::text[]);
CREATE INDEX ticket_held ON inlet.ticket USING btree (workspace, assignee, channel, kind) WHERE ((assignee IS NOT NULL) AND (category = ANY (ARRAY['open'::text, 'waiting'::text])));
CREATE INDEX ticket_pool ON inlet.ticket USING btree (workspace, category, created_at, id);
CREATE UNIQUE INDEX ticket_open ON inlet.ticket USING btree (workspace, conversation) WHERE (category = ANY (ARRAY['open'::text, 'waiting'::text]));
alter table inlet.ticket enable row level security;
create policy agent on inlet.ticket as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND (sees_brand(brand) AND sees_channel(channel))));
create policy desk on inlet.ticket as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
CREATE TRIGGER held_changed AFTER UPDATE ON inlet.ticket FOR EACH ROW WHEN (((old.assignee IS DISTINCT FROM new.assignee) OR ((new.assignee IS NOT NULL) AND ((old.category IS DISTINCT FROM new.category) OR (old.channel IS DISTINCT FROM new.channel) OR (old.kind IS DISTINCT FROM new.kind))))) EXECUTE FUNCTION held_changed();
CREATE TRIGGER held_gone AFTER DELETE ON inlet.ticket FOR EACH ROW WHEN ((old.assignee IS NOT NULL)) EXECUTE FUNCTION held_changed();
CREATE TRIGGER held_made AFTER INSERT ON inlet.ticket FOR EACH ROW WHEN ((new.assignee IS NOT NULL)) EXECUTE FUNCTION held_changed();
grant delete, insert, select, update on inlet.ticket to inlet_desk;
grant select on inlet.ticket to inlet_agent;

create table inlet.ticket_event (
  workspace text not null,
  ticket text not null,
  seq bigint not null generated always as identity,
  event json not null,
  constraint ticket_event_pkey PRIMARY KEY (workspace, ticket, seq)
);
alter table inlet.ticket_event enable row level security;
create policy agent on inlet.ticket_event as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND (EXISTS ( SELECT
   FROM ticket t
  WHERE ((t.workspace = ticket_event.workspace) AND (t.id = ticket_event.ticket))))));
create policy desk on inlet.ticket_event as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
grant delete, insert, select, update on inlet.ticket_event to inlet_desk;
grant select on inlet.ticket_event to inlet_agent;

create table inlet.waiting (
  workspace text not null,
  ticket text not null,
  channel text not null,
  account text not null,
  brand text,
  language text,
  is_live boolean not null,
  rank smallint not null,
  team text,
  is_team_by_language boolean not null default false,
  agent text,
  since timestamp with time zone not null,
  need text collate "C" not null,
  because json,
  constraint waiting_pkey PRIMARY KEY (workspace, ticket)
);
CREATE INDEX waiting_order ON inlet.waiting USING btree (workspace, need, rank, since, ticket);
alter table inlet.waiting enable row level security;
create policy agent on inlet.waiting as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND (EXISTS ( SELECT
   FROM ticket t
  WHERE ((t.workspace = waiting.workspace) AND (t.id = waiting.ticket))))));
create policy desk on inlet.waiting as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.waiting as permissive for select to inlet_loops using (true);
grant delete, insert, select, update on inlet.waiting to inlet_desk;
grant select on inlet.waiting to inlet_agent;
grant select (workspace, channel, since) on inlet.waiting to inlet_loops;

create table inlet.wakeup (
  workspace text not null,
  kind text not null,
  subject text not null,
  id text not null,
  due_at timestamp with time zone not null,
  basis text,
  constraint wakeup_pkey PRIMARY KEY (workspace, kind, subject)
) with (autovacuum_vacuum_threshold=1000, autovacuum_vacuum_scale_factor=0.01);
CREATE INDEX wakeup_due ON inlet.wakeup USING btree (due_at);
alter table inlet.wakeup enable row level security;
create policy desk on inlet.wakeup as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.wakeup as permissive for all to inlet_loops using (true) with check (true);
grant delete, insert, select, update on inlet.wakeup to inlet_desk;
grant delete, insert, select, update on inlet.wakeup to inlet_loops;

create table inlet.worker_name (
  id smallint not null generated always as identity,
  name text not null,
  constraint worker_name_pkey PRIMARY KEY (id),
  constraint worker_name_name_key UNIQUE (name)
);
grant insert, select, update on inlet.worker_name to inlet_desk;

create table inlet.workspace (
  workspace text not null,
  name text not null,
  follow_up_days integer not null default 7,
  close_days integer not null default 14,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  require_topic boolean not null default false,
  on_reply text not null default 'pending'::text,
  auto_reply_budgets json,
  constraint workspace_close_days_check CHECK ((close_days >= 1)),
  constraint workspace_follow_up_days_check CHECK ((follow_up_days >= 0)),
  constraint workspace_pkey PRIMARY KEY (workspace)
);
alter table inlet.workspace enable row level security;
create policy agent on inlet.workspace as permissive for select to inlet_agent using (((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)) AND true));
create policy desk on inlet.workspace as permissive for all to inlet_desk using ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting))) with check ((workspace = ( SELECT current_setting('inlet.workspace'::text, true) AS current_setting)));
create policy loops on inlet.workspace as permissive for all to inlet_loops using (true) with check (true);
CREATE TRIGGER close_days_changed AFTER UPDATE ON inlet.workspace FOR EACH ROW WHEN ((old.close_days <> new.close_days)) EXECUTE FUNCTION close_days_changed();
CREATE TRIGGER desk_changed AFTER UPDATE ON inlet.workspace FOR EACH ROW WHEN ((old.require_topic <> new.require_topic)) EXECUTE FUNCTION desk_changed();
CREATE TRIGGER desk_changed_budgets AFTER UPDATE ON inlet.workspace FOR EACH ROW WHEN (((old.auto_reply_budgets)::text IS DISTINCT FROM (new.auto_reply_budgets)::text)) EXECUTE FUNCTION desk_changed();
CREATE TRIGGER desk_changed_life AFTER UPDATE ON inlet.workspace FOR EACH ROW WHEN ((((old.on_reply IS DISTINCT FROM new.on_reply) OR (old.follow_up_days IS DISTINCT FROM new.follow_up_days)) OR (old.close_days IS DISTINCT FROM new.close_days))) EXECUTE FUNCTION desk_changed();
grant delete, insert, select, update on inlet.workspace to inlet_desk;
grant select on inlet.workspace to inlet_agent;
grant select (workspace) on inlet.workspace to inlet_loops;

grant usage on inlet.ticket_number to inlet_desk;
