-- The event log: ordered, durable, dropped by the day. Only role inlet_loops, and functions that check for themselves, reach it.
-- Never read it by a sequence: a sequence's number is taken at insert but seen at commit, and a reader steps over what is still open.
-- Here a position comes from a counter row that stays locked until commit, so the positions of a partition are seen in order, without holes.

-- ── tables ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
create table log_setting (
  one boolean primary key default true check (one),
  partitions int not null check (partitions between 1 and 1000),
  pinged_at timestamptz not null default clock_timestamp()
);

-- Positions run from 0; `next` is the one to be given next, `oldest` the first that was not dropped. `day` never goes back, whatever the
-- clock does: within a partition a later position never lies on an earlier day, so readers may prune days.
create table log_partition (
  topic text not null,
  partition int not null,
  next bigint not null default 0,
  oldest bigint not null default 0,
  day date not null default '0001-01-01',
  primary key (topic, partition)
) with (fillfactor = 20);

create table log_event (
  day date not null,
  topic text not null,
  partition int not null,
  position bigint not null,
  type text not null,
  stored_at timestamptz not null,
  event json not null, -- json, not jsonb: the very text that was given, so that it comes back equal
  primary key (topic, partition, position, day)
) partition by range (day);

create table log_raw (
  day date not null,
  id text not null,
  at timestamptz not null,
  key text not null,
  workspace text not null,
  channel text not null,
  account text not null,
  content_type text not null,
  meta json not null,
  blob text,
  body bytea,
  primary key (id, day),
  check ((blob is null) <> (body is null))
) partition by range (day);
alter table log_raw alter body set storage external; -- intake waits for this: no time spent on compressing
create index log_raw_at on log_raw (at, id);

create table log_day (day date primary key);

-- Who reads, how far they are, and whose turn it is. A live member is one whose `until` is ahead.
create table log_cursor (
  group_name text not null,
  topic text not null,
  partition int not null,
  position bigint not null default 0,
  day date not null default '0001-01-01',
  owner text,
  lease_until timestamptz,
  epoch bigint not null default 0,
  primary key (group_name, topic, partition)
) with (fillfactor = 20);
create table log_member (
  group_name text not null,
  member text not null,
  until timestamptz not null,
  primary key (group_name, member)
) with (fillfactor = 20);

-- ── days ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- By the database's clock alone: machines may disagree with each other, the log must not.
create function log_today() returns date language sql volatile return (clock_timestamp() at time zone 'UTC')::date;

-- Makes the partitions of today and so many days after. A table is made apart and attached: readers and writers are not held up.
create function log_make_days(days int) returns void language plpgsql security definer set search_path = inlet, pg_temp as $$
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
      execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, child, made, made + 1);
    end loop;
    insert into log_day values (made);
  end loop;
end $$;

-- First what readers may still expect, then (log_drop_day, in a transaction of its own) the table: a drop needs the whole table, and must
-- not wait for a writer that waits for a counter held here.
create function log_drop_before(before date) returns setof date
language plpgsql security definer set search_path = inlet, pg_temp set enable_seqscan = off as $$
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
end $$;

create function log_drop_day(gone date) returns void language plpgsql security definer set search_path = inlet, pg_temp as $$
begin
  perform set_config('lock_timeout', '1s', true);
  perform pg_advisory_xact_lock(7202600002);
  if gone >= log_today() - 1 then
    raise exception 'log_drop_day(%): a day that may still be written is not dropped', gone using errcode = 'invalid_parameter_value';
  end if;
  execute format('drop table if exists %I', to_char(gone, '"log_raw"_YYYYMMDD'));
  execute format('drop table if exists %I', to_char(gone, '"log_event"_YYYYMMDD'));
  delete from log_day where day = gone;
end $$;

-- The oldest day with an event that a registered group has not passed, a row a group that is behind.
create function log_unread_days() returns table (group_name text, day date, events bigint)
language sql stable security definer set search_path = inlet, pg_temp set enable_seqscan = off as $$
  select c.group_name, min(e.day), sum(p.next - greatest(c.position, p.oldest))::bigint
  from log_cursor c
  join log_partition p on p.topic = c.topic and p.partition = c.partition and p.next > greatest(c.position, p.oldest)
  cross join lateral (
    select v.day from log_event v
    where v.topic = c.topic and v.partition = c.partition and v.position >= greatest(c.position, p.oldest) and v.day >= c.day
    order by v.position limit 1
  ) e
  group by c.group_name
$$;

-- The first start decides the number of partitions; what is stored is the answer. Keys would change places if it could change.
create function log_setup(wanted int, topic_names text[]) returns int
language plpgsql security definer set search_path = inlet, pg_temp as $$
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
end $$;

-- ── append ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Events [{t: topic, p: partition, y: type, e: event}] at the next positions, in the order given. Gives [[topic, partition, next], …].
-- The counters are locked in sorted order (two writers never wait for each other) and only then is the clock read for the day.
create function log_append_events(events json) returns json language plpgsql set search_path = inlet, pg_temp as $$
declare
  heads json;
  stored bigint;
begin
  if not exists (select 1 from log_day where day = log_today() + 1) then perform log_make_days(3); end if;
  with given as materialized (
    select r.*, row_number() over (partition by r.t, r.p order by r.o) - 1 as n
    from rows from (json_to_recordset(events) as (t text, p int, y text, e json)) with ordinality as r (t, p, y, e, o)
  ), counted as materialized (
    select t, p, count(*) as n from given group by t, p order by t, p
  ), locked as materialized (
    select k.topic, k.partition, c.n from counted c
    cross join lateral (select topic, partition from log_partition l where l.topic = c.t and l.partition = c.p limit 1 for update) k
  ), taken as (
    update log_partition s set next = s.next + l.n, day = greatest(s.day, log_today())
    from locked l where s.topic = l.topic and s.partition = l.partition
    returning s.topic, s.partition, s.next, s.next - l.n as first, s.day
  ), written as (
    insert into log_event (day, topic, partition, position, type, stored_at, event)
    select k.day, k.topic, k.partition, k.first + g.n, g.y, clock_timestamp(), g.e
    from taken k join given g on g.t = k.topic and g.p = k.partition
    returning 1
  )
  select (select json_agg(json_build_array(topic, partition, next)) from taken), (select count(*) from written) into heads, stored;
  if stored <> json_array_length(events) then
    raise exception 'log: % of % events have no such topic or partition', json_array_length(events) - stored, json_array_length(events)
      using errcode = 'object_not_in_prerequisite_state', hint = 'Start the gateway of this version once: it adds its topics.';
  end if;
  return heads;
end $$;

-- One round trip, one transaction: raws, then events. All raws' bytes come as one value with places in it. Raws are sorted too: two
-- writers with the same two raws would wait for each other otherwise. A raw that this day holds already is that raw: same id, same bytes.
create function log_append(raws json, bodies bytea, events json) returns json
language plpgsql security definer set search_path = inlet, pg_temp as $$
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
end $$;

-- For the record's own transactions: its events enter the log with its commit, or never. Call it as the last thing before the commit, and
-- once: the counters stay locked from here on, and whoever takes another lock after them may wait for somebody who waits for them.
create function log_emit(events json) returns json language plpgsql security definer set search_path = inlet, pg_temp as $$
declare
  here text := current_setting('inlet.workspace', true);
  stranger text;
begin
  if coalesce(here, '') = '' then
    raise exception 'log_emit: no workspace was entered' using errcode = 'insufficient_privilege';
  end if;
  select coalesce(g.e ->> 'workspace', 'none') into stranger from json_to_recordset(events) as g (e json)
    where g.e ->> 'workspace' is distinct from here limit 1;
  if stranger is not null then
    raise exception 'log_emit: an event of workspace % inside a transaction of workspace %', stranger, here
      using errcode = 'insufficient_privilege';
  end if;
  return log_append_events(events);
end $$;

-- ── groups ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- One at a time a group; no client is waited for inside. Rows of cursors are locked in sorted order, everywhere.
create function log_one_at_a_time(who text) returns void language sql volatile set search_path = inlet, pg_temp as $$
  select pg_advisory_xact_lock(hashtextextended('log ' || who, 7202600003))
$$;

-- Registers a group on these topics; a new one starts at the oldest event kept. Topics that it reads no more are forgotten, else they would
-- hold the log; a process of the release before that still reads them keeps them while it holds their leases.
create function log_join(who text, topic_names text[]) returns void
language sql security definer set search_path = inlet, pg_temp as $$
  select log_one_at_a_time(who);
  delete from log_cursor c where c.group_name = who and c.topic <> all(topic_names)
    and (c.owner is null or c.lease_until < clock_timestamp());
  insert into log_cursor (group_name, topic, partition, position)
    select who, p.topic, p.partition, p.oldest from log_partition p where p.topic = any(topic_names)
    order by p.topic, p.partition on conflict do nothing
$$;

-- One beat of a member: I live; my leases are renewed by a plain update; what lies free is taken, up to a fair share, with skip locked.
-- By the database's clock. A lease that reaches farther than any lease can was given before the clock jumped back: it is free as well.
-- A beat lost in a crash of the server does no harm (owner and epoch are compared at every flush): the commit does not wait for the disk.
create function log_beat(who text, me text, topic_names text[], lease interval)
returns table (topic text, partition int, "position" bigint, day date, epoch bigint, members int, lanes int)
language plpgsql security definer set search_path = inlet, pg_temp as $$
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
end $$;

-- Positions [{g, m, t, p, position, day, epoch}] of any groups of one process. Gives those that were taken; the others' lease was lost, and
-- a new owner's position is not touched. Sorted, as everything that locks several rows.
create function log_flush(lanes json) returns table (group_name text, member text, topic text, partition int)
language sql security definer set search_path = inlet, pg_temp as $$
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
$$;

-- Lets go of these lanes [{t, p}], or (null) of everything, and of the membership.
create function log_release(who text, me text, lanes json) returns void
language plpgsql security definer set search_path = inlet, pg_temp as $$
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
end $$;

-- Of each lane [{i, t, p, a, b, q}] the first q events of these types at positions a … b − 1; and a row without an event that says how far
-- there are positions at all: a standby that took over may know less than the reader was told, and what it lacks must not be walked over.
-- Never by a scan of the whole, also when the plan is made while the day's table is still empty.
create function log_read(lanes json, types text[], since date) returns table (i int, "position" bigint, day date, event text)
language plpgsql security definer set search_path = inlet, pg_temp set enable_seqscan = off set enable_bitmapscan = off as $$
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
end $$;

create function log_lag(who text) returns table (events bigint, oldest_seconds double precision)
language sql stable security definer set search_path = inlet, pg_temp set enable_seqscan = off as $$
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
$$;

-- ── who may ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
do $$
declare
  name regprocedure;
begin
  for name in select p.oid from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'inlet' and p.proname like 'log\_%' loop
    execute format('revoke all on function %s from public', name);
    if name::text !~ 'log_(emit|append_events)\(' then execute format('grant execute on function %s to inlet_loops', name); end if;
  end loop;
end $$;
grant execute on function log_emit(json) to inlet_desk;
grant select on log_setting, log_partition, log_event, log_raw, log_cursor, log_member, log_day to inlet_loops;
grant update (pinged_at) on log_setting to inlet_loops;
grant delete on log_cursor, log_member to inlet_loops;
