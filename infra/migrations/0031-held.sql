-- What every agent holds was counted from all tickets at each look of assignment: 7 ms where 11,000 are held, forty times a second. It is
-- kept as a sum now, and beside it lies what changed since: a change is a row of its own, so that nobody who changes a ticket waits for who
-- changes another of the same agent. Both are written by the statement that changes the ticket, so a look finds exactly what counting found.
-- A sum that is wrong once is wrong for ever, so all is counted anew at every start and once an hour (infra/drivers/held.ts).

create table held (
  workspace text not null,
  agent text not null,
  channel text not null, -- 'none': opened by no channel
  kind text not null, -- of the conversation; '': none
  n int not null,
  primary key (workspace, agent, channel, kind)
);
create table held_change (like held including comments);
create index held_change_agent on held_change (workspace, agent);
do $$
declare
  name text;
begin
  foreach name in array array['held', 'held_change'] loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy desk on %I for select to inlet_desk using (workspace = (select current_setting(''inlet.workspace'', true)))', name);
    execute format('grant select on %I to inlet_desk', name);
  end loop;
end $$;

create function held_changed() returns trigger language plpgsql security definer set search_path = inlet, pg_temp as $$
begin
  if tg_op <> 'INSERT' and old.assignee is not null and old.category in ('open', 'waiting') then
    insert into held_change values (old.workspace, old.assignee, coalesce(old.channel, 'none'), coalesce(old.kind, ''), -1);
  end if;
  if tg_op <> 'DELETE' and new.assignee is not null and new.category in ('open', 'waiting') then
    insert into held_change values (new.workspace, new.assignee, coalesce(new.channel, 'none'), coalesce(new.kind, ''), 1);
  end if;
  return null;
end $$;
revoke execute on function held_changed() from public;
create trigger held_made after insert on ticket for each row when (new.assignee is not null) execute function held_changed();
create trigger held_gone after delete on ticket for each row when (old.assignee is not null) execute function held_changed();
create trigger held_changed after update on ticket for each row
  when (old.assignee is distinct from new.assignee or (new.assignee is not null and
    (old.category is distinct from new.category or old.channel is distinct from new.channel or old.kind is distinct from new.kind)))
  execute function held_changed();

-- Adds to the sums what changed, or counts all of them anew. Gives how many sums were found wrong; null: another process is at it.
create function sum_up_held(anew boolean) returns int language plpgsql security definer set search_path = inlet, pg_temp as $$
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
end $$;
revoke execute on function sum_up_held(boolean) from public;
grant execute on function sum_up_held(boolean) to inlet_loops;
select sum_up_held(true);
