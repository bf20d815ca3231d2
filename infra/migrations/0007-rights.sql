-- Who may see what of the record: row security for every table with a workspace, and narrow grants by name.
-- ── who may see what ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
do $$
declare
  name text;
begin
  for name in
    select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'inlet' and c.relkind = 'r' and exists (
      select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace' and not a.attisdropped)
    and c.relname in ('workspace', 'brand', 'account', 'account_route', 'api_key', 'answer', 'audit', 'contact', 'contact_key', 'conversation',
      'thread_key', 'ticket', 'message', 'attachment', 'external_ref', 'ticket_event', 'template', 'reply', 'reply_attempt', 'bucket',
      'account_hold', 'seen_mark', 'outbox', 'wakeup', 'parked', 'keep', 'feed_head', 'feed')
  loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy desk on %I for all to inlet_desk using (workspace = (select current_setting(''inlet.workspace'', true))) '
      'with check (workspace = (select current_setting(''inlet.workspace'', true)))', name);
    execute format('grant select, insert, update, delete on %I to inlet_desk', name);
  end loop;
  -- The loops' narrow role: queues across workspaces.
  foreach name in array array['workspace', 'account', 'account_route', 'api_key', 'attachment', 'reply', 'reply_attempt', 'bucket', 'account_hold',
    'seen_mark', 'outbox', 'wakeup', 'keep', 'answer', 'external_ref', 'feed', 'conversation']
  loop
    execute format('create policy loops on %I for all to inlet_loops using (true) with check (true)', name);
  end loop;
end $$;
revoke update, delete on audit from inlet_desk;
grant select, insert on worker_name, inbox_0, inbox_1 to inlet_desk;
grant select on inbox_state to inlet_desk;
grant update on worker_name to inlet_desk;
grant usage on sequence ticket_number to inlet_desk;

grant select (workspace) on workspace to inlet_loops;
grant select on account, account_route, api_key to inlet_loops;
grant update (last_used_at) on api_key to inlet_loops;
grant select, update (attempt, not_before, lease_until, why) on attachment to inlet_loops;
grant delete on attachment, answer, external_ref, feed to inlet_loops; -- housekeeping
grant select (workspace, at, key) on answer to inlet_loops;
grant select (workspace, channel, account, external_id, message, created_at) on external_ref to inlet_loops;
grant select (workspace, sequence, at) on feed to inlet_loops;
grant select (workspace, id, customer_at) on conversation to inlet_loops;
grant select, update (state, attempt, not_before, lease_until, updated_at) on reply to inlet_loops;
grant select, insert on reply_attempt to inlet_loops;
grant select, insert, update, delete on bucket, account_hold, seen_mark, outbox, wakeup, keep, lease, event_attempt to inlet_loops;
grant execute on function inbox_swap(interval) to inlet_loops;

-- Buckets of recipients that are full again are as good as none.
create function forget_buckets(older_than interval, at_most int) returns int language plpgsql as $$
declare
  gone int;
begin
  delete from bucket b where (b.workspace, b.name) in (select o.workspace, o.name from bucket o where o.at < now() - older_than limit at_most);
  get diagnostics gone = row_count;
  return gone;
end $$;

-- Of these blobs, those that something refers to: a file, a message, a raw in the log, and what is set aside or waits for its message. While one
-- of these readers has not met an event of yesterday, all: what that one refers to is in no table yet, and a blob asked about was put a day ago or before.
-- As the owner: the loops may not read what people wrote, only learn whether it is still needed.
create function blobs_in_use(here text, refs text[], readers text[]) returns setof text
language sql stable security definer set search_path = inlet, pg_temp as $$
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
$$;

-- The verbs' functions run as the desk; migrations take every function from PUBLIC.
grant execute on function instant(timestamptz) to inlet_desk, inlet_loops;
grant execute on function inbox_claim(text, uuid[]), not_as_believed(text), is_newer(text, text), reply_moves(text, text), refer(text, json),
  change_contacts(text, json), merge_contacts(text, json), change_conversations(text, json), change_tickets(text, json), add_messages(text, json),
  change_messages(text, json), await_targets(text, json), forget_waiting(text, json), change_replies(text, json), forget_wakes(text, json),
  publish(text, json) to inlet_desk;
grant execute on function claim_deliveries(int, interval, int, json), take_tokens(text, text, text, text, timestamptz, json),
  forget_buckets(interval, int), blobs_in_use(text, text[], text[]) to inlet_loops;

insert into workspace (workspace, name) values ('main', 'Main');
