-- The record: what the business sees (desk, contacts, conversations, tickets, messages) and the queues of the loops.
-- Every table with a workspace column is under row security: role inlet_desk sees the entered workspace only. Role inlet_loops sees the
-- queue tables across workspaces, and nothing else. Ids are text as they are spoken outside; every unique key starts with the workspace
-- (but for what is unique in the installation, and says so).

-- ── desk ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
create table workspace (
  workspace text primary key,
  name text not null,
  follow_up_days int not null default 7 check (follow_up_days >= 0),
  close_days int not null default 14 check (close_days >= 1),
  version int not null default 1,
  created_at timestamptz not null default now()
);

create table brand (
  workspace text not null references workspace on delete cascade,
  id text not null,
  name text not null,
  language text,
  timezone text,
  version int not null default 1,
  created_at timestamptz not null default now(),
  primary key (workspace, id)
);

create table account (
  workspace text not null references workspace on delete cascade,
  channel text not null,
  id text not null,
  endpoint text,
  brand text,
  settings json not null,
  secrets json not null,
  state text not null default 'draft',
  since timestamptz not null default now(),
  why text,
  facts json not null default '{}',
  token_hash text,
  version int not null default 1,
  created_at timestamptz not null default now(),
  primary key (workspace, channel, id),
  unique (channel, id) -- in the installation: an address `/in/{channel}/{id}` names one account
);
create table account_route (
  workspace text not null,
  channel text not null,
  account text not null,
  n smallint not null,
  route text not null,
  primary key (workspace, channel, account, n),
  foreign key (workspace, channel, account) references account on delete cascade
);

create table api_key (
  workspace text not null references workspace on delete cascade,
  id text not null,
  name text not null,
  prefix text not null,
  hash text not null unique, -- of a random key: looked up before the workspace is known
  scopes text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  primary key (workspace, id)
);

create table answer (
  workspace text not null,
  key text not null,
  input_hash text not null,
  status int not null,
  body json not null,
  at timestamptz not null default now(),
  primary key (workspace, key)
);
create index answer_at on answer (at);

create table audit (
  workspace text not null,
  seq bigint generated always as identity,
  at timestamptz not null,
  what text not null,
  subject text not null,
  actor_kind text not null,
  actor_id text,
  from_address text,
  about json not null,
  primary key (workspace, seq)
);

-- ── people and their conversations ──────────────────────────────────────────────────────────────────────────────────────────────────────
create table contact (
  workspace text not null,
  id text not null,
  name text,
  address text,
  merged_into text,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace, id)
);
create table contact_key (
  workspace text not null,
  key text not null,
  contact text not null,
  primary key (workspace, key)
);
create index contact_key_contact on contact_key (workspace, contact);

create table conversation (
  workspace text not null,
  id text not null,
  channel text not null,
  account text not null,
  kind text not null,
  lane text not null,
  contact text not null,
  party json not null,
  vendor json not null,
  customer_at timestamptz,
  ticket text,
  created_at timestamptz not null default now(),
  primary key (workspace, id)
);
create index conversation_contact on conversation (workspace, contact);
create table thread_key (
  workspace text not null,
  channel text not null,
  account text not null,
  key text not null,
  conversation text not null,
  primary key (workspace, channel, account, key)
);

-- ── tickets and messages ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
create sequence ticket_number;
create table ticket (
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
  tags text[] not null default '{}',
  language text,
  assignee text,
  team text,
  origin text not null,
  parent text,
  message_count int not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  last_message_at timestamptz,
  resolved_at timestamptz,
  version int not null default 1,
  primary key (workspace, id),
  unique (workspace, number)
) with (fillfactor = 80);
-- One open ticket a conversation, whatever came on which lane (a violation is store.conflict: decide again).
create unique index ticket_open on ticket (workspace, conversation) where category in ('open', 'waiting');
create index ticket_conversation on ticket (workspace, conversation);
create index ticket_contact on ticket (workspace, contact);
create index ticket_created on ticket (workspace, created_at, id);
create index ticket_pool on ticket (workspace, category, created_at, id);

create table message (
  workspace text not null,
  id text not null,
  seq bigint generated always as identity,
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
  replies_to text[] not null default '{}',
  automatic text,
  sent_at timestamptz not null,
  received_at timestamptz not null,
  state text,
  raw json,
  correlation text not null,
  text_revision text not null default '',
  deleted_revision text,
  reactions json not null default '[]',
  primary key (workspace, id)
);
create index message_ticket on message (workspace, ticket, sent_at, seq);
create index message_words on message using gin (to_tsvector('simple', left(text, 4000)));

create table attachment (
  workspace text not null,
  id text not null,
  message text, -- null: uploaded, not yet used
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
  created_at timestamptz not null default now(),
  attempt int not null default 0,
  not_before timestamptz not null default '-infinity',
  lease_until timestamptz not null default '-infinity',
  why text,
  primary key (workspace, id)
);
create index attachment_message on attachment (workspace, message, n);
create index attachment_pending on attachment (not_before) where state = 'pending';
create index attachment_blob on attachment (workspace, blob);

-- Where a vendor's id leads, and what was said about it before it came: whoever is second sees the first.
create table external_ref (
  workspace text not null,
  channel text not null,
  account text not null,
  external_id text not null,
  message text,
  waiting json not null default '[]',
  created_at timestamptz not null default now(),
  primary key (workspace, channel, account, external_id)
);
create index external_ref_waiting on external_ref (created_at) where message is null;

-- The history of a ticket: its events, kept with the change they tell of.
create table ticket_event (
  workspace text not null,
  ticket text not null,
  seq bigint generated always as identity,
  event json not null,
  primary key (workspace, ticket, seq)
);

create table template (
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
  at timestamptz not null,
  primary key (workspace, channel, account, template, language)
);

-- ── replies on their way out ────────────────────────────────────────────────────────────────────────────────────────────────────────────
create table reply (
  workspace text not null,
  id text not null,
  seq bigint generated always as identity,
  message text not null,
  ticket text not null,
  conversation text not null,
  channel text not null,
  account text not null,
  author text not null,
  outbound json not null,
  state text not null,
  attempt int not null default 0,
  not_before timestamptz not null default '-infinity',
  lease_until timestamptz not null default '-infinity',
  external_id text,
  code text,
  why text,
  correlation text not null,
  queued_at timestamptz not null,
  updated_at timestamptz not null,
  sent_at timestamptz,
  primary key (workspace, id)
) with (fillfactor = 80);
create index reply_unfinished on reply (workspace, conversation, seq) where state in ('queued', 'sending', 'unsure');
create index reply_due on reply (seq) where state in ('queued', 'sending');
create index reply_conversation on reply (workspace, conversation, sent_at);
create table reply_attempt (
  workspace text not null,
  reply text not null,
  n int not null,
  at timestamptz not null default now(),
  outcome text not null,
  why text,
  primary key (workspace, reply, n)
);
-- Tokens by name, `account:…` or `recipient:…`: they hold over all processes (G20).
create table bucket (
  workspace text not null,
  name text not null,
  tokens double precision not null,
  at timestamptz not null,
  primary key (workspace, name)
);
create table account_hold (
  workspace text not null,
  channel text not null,
  account text not null,
  until timestamptz, -- null: until the account works again
  why text not null,
  primary key (workspace, channel, account)
);
create table seen_mark (
  workspace text not null,
  id text not null,
  channel text not null,
  account text not null,
  external_id text not null,
  attempt int not null default 0,
  not_before timestamptz not null default '-infinity',
  primary key (workspace, id)
);

-- ── guards and queues ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
create table worker_name (id smallint generated always as identity primary key, name text not null unique);
-- Two generations, swapped by truncate: millions of rows are never deleted one by one. No workspace: an event's id is a hash that holds it.
create table inbox_0 (event uuid not null, worker smallint not null, primary key (event, worker));
create table inbox_1 (event uuid not null, worker smallint not null, primary key (event, worker));
create table inbox_state (one boolean primary key default true check (one), current smallint not null, since timestamptz not null);
insert into inbox_state (current, since) values (0, now());

-- Of these events, those this worker has never met. The shared lock keeps a swap from happening between a look and an insert: without it
-- a claim that began before the swap and one that began after would each find nothing in the other's generation.
create function inbox_claim(who text, ids uuid[]) returns setof uuid language plpgsql as $$
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
      select x, me from unnest(ids) x where not exists (select 1 from inbox_1 o where o.event = x and o.worker = me) order by x
      on conflict do nothing returning event;
  else
    return query
      insert into inbox_1 (event, worker)
      select x, me from unnest(ids) x where not exists (select 1 from inbox_0 o where o.event = x and o.worker = me) order by x
      on conflict do nothing returning event;
  end if;
end $$;

create function inbox_swap(older_than interval) returns boolean language plpgsql security definer set search_path = inlet as $$
declare
  state inbox_state;
begin
  perform pg_advisory_xact_lock(7202600001);
  select * into state from inbox_state;
  if state.since > now() - older_than then return false; end if;
  if state.current = 0 then truncate inbox_1; else truncate inbox_0; end if;
  update inbox_state set current = 1 - state.current, since = now();
  return true;
end $$;

create table outbox (
  workspace text not null,
  seq bigint generated always as identity primary key,
  partition int not null,
  topic text not null,
  event json not null
);

create table wakeup (
  workspace text not null,
  kind text not null,
  subject text not null,
  id text not null,
  due_at timestamptz not null,
  basis text,
  primary key (workspace, kind, subject)
);
create index wakeup_due on wakeup (due_at);

create table event_attempt (
  worker text not null,
  event uuid not null,
  tries int not null,
  at timestamptz not null default now(),
  primary key (worker, event)
);
create table parked (
  workspace text not null,
  id text not null,
  worker text not null,
  event json not null,
  why text not null,
  attempts int not null,
  at timestamptz not null default now(),
  primary key (workspace, id)
);

create table lease (
  name text primary key,
  owner text not null,
  epoch bigint not null,
  until timestamptz not null
);
create table keep (
  workspace text not null,
  channel text not null,
  account text not null,
  receiver text not null,
  name text not null,
  value text not null,
  primary key (workspace, channel, account, receiver, name)
);

create table feed_head (workspace text primary key, next bigint not null);
create table feed (
  workspace text not null,
  sequence bigint not null,
  event_id uuid not null,
  type text not null,
  at timestamptz not null default now(),
  event json not null,
  primary key (workspace, sequence)
);
create unique index feed_event on feed (workspace, event_id);
create index feed_at on feed (at);

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
    'seen_mark', 'outbox', 'wakeup', 'parked', 'keep', 'answer', 'external_ref', 'feed', 'conversation', 'message']
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
grant delete on attachment, answer, external_ref, feed to inlet_loops;
grant select (workspace, at, key) on answer to inlet_loops;
grant select (workspace, channel, account, external_id, message, created_at) on external_ref to inlet_loops;
grant select (workspace, sequence, at) on feed to inlet_loops;
grant select (workspace, id, customer_at) on conversation to inlet_loops;
grant select (workspace, html, full_text) on message to inlet_loops;
grant select, update (state, attempt, not_before, lease_until, updated_at) on reply to inlet_loops;
grant select, insert on reply_attempt to inlet_loops;
grant select, insert, update, delete on bucket, account_hold, seen_mark, outbox, wakeup, keep, lease, event_attempt to inlet_loops;
grant select, delete on parked to inlet_loops;
grant execute on function inbox_swap(interval) to inlet_loops;

insert into workspace (workspace, name) values ('main', 'Main');
