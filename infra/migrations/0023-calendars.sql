-- Calendars: when a business is open. A brand names its own; without one it is open round the clock.
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

do $$
declare
  here text := 'workspace = (select current_setting(''inlet.workspace'', true))';
  name text;
begin
  foreach name in array array['calendar']
  loop
    execute format('create trigger desk_changed after insert or update or delete on %I for each row execute function desk_changed()', name);
    execute format('alter table %I enable row level security', name);
    execute format('create policy desk on %I for all to inlet_desk using (%s) with check (%s)', name, here, here);
    execute format('grant select, insert, update, delete on %I to inlet_desk', name);
    execute format('create policy agent on %I for select to inlet_agent using (%s)', name, here);
    execute format('grant select on %I to inlet_agent', name);
  end loop;
end $$;
