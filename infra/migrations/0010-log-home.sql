-- Where the log of this installation lies: in PostgreSQL, or in which Kafka. All its processes use the one log; half of them on another one
-- would write where nobody reads. No row: in PostgreSQL, and nobody has said so yet.
create table log_home (
  one boolean primary key default true check (one),
  kind text not null check (kind in ('postgres', 'kafka')),
  prefix text,
  cluster text,
  since timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp(),
  check ((kind = 'kafka') = (prefix is not null))
) with (fillfactor = 20);

create or replace function log_append_events(events json) returns json language plpgsql set search_path = inlet, pg_temp as $$
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
  -- After the counters are locked: whoever moves the log locks them too, so that nothing is appended behind its back. As trouble that passes:
  -- vendors are asked to call again, and no event is set aside for it.
  if exists (select from log_home where kind <> 'postgres') then
    raise exception 'the log of this installation lies in Kafka' using errcode = 'cannot_connect_now';
  end if;
  return heads;
end $$;

-- A process comes with its log. Gives {is: same, moved, alive (others use another one now), elsewhere (its events are there), unread}, and
-- which log it was until now. `aloud`: it was said in so many words that the log moves. Without a cluster it only looks.
create function log_settle(wanted_kind text, wanted_prefix text, wanted_cluster text, readers text[], aloud boolean) returns json
language plpgsql security definer set search_path = inlet, pg_temp as $$
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
end $$;

-- I live, and my log is this one. False when it is not the installation's any more.
create function log_home_beat(my_kind text, my_prefix text, my_cluster text) returns boolean
language sql security definer set search_path = inlet, pg_temp as $$
  update log_home set seen_at = clock_timestamp() where kind = my_kind and prefix is not distinct from my_prefix
    and cluster is not distinct from my_cluster and seen_at < clock_timestamp() - interval '2 s';
  select not exists (select from log_home where kind <> my_kind or prefix is distinct from my_prefix or cluster is distinct from my_cluster)
$$;

revoke all on function log_settle(text, text, text, text[], boolean), log_home_beat(text, text, text) from public;
grant execute on function log_settle(text, text, text, text[], boolean), log_home_beat(text, text, text) to inlet_loops;
grant select on log_home to inlet_loops;
