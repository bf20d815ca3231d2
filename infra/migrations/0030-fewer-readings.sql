-- What a transaction tells is read once by the server: it was parsed five times on its way into the log, and twice more for the history of
-- tickets, about a third of a millisecond for a new ticket. A process of the version before goes on with `log_emit`.

-- `here`: the workspace they all must be of, or the whole is rolled back. `history`: what is told of tickets and promises is also kept for
-- their history, before the counters are locked, as nobody shall wait behind those for longer than he must.
create function log_append_parsed(events json, here text, history boolean) returns json language plpgsql set search_path = inlet, pg_temp as $$
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
end $$;
create or replace function log_append_events(events json) returns json language sql set search_path = inlet, pg_temp as
  $$ select log_append_parsed(events, null, false) $$;

-- The workspace that was entered; where none was, nothing is told.
create function log_workspace() returns text language plpgsql stable set search_path = inlet, pg_temp as $$
declare
  here text := current_setting('inlet.workspace', true);
begin
  if coalesce(here, '') = '' then
    raise exception 'log: no workspace was entered' using errcode = 'insufficient_privilege';
  end if;
  return here;
end $$;
create or replace function log_emit(events json) returns json language sql security definer set search_path = inlet, pg_temp as
  $$ select log_append_parsed(events, log_workspace(), false) $$;
-- The same, and the history of tickets with it.
create function log_tell(events json) returns json language sql security definer set search_path = inlet, pg_temp as
  $$ select log_append_parsed(events, log_workspace(), true) $$;
revoke all on function log_append_parsed(json, text, boolean), log_workspace(), log_tell(json) from public;
grant execute on function log_tell(json) to inlet_desk;

-- What is set is parsed once and then looked into, where each of its two dozen questions parsed it anew.
create or replace function change_tickets(here text, rows json) returns void language plpgsql as $$
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
end $$;
