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
  tried_before int not null default 0, -- attempts before a person asked for it again: those count against nobody any more
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
create index reply_sending on reply (workspace, channel, account) where state = 'sending';
create index reply_due on reply (workspace, channel, account, seq) where state in ('queued', 'sending');
create index reply_conversation on reply (workspace, conversation, sent_at) where conversation is not null;
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
create index seen_mark_due on seen_mark (not_before);

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
create index outbox_lane on outbox (partition, seq);

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

-- Which blobs are in use (0007): few messages have such a text, and few raws are large.
create index message_html on message (workspace, html) where html is not null;
create index message_full_text on message (workspace, full_text) where full_text is not null;
create index log_raw_blob on log_raw (workspace, blob) where blob is not null;

-- ── claims: one call, one round trip, one transaction that no client can freeze ──────────────────────────────────────────────────────────
-- Claims are made one after the other in the whole installation: so buckets hold over all processes, and no two claims wait for each other.
-- `limits`: {channel: [{scope, max, perSeconds}]}. Of a conversation only its oldest unfinished reply may go; behind an unsure one all wait.
-- A lease that reaches farther than any lease can was given before the clock jumped back: it has run out as well.
create function claim_deliveries(room int, lease interval, per_account int, limits json)
returns table (workspace text, id text, message text, ticket text, conversation text, channel text, account text, attempt int, tries int, correlation text,
  outbound json, queued_at timestamptz, customer_at timestamptz, was_sending boolean)
language plpgsql set enable_seqscan = off as $$
#variable_conflict use_column
declare
  t timestamptz;
  home record;
  r record;
  share int;
  taken int := 0;
  of_account int;
begin
  perform pg_advisory_xact_lock(7202600003);
  t := clock_timestamp();
  for home in
    with recursive lane as (
      (select p.workspace, p.channel, p.account from reply p where p.state in ('queued', 'sending') order by 1, 2, 3 limit 1)
      union all
      select n.workspace, n.channel, n.account from lane l cross join lateral (
        select p.workspace, p.channel, p.account from reply p
        where p.state in ('queued', 'sending') and (p.workspace, p.channel, p.account) > (l.workspace, l.channel, l.account)
        order by 1, 2, 3 limit 1) n
    )
    select l.workspace, l.channel, l.account, count(*) over () as lanes,
      per_account - (select count(*) from reply s where s.workspace = l.workspace and s.channel = l.channel and s.account = l.account
        and s.state = 'sending' and s.lease_until > t and s.lease_until < t + interval '10 minutes') as free
    from lane l
    where not exists (select from account_hold h where h.workspace = l.workspace and h.channel = l.channel and h.account = l.account
      and (h.until is null or h.until > t))
    order by (select min(f.seq) from reply f where f.workspace = l.workspace and f.channel = l.channel and f.account = l.account
      and f.state in ('queued', 'sending'))
  loop
    share := least(home.free, greatest(1, ceil(room::numeric / home.lanes)::int), room - taken);
    of_account := 0;
    continue when share <= 0;
    for r in
      select * from reply p
      where p.workspace = home.workspace and p.channel = home.channel and p.account = home.account and p.state in ('queued', 'sending')
        and p.not_before <= t and (p.lease_until <= t or p.lease_until > t + interval '10 minutes')
        and (select true from reply o where o.workspace = p.workspace and o.conversation = p.conversation and o.seq < p.seq
          and o.state in ('queued', 'sending', 'unsure') limit 1) is null -- a probe a row, never a join
      order by p.seq for update skip locked
    loop
      if take_tokens(r.workspace, r.channel, r.account, r.outbound -> 'to' ->> 'id', t, limits -> r.channel) then
        update reply p set state = 'sending', attempt = p.attempt + 1, lease_until = t + lease, updated_at = t
          where p.workspace = r.workspace and p.id = r.id;
        return query select r.workspace, r.id, r.message, r.ticket, r.conversation, r.channel, r.account, r.attempt + 1, r.attempt + 1 - r.tried_before, r.correlation, r.outbound,
          r.queued_at, (select c.customer_at from conversation c where c.workspace = r.workspace and c.id = r.conversation), r.state = 'sending';
        of_account := of_account + 1;
      elsif exists (select from bucket b where b.workspace = r.workspace and b.tokens < 1
        and b.name = any (array[r.channel || ':' || r.account || ':0', r.channel || ':' || r.account || ':1'])) then
        exit; -- the whole account has to wait, whoever is next
      end if;
      exit when of_account >= share;
    end loop;
    taken := taken + of_account;
    exit when taken >= room;
  end loop;
end $$;

-- A token from every bucket that this reply passes, or from none. The limits of a channel are numbered: the account's first is `…:0`.
create function take_tokens(home text, of_channel text, of_account text, recipient text, t timestamptz, limits json) returns boolean
language plpgsql as $$
declare
  l record;
  names text[] := '{}';
  has double precision;
  short boolean := false;
begin
  for l in
    select q.scope, q.max, q."perSeconds", row_number() over (order by q.scope, q.n) - 1 as n
    from rows from (json_to_recordset(coalesce(limits, '[]')) as (scope text, max double precision, "perSeconds" double precision))
      with ordinality as q (scope, max, "perSeconds", n)
  loop
    insert into bucket as b (workspace, name, tokens, at)
      values (home, of_channel || ':' || of_account || case l.scope when 'recipient' then ':' || coalesce(recipient, '') else '' end || ':' || l.n,
        l.max, t)
      on conflict (workspace, name) do update set
        -- a clock that was set back gives nothing, and takes nothing
        tokens = least(l.max, b.tokens + greatest(0, extract(epoch from t - b.at)) * l.max / l."perSeconds"), at = t
      returning tokens into has;
    names := names || (of_channel || ':' || of_account || case l.scope when 'recipient' then ':' || coalesce(recipient, '') else '' end || ':' || l.n);
    short := short or has < 1;
  end loop;
  if short then return false; end if;
  update bucket b set tokens = b.tokens - 1 where b.workspace = home and b.name = any (names);
  return true;
end $$;
