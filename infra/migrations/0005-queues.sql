-- The queues of the record: replies on their way out, guards against repeats, and what the loops take from.
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
create index reply_external on reply (workspace, channel, account, external_id) where external_id is not null;
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
