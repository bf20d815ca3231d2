-- Calendars: when a business is open; and what is promised to be answered and resolved within its hours. A brand names its calendar; without
-- one it is open round the clock.
create table calendar (
  workspace text not null references workspace on delete cascade,
  id text not null,
  name text not null,
  timezone text not null,
  weekly json not null, -- intervals by weekday; a day that is not there is closed
  holidays text[] not null default '{}', -- days, or days of each year
  exceptions json not null default '[]', -- days with other intervals
  version int not null default 1,
  primary key (workspace, id)
);
alter table brand add column calendar text;

create table sla_policy (
  workspace text not null references workspace on delete cascade,
  id text not null,
  name text not null,
  weight int not null default 0,
  is_active boolean not null default true,
  condition json,
  targets json not null,
  by_priority json not null default '{}',
  calendar text, -- null: that of the ticket's brand
  pauses text[] not null,
  warn_at int[] not null,
  reopened text not null,
  version int not null default 1,
  primary key (workspace, id)
);
-- A clock of a ticket: of `nextResponse` the newest.
create table sla_clock (
  workspace text not null,
  ticket text not null,
  metric text not null,
  policy text not null,
  state text not null,
  started_at timestamptz not null,
  target_minutes int not null,
  due_at timestamptz,
  warned int not null,
  ended_at timestamptz,
  next_at timestamptz,
  because json,
  desk_version bigint not null, -- of the desk it was reckoned with
  version int not null,
  primary key (workspace, ticket, metric)
) with (fillfactor = 80);
create index sla_clock_open on sla_clock (workspace, ticket) where state in ('running', 'paused');

do $$
declare
  here text := 'workspace = (select current_setting(''inlet.workspace'', true))';
  name text;
begin
  foreach name in array array['calendar', 'sla_policy', 'sla_clock']
  loop
    if name <> 'sla_clock' then
      execute format('create trigger desk_changed after insert or update or delete on %I for each row execute function desk_changed()', name);
    end if;
    execute format('alter table %I enable row level security', name);
    execute format('create policy desk on %I for all to inlet_desk using (%s) with check (%s)', name, here, here);
    execute format('grant select, insert, update, delete on %I to inlet_desk', name);
    execute format('create policy agent on %I for select to inlet_agent using (%s%s)', name, here, case when name = 'sla_clock'
      then ' and exists (select from ticket t where t.workspace = sla_clock.workspace and t.id = sla_clock.ticket)' else '' end);
    execute format('grant select on %I to inlet_agent', name);
  end loop;
end $$;

-- What clocks are reckoned with is another now: the worker is woken to look at those that are open, after what is decided at this moment.
create function sla_changed() returns trigger language plpgsql as $$
begin
  if tg_op <> 'DELETE' or exists (select from workspace w where w.workspace = old.workspace) then
    insert into wakeup (workspace, kind, subject, id, due_at, basis)
      values (coalesce(new.workspace, old.workspace), 'sla_recount', 'desk', 'wak_' || replace(gen_random_uuid()::text, '-', ''), now(), '')
      on conflict (workspace, kind, subject) do update set id = excluded.id, due_at = excluded.due_at, basis = excluded.basis;
  end if;
  return null;
end $$;
create trigger sla_changed after insert or update or delete on sla_policy for each row execute function sla_changed();
create trigger sla_changed after update on calendar for each row execute function sla_changed();
create trigger sla_changed after update on brand for each row when (old.calendar is distinct from new.calendar) execute function sla_changed();
